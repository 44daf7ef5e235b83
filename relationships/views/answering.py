"""The pages on which one person answers a round, by a signed link or from “Your network”.

They use no session of Django and no messages of django.contrib.messages, because a session row
would store a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.form_sessions import SessionExpiredError
from accounts.requests import require_get_or_post
from accounts.signed_links import authorised_by_link
from cohorts.models import Cohort, Membership
from relationships import answers
from relationships.answers import AnswerRefusedError, Refusal, WrongAnswersError
from relationships.levels import LEVEL_TEXTS, WrongLevelsError, groups_of, levels_in
from relationships.links import Invitee, invitee_in_session, invitee_of
from relationships.models import Levels, RosterEntry, UnreadableAnswersError
from ui.unsaved_input import set_storage_owner

logger = logging.getLogger(__name__)

Act = Callable[[HttpRequest, Invitee], HttpResponse]


@authorised_by_link
@require_safe
def round_start(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the round of a signed link asks and who sees what, with a button to start."""
    invitee = invitee_of(token)
    if invitee is None:
        return not_found(request)
    why, _entry = state_of(invitee, timezone.now())
    context = {
        **about(invitee),
        "why": why,
        "has_finished": answers.has_finished(invitee.round, invitee.membership),
        "token": token,
        "session": invitee.session() if why == Refusal.LEFT_OFF else "",
    }
    return render(request, "relationships/round_start.html", context)


@authorised_by_link
@require_get_or_post
def round_answer(request: HttpRequest) -> HttpResponse:
    """Show the list to somebody who POSTs a link's token, unless they have finished.

    After that, the link doesn't show their answers, because e-mails get forwarded.
    """
    if "token" not in request.POST:
        return expired(request)
    invitee = invitee_of(request.POST["token"])
    if invitee is None:
        return not_found(request)
    if answers.has_finished(invitee.round, invitee.membership):
        return redirect("relationships:round_start", request.POST["token"])
    return show_list(request, invitee)


def in_session(act: Act) -> Callable[[HttpRequest], HttpResponse]:
    """Decorate a view that acts for the person named by the session token in the POSTed form."""

    @wraps(act)
    def view(request: HttpRequest) -> HttpResponse:
        if "session" not in request.POST:
            return expired(request)
        try:
            invitee = invitee_in_session(request.POST["session"])
        except SessionExpiredError:
            return expired(request)
        if invitee is None:
            return not_found(request)
        try:
            return act(request, invitee)
        except AnswerRefusedError:
            return refused(request, invitee)
        except UnreadableAnswersError:
            logger.error("The key of round %d's answers is missing.", invitee.round.pk)
            return problem(request, invitee, cannot_save(), status=503)
        except (WrongLevelsError, WrongAnswersError):
            return problem(request, invitee, wrong_answers(), status=400)

    return authorised_by_link(require_get_or_post(view))


