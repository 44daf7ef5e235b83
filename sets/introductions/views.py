"""Views of introductions: a participant's own, the numbers for conveners, and the signed link."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.form_sessions import SessionExpiredError
from accounts.models import User
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.signed_links import authorised_by_link
from cohorts.access import own_membership, visible_cohort
from cohorts.models import Cohort, Membership
from sets.introductions import taking_part
from sets.introductions.forms import AnswerForm, TakePartForm
from sets.introductions.links import SESSION, introducee_in_session, introducee_of
from sets.introductions.overview import (
    asked_to_meet,
    counts_of,
    following_round,
    own_introductions,
)
from sets.introductions.people import others_of
from sets.models import Introducee
from sets.notes import wish_of

Act = Callable[[HttpRequest, Introducee], HttpResponse]


@require_safe
def introduction_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a participant their own introductions, or show conveners only numbers."""
    cohort, moment = cohort_with_introductions(request.user, public_id), timezone.now()
    members = cohort.memberships.active().participating().filter(user=request.user)
    membership = members.select_related("cohort").first()
    if membership:
        own = own_introductions(membership, moment)
        context = {"cohort": cohort, "own": own}
        return render(request, "sets/introduction_list.html", context)
    if not cohort.is_convened_by(request.user):
        raise PermissionDenied
    context = {
        "cohort": cohort,
        "asked": asked_to_meet(cohort),
        "rounds": counts_of(cohort, moment),
        "next": following_round(cohort, moment),
    }
    return render(request, "sets/introduction_list.html", context)


@require_get_or_post
def introduction_join(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask what a participant would like to change; on POST, save the text and opt them in."""
    membership = participant_with_introductions(request.user, public_id)
    form = TakePartForm(post_data(request), initial={"wish": wish_of(membership)})
    if form.is_valid():
        taking_part.take_part(
            membership=membership, wish=form.cleaned_data["wish"], at=timezone.now()
        )
        messages.success(request, _("Saved. You take part in introductions."))
        return redirect("sets:introduction_list", public_id=membership.cohort.public_id)
    context = {"cohort": membership.cohort, "form": form}
    return render(request, "sets/introduction_join.html", context)


@require_POST
def introduction_leave(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    membership = participant_with_introductions(request.user, public_id)
    taking_part.stop(membership=membership, at=timezone.now())
    messages.success(request, _("Stopped. We won’t introduce you to anybody else."))
    return redirect("sets:introduction_list", public_id=membership.cohort.public_id)


@authorised_by_link
@never_cache
@require_safe
def introduction_start(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the person of a signed link whether to introduce them. Needs no sign-in.

    Once they are introduced, the page says so but shows no e-mail addresses, because anybody with
    the link can open it. The addresses are in the e-mail, and on a page that requires sign-in.
    """
    introducee = introducee_of(token)
    return show_answer(request, introducee) if introducee else not_found(request)


def by_post(act: Act) -> Callable[[HttpRequest], HttpResponse]:
    """Decorate a view that acts for the person named by the session token in the POSTed form."""

    @wraps(act)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            introducee = introducee_in_session(request.POST.get("session", ""))
        except SessionExpiredError:
            return render(request, "sets/introduction_answer_expired.html")
        return act(request, introducee) if introducee else not_found(request)

    return authorised_by_link(never_cache(require_POST(view)))


@by_post
def introduction_answer(request: HttpRequest, introducee: Introducee) -> HttpResponse:
    """Save an answer, and show the page again at a URL without a token."""
    form, is_late = AnswerForm(request.POST), False
    if form.is_valid():
        says = form.cleaned_data["answer"]
        try:
            taking_part.answer(introducee=introducee, says=says, at=timezone.now())
        except taking_part.AnswerRefusedError:
            is_late = True
    current = introducee_in_session(request.POST["session"])
    return show_answer(request, current, is_late=is_late) if current else not_found(request)


@by_post
def introduction_stop(request: HttpRequest, introducee: Introducee) -> HttpResponse:
    """Stop all introductions of the person."""
    taking_part.stop(membership=introducee.membership, at=timezone.now())
    return render(request, "sets/introduction_stop.html", {"cohort": introducee.membership.cohort})


def not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "sets/introduction_start.html", status=404)


def show_answer(
    request: HttpRequest, introducee: Introducee, *, is_late: bool = False
) -> HttpResponse:
    introduction = introducee.introduction
    assert introduction is not None  # noqa: S101 - `find_introducee` finds no other
    context = {
        "session": SESSION.token(introducee.public_id),
        "cohort": introducee.membership.cohort,
        "introducee": introducee,
        "answer_by": introduction.round.answer_by,
        "others": others_of(introducee),
        "is_introduced": introduction.introduced_at is not None and introducee.said_yes,
        "may_answer": taking_part.may_answer(introducee, introduction, timezone.now()),
        "is_late": is_late,
    }
    return render(request, "sets/introduction_start.html", context)


def cohort_with_introductions(user: User, public_id: str) -> Cohort:
    """Return a cohort that the user can see and that uses introductions. Raises Http404."""
    cohort: Cohort = visible_cohort(user, public_id)
    if not cohort.uses_introductions:
        raise Http404
    return cohort


def participant_with_introductions(user: User, public_id: str) -> Membership:
    """Return the user's membership as a participant. Raises Http404 or PermissionDenied."""
    cohort_with_introductions(user, public_id)
    membership = own_membership(user, public_id)
    if membership.is_facilitator:
        raise PermissionDenied
    return membership
