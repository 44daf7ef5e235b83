"""The pages on which participants and colleagues answer, without signing in.

They use no session of Django, because a session row would store a time. On GET, nothing is saved,
because mail scanners open links.
"""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.form_sessions import SessionExpiredError
from accounts.requests import require_get_or_post
from accounts.signed_links import authorised_by_link
from programmes.feedback import SurveyKind
from surveys.answering.sessions import typed_in
from surveys.before_after import answering
from surveys.before_after.answering import AnswerRefusedError, Refusal, refusal_for
from surveys.before_after.forms import SightForm, WaveForm
from surveys.before_after.links import (
    AskedColleague,
    Invitee,
    asked_colleague_in,
    asked_colleague_of,
    invitee_in,
    invitee_of,
)
from surveys.disclosure import MINIMUM
from surveys.models import UnreadableBoxError, Wave
from surveys.views.surveys import cannot_save
from ui.numbers import in_words
from ui.unsaved_input import set_storage_owner

logger = logging.getLogger(__name__)


@authorised_by_link
@require_safe
def wave_start(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the wave of a signed link asks, with a button that starts a session by POST."""
    invitee = invitee_of(token)
    if invitee is None:
        return wave_not_found(request)
    context = {**about(invitee), "why": refusal_of(invitee), "token": token}
    return render(request, "surveys/wave_start.html", context)


@authorised_by_link
@require_get_or_post
def wave_answer(request: HttpRequest) -> HttpResponse:
    """Ask somebody who POSTs a link's token; save answers POSTed in a session."""
    if "token" in request.POST:
        invitee = invitee_of(request.POST["token"])
        if invitee is None:
            return wave_not_found(request)
        return show(request, invitee, WaveForm(invitee.wave.occasion), refusal_of(invitee))
    if "session" not in request.POST:
        return expired(request)
    try:
        invitee = invitee_in(request.POST["session"])
    except SessionExpiredError:
        return expired(request, typed_in(request.POST))
    return save(request, invitee) if invitee else wave_not_found(request)


def save(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    wave, form = invitee.wave, WaveForm(invitee.wave.occasion, request.POST)
    if not form.is_valid():
        return show(request, invitee, form, refusal_of(invitee))
    try:
        answering.submit(
            wave=wave,
            membership=invitee.membership,
            answers=form.cleaned_data,
            at=timezone.now(),
        )
    except AnswerRefusedError as refusal:
        return show(request, invitee, form, refusal.why)
    except UnreadableBoxError:
        form.add_error(None, cannot_save_in(wave))
        return show(request, invitee, form, None, status=503)
    return redirect("surveys:wave_thanks")


def show(
    request: HttpRequest, invitee: Invitee, form: WaveForm, why: Refusal | None, status: int = 200
) -> HttpResponse:
    set_storage_owner(request, invitee.storage_owner)
    context = {
        **about(invitee),
        "form": form,
        "why": why,
        "session": invitee.session,
        "storage_owner": invitee.storage_owner,
        "unsaved_texts": form.texts if why and why != Refusal.ANSWERED else [],
    }
    return render(request, "surveys/wave_answer.html", context, status=status)


def about(invitee: Invitee) -> dict[str, object]:
    return {
        "wave": invitee.wave,
        "cohort": invitee.wave.cohort,
        "promise": SurveyKind.LINKED.promise,
        "minimum": in_words(MINIMUM),
    }


def refusal_of(invitee: Invitee) -> Refusal | None:
    has_answered = answering.has_answered(invitee.wave, invitee.membership)
    return refusal_for(invitee.wave, timezone.now(), has_answered=has_answered)


def wave_not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/wave_start.html", status=404)


def expired(request: HttpRequest, typed: list[str] | None = None) -> HttpResponse:
    return render(request, "surveys/survey_answer_expired.html", {"typed": typed})


def cannot_save_in(wave: Wave) -> str:
    """Log that the wave's answers can't be encrypted, and return the error for people."""
    logger.error("The key of wave %d's answers is not in REFLECTION_KEYS.", wave.pk)
    return cannot_save()


@login_not_required
@require_safe
def wave_thanks(request: HttpRequest) -> HttpResponse:
    """Thank people for their answers. The page is the same for everybody."""
    return render(request, "surveys/wave_thanks.html", {"minimum": in_words(MINIMUM)})


@authorised_by_link
@require_safe
def colleague_start(request: HttpRequest, token: str) -> HttpResponse:
    """Show a colleague what they are asked, with a button that starts a session by POST."""
    asked = asked_colleague_of(token)
    if asked is None:
        return colleague_not_found(request)
    context = {**about_colleague(asked), "why": refusal_to(asked), "token": token}
    return render(request, "surveys/colleague_start.html", context)


@authorised_by_link
@require_get_or_post
def colleague_answer(request: HttpRequest) -> HttpResponse:
    """Ask a colleague who POSTs a link's token; save answers POSTed in a session."""
    if "token" in request.POST:
        asked = asked_colleague_of(request.POST["token"])
        if asked is None:
            return colleague_not_found(request)
        return show_colleague(request, asked, SightForm(), refusal_to(asked))
    if "session" not in request.POST:
        return expired(request)
    try:
        asked = asked_colleague_in(request.POST["session"])
    except SessionExpiredError:
        return expired(request)
    return save_sights(request, asked) if asked else colleague_not_found(request)


def save_sights(request: HttpRequest, asked: AskedColleague) -> HttpResponse:
    form = SightForm(request.POST)
    if not form.is_valid():
        return show_colleague(request, asked, form, refusal_to(asked))
    try:
        answering.submit_sights(
            wave=asked.wave,
            colleague=asked.colleague,
            answers=form.cleaned_data,
            at=timezone.now(),
        )
    except AnswerRefusedError as refusal:
        return show_colleague(request, asked, form, refusal.why)
    except UnreadableBoxError:
        form.add_error(None, cannot_save_in(asked.wave))
        return show_colleague(request, asked, form, None, status=503)
    return redirect("surveys:colleague_thanks")


def show_colleague(
    request: HttpRequest,
    asked: AskedColleague,
    form: SightForm,
    why: Refusal | None,
    status: int = 200,
) -> HttpResponse:
    set_storage_owner(request, asked.storage_owner)
    context = {
        **about_colleague(asked),
        "form": form,
        "why": why,
        "session": asked.session,
        "storage_owner": asked.storage_owner,
    }
    return render(request, "surveys/colleague_answer.html", context, status=status)


def about_colleague(asked: AskedColleague) -> dict[str, object]:
    return {
        "wave": asked.wave,
        "cohort": asked.wave.cohort,
        "participant": asked.colleague.membership.user,
        "minimum": in_words(MINIMUM),
    }


def refusal_to(asked: AskedColleague) -> Refusal | None:
    answered = asked.colleague.has_answered
    return refusal_for(asked.wave, timezone.now(), has_answered=answered)


def colleague_not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/colleague_start.html", status=404)


@login_not_required
@require_safe
def colleague_thanks(request: HttpRequest) -> HttpResponse:
    """Thank a colleague. The page is the same for everybody."""
    return render(request, "surveys/colleague_thanks.html", {"minimum": in_words(MINIMUM)})