@in_session
def round_save(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """Save the answers so far. A script POSTs after each tap; without JavaScript, a button does."""
    save(request, invitee)
    if wants_json(request):
        return JsonResponse({**script_state(), "session": invitee.session()})
    return show_list(request, invitee, is_saved=True)


@in_session
def round_finish(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """Save, count everybody else as not met, and store a receipt."""
    save(request, invitee, is_finished=True)
    return redirect("relationships:round_thanks")


@in_session
def round_leave(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """Take the person off the list."""
    answers.leave_list(one=invitee.round, membership=invitee.membership, at=timezone.now())
    return refused(request, invitee)


@in_session
def round_return(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """Put the person on the list again, and show it."""
    answers.return_to_list(one=invitee.round, membership=invitee.membership, at=timezone.now())
    return show_list(request, invitee)


@login_not_required
@require_safe
def round_thanks(request: HttpRequest) -> HttpResponse:
    """Thank people. The page is the same for everybody, and exists if any cohort uses it."""
    if not Cohort.objects.filter(uses_relationships=True).exists():
        raise Http404
    return render(request, "relationships/round_thanks.html")


def save(request: HttpRequest, invitee: Invitee, *, is_finished: bool = False) -> None:
    answers.save_answers(
        one=invitee.round,
        membership=invitee.membership,
        levels=by_membership(invitee, levels_in(request.POST)),
        at=timezone.now(),
        is_finished=is_finished,
    )


def by_membership(invitee: Invitee, levels: dict[str, int]) -> Levels:
    """Return the levels by the pks of memberships. Raises WrongAnswersError for unknown people."""
    entries = RosterEntry.objects.filter(
        round=invitee.round, membership__public_id__in=levels
    ).exclude(membership=invitee.membership)
    known = dict(entries.values_list("membership__public_id", "membership"))
    if known.keys() != levels.keys():
        raise WrongAnswersError
    return {known[public_id]: level for public_id, level in levels.items()}


def state_of(invitee: Invitee, moment: datetime) -> tuple[Refusal | None, RosterEntry | None]:
    """Return why the person can't answer, if they can't, and their entry on the list."""
    entry = answers.entry_of(invitee.round, invitee.membership)
    return answers.refusal_for(invitee.round, invitee.membership, entry, moment), entry


def show_list(
    request: HttpRequest,
    invitee: Invitee,
    *,
    is_saved: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the list with what the person has said so far, or why they can't answer."""
    why, _entry = state_of(invitee, timezone.now())
    if why:
        return refused(request, invitee)
    try:
        levels = answers.own_answers(invitee.round, invitee.membership)
    except UnreadableAnswersError:
        levels, error, status = {}, error or cannot_save(), 503
    set_storage_owner(request, invitee.storage_owner())
    context = {
        **about(invitee),
        **script_state(),
        "groups": groups_of(people_on(invitee), levels),
        "level_texts": LEVEL_TEXTS.items(),
        "session": invitee.session(),
        "storage_owner": invitee.storage_owner(),
        "is_saved": is_saved,
        "error": error,
    }
    return render(request, "relationships/round_answer.html", context, status=status)


def people_on(invitee: Invitee) -> list[Membership]:
    """Return the others on the list of the round, with their users and organisations."""
    entries = RosterEntry.objects.answering().filter(round=invitee.round)
    found = entries.exclude(membership=invitee.membership)
    return [
        entry.membership
        for entry in found.select_related("membership__user", "membership__organisation")
    ]


def refused(request: HttpRequest, invitee: Invitee) -> HttpResponse:
    """Show why the person can't answer: the round is over, or they have left it."""
    if wants_json(request):
        return JsonResponse({**script_state(), "closed": True})
    why, _entry = state_of(invitee, timezone.now())
    context = {
        **about(invitee),
        "why": why,
        "session": invitee.session(),
    }
    return render(request, "relationships/round_start.html", context)


def problem(request: HttpRequest, invitee: Invitee, sentence: str, *, status: int) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({**script_state(), "error": sentence}, status=status)
    return show_list(request, invitee, error=sentence, status=status)


def expired(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({**script_state(), "out": True})
    return render(request, "relationships/round_answer_expired.html")


def not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "relationships/round_start.html", status=404)


def wants_json(request: HttpRequest) -> bool:
    """Return whether static/js/round-answer.js sent the request."""
    return request.headers.get("Accept") == "application/json"


def script_state() -> dict[str, Any]:
    """Return what static/js/offline-queue.js expects of each answer."""
    return {"clock": round(timezone.now().timestamp() * 1000), "token": ""}


def about(invitee: Invitee) -> dict[str, Any]:
    return {"round": invitee.round, "cohort": invitee.round.cohort}


def cannot_save() -> str:
    return _(
        "Your answers can’t be read or saved, because the server is missing the key that encrypts "
        "them. Try again later, or tell your programme’s host: %(contact)s."
    ) % {"contact": settings.HOST_CONTACT}


def wrong_answers() -> str:
    return _(
        "Your last answers were not saved, because they didn’t fit this list. Choose one number "
        "from 0 to 4 for each person on it."
    )
