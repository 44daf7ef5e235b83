"""The page that moves one person of a cohort's sets or tables, and the acts on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.models import Membership
from sets import editing
from sets.access import facilitated_grouping
from sets.current import current_of
from sets.models import Grouping, Set, SetMembership
from sets.reasons import options_for, set_reasons
from ui.version_token import StaleError


@require_safe
def person_move(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """Show what each swap, and each move to another set, would make worse or better."""
    grouping = facilitated_grouping(request.user, public_id)
    current = current_of(grouping)
    member = next(
        (
            one
            for one in (
                *(place.membership for place in current.placed.values()),
                *current.unplaced,
            )
            if one.public_id == member_id
        ),
        None,
    )
    if member is None:
        raise Http404
    place = current.placed.get(member.user_id)
    context = {
        "grouping": grouping,
        "cohort": grouping.cohort,
        "member": member,
        "place": place,
        "home": current.set_number(place.set.number) if place else None,
        "reasons": set_reasons(current.broken[place.set.number], current.name_of) if place else [],
        "options": [] if place and place.is_pinned else options_for(current, member.user_id),
        "seen": grouping.version,
    }
    return render(request, "sets/person_move.html", context)


@require_POST
def person_swap(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """Swap the person with another person, whose id is in the POST parameter `other`."""
    grouping = facilitated_grouping(request.user, public_id)
    one = place_or_404(grouping, member_id)
    other = place_or_404(grouping, request.POST.get("other", ""))
    try:
        editing.swap(grouping=grouping, one=one, other=other, seen=seen(request), at=timezone.now())
    except (StaleError, editing.CannotMoveError) as problem:
        messages.error(request, str(problem))
    else:
        words = _("%(one)s and %(other)s have changed places.")
        people = {"one": one.membership.user, "other": other.membership.user}
        messages.success(request, saved(grouping, words % people))
    return redirect(grouping)


@require_POST
def person_place(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """Move the person to a set (`to`), or put them into it if they have none."""
    grouping = facilitated_grouping(request.user, public_id)
    to = get_object_or_404(Set, grouping=grouping, public_id=request.POST.get("to", ""))
    to.grouping = grouping
    member = get_object_or_404(
        Membership.objects.filter(cohort=grouping.cohort).select_related("user"),
        public_id=member_id,
    )
    place = SetMembership.objects.active().filter(grouping=grouping, membership=member).first()
    now = timezone.now()
    try:
        if place:
            editing.move(grouping=grouping, place=place, to=to, seen=seen(request), at=now)
        else:
            editing.add(grouping=grouping, member=member, to=to, seen=seen(request), at=now)
    except (StaleError, editing.CannotMoveError) as problem:
        messages.error(request, str(problem))
    else:
        words = _("%(person)s is now in %(set)s.") % {"person": member.user, "set": to}
        messages.success(request, saved(grouping, words))
    return redirect(grouping)


@require_POST
def person_pin(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """Pin the person to their set (`pin` is 1), or unpin them."""
    grouping = facilitated_grouping(request.user, public_id)
    place = place_or_404(grouping, member_id)
    try:
        editing.set_pinned(
            place=place, is_pinned=request.POST.get("pin") == "1", seen=seen(request)
        )
    except StaleError as problem:
        messages.error(request, str(problem))
    return redirect("sets:person_move", public_id, member_id)


def place_or_404(grouping: Grouping, member_id: str) -> SetMembership:
    """Return the place of a person who is in one of the sets now. Raises Http404."""
    places = SetMembership.objects.active().filter(grouping=grouping)
    found: SetMembership = get_object_or_404(
        places.select_related("membership__user", "set", "grouping"),
        membership__public_id=member_id,
    )
    return found


def seen(request: AuthenticatedRequest) -> str:
    return request.POST.get("seen", "")


def saved(grouping: Grouping, words: str) -> str:
    """Return the success message `words`; if the sets are published, add who gets an e-mail."""
    if not grouping.is_published:
        return words
    return words + " " + _("In ten minutes, the people of each changed set get an e-mail.")
