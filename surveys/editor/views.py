"""Views that edit the questions of surveys, and preview them.

Each view works for the questionnaires of programmes, cohorts, workshop plans and workshops.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.models import Cohort
from programmes.feedback import SurveyKind, ready_questions
from programmes.forms import MoveForm
from programmes.models import Programme
from programmes.questions import QuestionKind
from surveys.editor import questionnaire as editing
from surveys.editor.access import editable_questionnaire, editable_settings
from surveys.editor.feedback_settings import (
    WeakerKindError,
    has_surveys,
    save_feedback_settings,
    settings_token,
)
from surveys.editor.forms import KIND_HINTS, FeedbackSettingsForm, QuestionForm
from surveys.editor.preview import preview_of
from surveys.editor.questionnaire import Questionnaire, question_token
from surveys.forms import AnswerForm
from ui.version_token import StaleError


@require_safe
def question_list(request: AuthenticatedRequest, place: str, public_id: str) -> HttpResponse:
    questionnaire = editable_questionnaire(request.user, place, public_id)
    group = questionnaire.group
    context = {
        "questionnaire": questionnaire,
        "group": group,
        "group_place": "programmes" if questionnaire.is_of_programme else "cohorts",
        "others_place": "plans" if questionnaire.is_of_programme else "workshops",
        "promise": SurveyKind(group.survey_kind).promise,
        "kinds": [(kind, kind.label, hint) for kind, hint in KIND_HINTS.items()],
        "ready": questionnaire.unused_questions(),
        "sent": questionnaire.count_sent(),
        "others": [] if questionnaire.is_own else questionnaire.others(),
    }
    return render(request, "surveys/question_list.html", context)


@require_get_or_post
def question_add(
    request: AuthenticatedRequest, place: str, public_id: str, kind: str
) -> HttpResponse:
    questionnaire = editable_questionnaire(request.user, place, public_id)
    form = QuestionForm(post_data(request), kind=kind_named(kind))
    if form.is_valid():
        new = editing.with_free_id(form.value(), questionnaire.questions)
        try:
            questionnaire.save(lambda now: editing.add(now, new, most=questionnaire.most))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Question added."))
            return back_to(questionnaire, new.id)
    context = {"questionnaire": questionnaire, "form": form, "kind": form.question_kind}
    return render(request, "surveys/question_add.html", context)


@require_POST
def question_add_ready(request: AuthenticatedRequest, place: str, public_id: str) -> HttpResponse:
    """Add one of the ready questions, whose id is submitted as `question`."""
    questionnaire = editable_questionnaire(request.user, place, public_id)
    new = editing.find(ready_questions(), request.POST.get("question", ""))
    if new is None:
        messages.error(request, _("Choose one of the ready questions."))
        return back_to(questionnaire)
    try:
        questionnaire.save(lambda now: editing.add(now, new, most=questionnaire.most))
    except ValidationError as error:
        messages.error(request, error.message)
        return back_to(questionnaire)
    messages.success(request, _("Question added."))
    return back_to(questionnaire, new.id)


@require_get_or_post
def question_edit(
    request: AuthenticatedRequest, place: str, public_id: str, question_id: str
) -> HttpResponse:
    """Edit a question. The query parameter `kind` changes its kind, and then its id."""
    questionnaire = editable_questionnaire(request.user, place, public_id)
    question = questionnaire.find(question_id)
    if question is None and request.method != "POST":
        raise Http404
    kind = kind_named(request.GET.get("kind") or (question.kind if question else ""))
    form = QuestionForm(post_data(request), kind=kind, question=question)
    if form.is_valid():
        new, seen = form.value(), form.cleaned_data["version"]
        try:
            questionnaire.save(lambda now: editing.edit(now, question_id, new, seen=seen))
        except ValidationError as error:
            form.add_error(None, error)
        except StaleError as error:
            current = editable_questionnaire(request.user, place, public_id)
            form.show_stale(str(error), current.find(question_id))
        else:
            messages.success(request, _("Question saved."))
            return back_to(questionnaire, new.id)
    context = {
        "questionnaire": questionnaire,
        "question": question,
        "form": form,
        "kind": kind,
        "kinds": [one for one in QuestionKind if one != kind],
        "changes_kind": question is not None and question.kind != kind,
    }
    return render(request, "surveys/question_edit.html", context)


@require_POST
def question_move(
    request: AuthenticatedRequest, place: str, public_id: str, question_id: str
) -> HttpResponse:
    """Move a question to the submitted position.

    The form submits a position, not “up” or “down”, so that a double click moves it once.
    """
    questionnaire = editable_questionnaire(request.user, place, public_id)
    form, before = MoveForm(request.POST), position_of(questionnaire, question_id)
    if not before or not form.is_valid():
        messages.error(request, _("Use the arrow buttons to move a question."))
        return back_to(questionnaire)
    to = form.cleaned_data["to"]
    questionnaire.save(lambda now: editing.move(now, question_id, to=to))
    position = position_of(questionnaire, question_id)
    messages.success(
        request, _("The question is now number %(position)d.") % {"position": position}
    )
    last = len(questionnaire.questions)
    # The button that was pressed gets the focus again, or the other one if it is gone.
    focuses_up = position > 1 and (position == last or position < before)
    return back_to(questionnaire, question_id, "up" if focuses_up else "down")


@require_get_or_post
def question_delete(
    request: AuthenticatedRequest, place: str, public_id: str, question_id: str
) -> HttpResponse:
    questionnaire = editable_questionnaire(request.user, place, public_id)
    question = questionnaire.find(question_id)
    if question is None:
        return deleted(request, questionnaire)
    if request.method == "POST":
        seen = request.POST.get("version", "")
        try:
            questionnaire.save(
                lambda now: editing.delete(now, question_id, seen=seen, least=questionnaire.least)
            )
        except (StaleError, ValidationError) as error:
            messages.error(request, getattr(error, "message", str(error)))
            return back_to(questionnaire, question_id)
        return deleted(request, questionnaire)
    context = {
        "questionnaire": questionnaire,
        "question": question,
        "version": question_token(question),
        "sent": questionnaire.count_sent(),
    }
    return render(request, "surveys/question_delete.html", context)


def deleted(request: AuthenticatedRequest, questionnaire: Questionnaire) -> HttpResponse:
    messages.success(request, _("Question deleted."))
    return back_to(questionnaire)


@require_safe
def question_preview(request: AuthenticatedRequest, place: str, public_id: str) -> HttpResponse:
    """Show the page that people would answer the survey on. Nothing can be sent from it."""
    questionnaire = editable_questionnaire(request.user, place, public_id)
    survey = preview_of(questionnaire, at=timezone.now())
    context = {
        "questionnaire": questionnaire,
        "is_preview": True,
        "survey": survey,
        "workshop": survey.workshop,
        "cohort": survey.workshop.cohort,
        "form": AnswerForm(survey.questions),
    }
    return render(request, "surveys/survey_answer.html", context)


@require_get_or_post
def feedback_settings(request: AuthenticatedRequest, place: str, public_id: str) -> HttpResponse:
    """Edit the kind of a programme's or cohort's surveys, and the days to answer them."""
    group = editable_settings(request.user, place, public_id)
    initial = {
        "survey_kind": group.survey_kind,
        "survey_days": group.survey_days,
        "version": settings_token(group),
    }
    form = FeedbackSettingsForm(post_data(request), initial=initial)
    if form.is_valid() and try_save(form, group):
        messages.success(request, _("Saved."))
        return redirect("surveys:question_list", place, public_id)
    is_promised = isinstance(group, Cohort) and has_surveys(group)
    context = {"place": place, "group": group, "form": form, "is_promised": is_promised}
    return render(request, "surveys/feedback_settings.html", context)


def try_save(form: FeedbackSettingsForm, group: Programme | Cohort) -> bool:
    """Save the settings and return True. If they can't be saved, add a form error."""
    try:
        save_feedback_settings(
            group,
            kind=SurveyKind(form.cleaned_data["survey_kind"]),
            days=form.cleaned_data["survey_days"],
            seen=form.cleaned_data["version"],
            at=timezone.now(),
        )
    except StaleError as error:
        group.refresh_from_db()
        form.show_stale(str(error), settings_token(group))
    except WeakerKindError:
        form.add_error(
            "survey_kind",
            _(
                "Choose a kind that is at least as anonymous as “%(kind)s”. People have already "
                "been invited to a survey of that kind."
            )
            % {"kind": SurveyKind(group.survey_kind).label},
        )
    else:
        return True
    return False


def kind_named(value: str) -> QuestionKind:
    """Return the kind of question in a URL. Raises Http404."""
    if value not in QuestionKind.values:
        raise Http404
    return QuestionKind(value)


def position_of(questionnaire: Questionnaire, question_id: str) -> int:
    """Return the question's position, counted from 1, or 0 if it is not there."""
    ids = [question.id for question in questionnaire.questions]
    return ids.index(question_id) + 1 if question_id in ids else 0


def back_to(
    questionnaire: Questionnaire, question_id: str = "", part: str = "question"
) -> HttpResponse:
    """Redirect to the list of questions, and there to a part of one question."""
    place = reverse("surveys:question_list", args=[questionnaire.place, questionnaire.public_id])
    return redirect(f"{place}#{part}-{question_id}" if question_id else place)
