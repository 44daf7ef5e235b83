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

from accounts.form_sessions import SessionExpiredError
from accounts.models import User
from accounts.requests import AuthenticatedRequest, require_get_or_post
from accounts.signed_links import authorised_by_link
from surveys.answering.sessions import Session, session_of, storage_owner, typed_in
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.forms import AnswerForm
from surveys.links import Invitee, invitee_of
from surveys.models import BallotBox, Survey, UnreadableBoxError
from surveys.moderation import readers
from surveys.named import named_answers
from surveys.opening import get_or_create_survey
from surveys.pairs import other_of_pair
from surveys.release import release_due
from surveys.replies import latest_reply, reply_about
from surveys.results import Results, results_of
from surveys.submission import AnswerRefusedError, Refusal, refusal_for, submit
from ui.unsaved_input import set_storage_owner
from workshops.access import convened_workshop, visible_workshop

logger = logging.getLogger(__name__)


@authorised_by_link
@require_safe
def survey_start(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the survey of a signed link is about, with a button to start.

    The button exchanges the link for a session by POST, because mail scanners open links.
    """
    invitee = invitee_of(token)
    if invitee is None:
        return render(request, "surveys/survey_start.html", status=404)
    survey = Survey.objects.about(invitee.workshop)
    why = refusal_for(survey, invitee.membership, timezone.now())
    context = {
        **about(invitee, survey),
        "why": why,
        "token": token,
        "earlier": other_of_pair(invitee.workshop),
        "reply": latest_reply(invitee.workshop.cohort_id, invitee.workshop.position),
    }
    return render(request, "surveys/survey_start.html", context)


@authorised_by_link
@require_get_or_post
def survey_answer(request: HttpRequest) -> HttpResponse:
    """Show the questions to somebody who POSTs a link's token; save answers POSTed in a session.

    Uses no session of Django and no messages of django.contrib.messages, because a session row
    would store a time.
    """
    if "token" in request.POST:
        invitee = invitee_of(request.POST["token"])
        return ask(request, Session(invitee)) if invitee else not_found(request)
    if "session" not in request.POST:
        return render(request, "surveys/survey_answer_expired.html")
    try:
        session = session_of(request.POST["session"])
    except SessionExpiredError:
        return render(
            request, "surveys/survey_answer_expired.html", {"typed": typed_in(request.POST)}
        )
    return save(request, session) if session else not_found(request)


def not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/survey_start.html", status=404)


def ask(request: HttpRequest, session: Session) -> HttpResponse:
    """Show the survey's questions, or why the member can't answer them."""
    survey = Survey.objects.about(session.invitee.workshop)
    form = AnswerForm(survey.questions)
    return show(request, session, form=form, why=refusal_of(session, survey))


def refusal_of(session: Session, survey: Survey) -> Refusal | None:
    """Return why the member can't answer the survey; None if they can.

    Returns None for `Refusal.ANSWERED` if they came by the QR code in the room, because somebody
    who can read their e-mail could otherwise learn that they have answered.
    """
    why = refusal_for(survey, session.invitee.membership, timezone.now())
    return None if session.is_in_room and why == Refusal.ANSWERED else why


def save(request: HttpRequest, session: Session) -> HttpResponse:
    invitee = session.invitee
    survey = Survey.objects.about(invitee.workshop)
    form = AnswerForm(survey.questions, request.POST)
    why = refusal_of(session, survey)
    if why or not form.is_valid():
        return show(request, session, form=form, why=why)
    survey = get_or_create_survey(invitee.workshop)
    if survey.questions != form.questions:
        # A facilitator has just changed the questions. Show the new ones, with the answers given to
        # questions that have not changed.
        return show(request, session, form=AnswerForm(survey.questions, request.POST), why=None)
    try:
        submit(
            survey=survey,
            membership=invitee.membership,
            answers=form.cleaned_data,
            at=timezone.now(),
        )
    except AnswerRefusedError as refusal:
        if not (session.is_in_room and refusal.why == Refusal.ANSWERED):
            return show(request, session, form=form, why=refusal.why)
    except UnreadableBoxError:
        logger.error("The key of survey %d's answers is not in REFLECTION_KEYS.", survey.pk)
        form.add_error(None, cannot_save())
        return show(request, session, form=form, why=None, status=503)
    return redirect("surveys:survey_thanks")


def cannot_save() -> str:
    return _(
        "Your answers were not saved, because the server is missing the key that encrypts them. "
        "They are still on this page. Try again later, or tell your programme’s host: %(contact)s."
    ) % {"contact": settings.HOST_CONTACT}


def show(
    request: HttpRequest,
    session: Session,
    *,
    form: AnswerForm,
    why: Refusal | None,
    status: int = 200,
) -> HttpResponse:
    invitee = session.invitee
    owner = storage_owner(invitee.workshop.public_id, invitee.membership.public_id)
    set_storage_owner(request, owner)
    context = {
        **about(invitee, Survey.objects.about(invitee.workshop)),
        "form": form,
        "earlier": other_of_pair(invitee.workshop),
        "why": why,
        "session": session.token(),
        "storage_owner": owner,
        "unsaved_texts": form.texts if why and why != Refusal.ANSWERED else [],
    }
    return render(request, "surveys/survey_answer.html", context, status=status)


def about(invitee: Invitee, survey: Survey) -> dict[str, object]:
    return {"workshop": invitee.workshop, "cohort": invitee.workshop.cohort, "survey": survey}


@login_not_required
@require_safe
def survey_thanks(request: HttpRequest) -> HttpResponse:
    """Thank people for their answers. The page is the same for every workshop."""
    return render(request, "surveys/survey_thanks.html")


@require_safe
def survey_results(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the results of a workshop's survey to its cohort, once the survey has closed.

    Until then, facilitators and administrators see only the response rate. Afterwards they also see
    the answers to a named survey by person. The answers are released within a minute or two of the
    closing time.
    """
    workshop = visible_workshop(request.user, public_id)
    moment = timezone.now()
    results = results_of(Survey.objects.about(workshop), moment)
    is_convener = workshop.cohort.is_convened_by(request.user)
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "results": results,
        "earlier": other_of_pair(workshop),
        "is_convener": is_convener,
        "named_answers": named_answers(results.survey, moment) if is_convener else [],
        "is_open": results.survey.is_open(moment),
        "is_unreadable": results.is_pending and has_unreadable_box(results.survey),
        **comment_context(request.user, results),
        "reply": reply_about(workshop),
        "contact": settings.HOST_CONTACT,
        "minimum": MINIMUM,
        "exact_minimum": EXACT_MINIMUM,
    }
    return render(request, "surveys/survey_results.html", context)


def comment_context(user: User, results: Results) -> dict[str, bool]:
    """Return whether the user reviews comments, and whether comments wait that nobody can review.

    Empty for a user without anything to show. Makes at most one query.
    """
    is_waiting = any(words.is_being_read for words in results.words)
    if not user.is_administrator and not is_waiting:
        return {}
    found = set(readers(results.workshop.cohort))
    return {"reads_comments": user in found, "nobody_reads_comments": is_waiting and not found}


def has_unreadable_box(survey: Survey) -> bool:
    box = BallotBox.objects.filter(survey=survey).first()
    return box is not None and box.is_unreadable


@require_get_or_post
def survey_close(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation; on POST, close a survey early. It can't be opened again."""
    workshop = convened_workshop(request.user, public_id)
    moment = timezone.now()
    survey = Survey.objects.about(workshop)
    if not survey.is_open(moment):
        messages.info(request, _("This survey is not open, so you can’t close it."))
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    if request.method == "POST":
        get_or_create_survey(workshop).close(by=request.user, at=moment)
        release_due(at=moment)
        messages.success(request, _("Survey closed."))
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    context = {"workshop": workshop, "results": results_of(survey, moment), "minimum": MINIMUM}
    return render(request, "surveys/survey_close.html", context)
