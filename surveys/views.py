from __future__ import annotations

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from accounts.signed_links import authorised_by_link
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.forms import AnswerForm
from surveys.links import Invitee, invitee_of
from surveys.models import BallotBox, Survey, UnreadableBoxError
from surveys.release import release_due
from surveys.results import results_of
from surveys.submission import AnswerRefusedError, Refusal, refusal_for, submit
from workshops.access import convened_workshop, visible_workshop

logger = logging.getLogger(__name__)


@authorised_by_link
@show_or_act
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the survey that a signed link belongs to; on POST, save the answers.

    Saves nothing on GET, because mail scanners open links. Uses no session and no messages of
    django.contrib.messages, because a session row would store a time.
    """
    invitee = invitee_of(token)
    if invitee is None:
        return render(request, "surveys/survey_answer.html", status=404)
    form = AnswerForm(posted(request))
    if not form.is_valid():
        survey = Survey.objects.about(invitee.workshop)
        why = refusal_for(survey, invitee.membership, timezone.now())
        return show(request, invitee, form=form, why=why)
    try:
        survey = Survey.objects.of(invitee.workshop)
        submit(
            survey=survey,
            membership=invitee.membership,
            answers=form.cleaned_data,
            at=timezone.now(),
        )
    except AnswerRefusedError as refusal:
        return show(request, invitee, form=form, why=refusal.why)
    except UnreadableBoxError:
        logger.error("The key of survey %d's answers is not in REFLECTION_KEYS.", survey.pk)
        form.add_error(None, cannot_save())
        return show(request, invitee, form=form, why=None, status=503)
    return redirect("surveys:survey_thanks")


def cannot_save() -> str:
    return _(
        "Your answers were not saved, because the server is missing the key that encrypts them. "
        "They are still on this page. Try again later, or tell your programme’s host: %(contact)s."
    ) % {"contact": settings.HOST_CONTACT}


def show(
    request: HttpRequest,
    invitee: Invitee,
    *,
    form: AnswerForm,
    why: Refusal | None,
    status: int = 200,
) -> HttpResponse:
    workshop = invitee.workshop
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "survey": Survey.objects.about(workshop),
        "form": form,
        "why": why,
        "unsaved_words": form.data.get("change", "") if why and why != Refusal.ANSWERED else "",
    }
    return render(request, "surveys/survey_answer.html", context, status=status)


@login_not_required
@require_safe
def survey_thanks(request: HttpRequest) -> HttpResponse:
    """Thank people for their answers. The page is the same for every workshop."""
    return render(request, "surveys/survey_thanks.html")


@require_safe
def survey_results(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the results of a workshop's survey to its cohort, once the survey has closed.

    Until then, facilitators and administrators see only the response rate. The answers are released
    within a minute or two of the closing time.
    """
    workshop = visible_workshop(request.user, public_id)
    moment = timezone.now()
    results = results_of(Survey.objects.about(workshop), moment)
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "results": results,
        "is_convener": workshop.cohort.is_convened_by(request.user),
        "is_open": results.survey.is_open(moment),
        "is_unreadable": results.is_pending and has_unreadable_box(results.survey),
        "contact": settings.HOST_CONTACT,
        "minimum": MINIMUM,
        "exact_minimum": EXACT_MINIMUM,
    }
    return render(request, "surveys/survey_results.html", context)


def has_unreadable_box(survey: Survey) -> bool:
    box = BallotBox.objects.filter(survey=survey).first()
    return box is not None and box.is_unreadable


@show_or_act
def survey_close(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation; on POST, close a survey early. It can't be opened again."""
    workshop = convened_workshop(request.user, public_id)
    moment = timezone.now()
    survey = Survey.objects.about(workshop)
    if not survey.is_open(moment):
        messages.info(request, _("This survey is not open, so you can’t close it."))
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    if request.method == "POST":
        Survey.objects.of(workshop).close(by=request.user, at=moment)
        release_due(at=moment)
        messages.success(request, _("Survey closed."))
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    context = {"workshop": workshop, "results": results_of(survey, moment), "minimum": MINIMUM}
    return render(request, "surveys/survey_close.html", context)
