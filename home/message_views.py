"""A cohort's messages on one time line, and each of them opened: noted, skipped, sent now."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.http import LETTER_POLICY, AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from cohorts.models import Cohort, Membership
from cohorts.reaching import Undelivered, unreached
from home.message_forms import NoteForm
from home.messages import timeline, undelivered
from home.one_message import OneMessage
from outbox import adjusting
from outbox.adjusting import NoteChanged, seen_of
from outbox.letters import without_links
from outbox.models import Message
from outbox.plan import is_confidential, title_of


@require_safe
def message_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Every message of the cohort: what was sent, and what will be as things stand."""
    cohort = convened_cohort(request.user, public_id)
    workshops = list(cohort.workshops.all())
    members = list(cohort.memberships.active().by_name())
    moment = timezone.now()
    context = {
        "cohort": cohort,
        "timeline": timeline(cohort, workshops, moment),
        "unreached": unreached(members),
        "undelivered": undelivered(cohort, members, moment),
        "moment": moment,
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "drafts": cohort.announcements.drafts().select_related("written_by"),
    }
    return render(request, "home/message_list.html", context)


@require_safe
def message_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One message word for word, save private links: for the person it went to, and for those who run the cohort.

    Not for these where the kind is confidential: that somebody was nudged says that they had not answered.
    """
    message = get_object_or_404(Message.objects.select_related("recipient"), public_id=public_id)
    cohort = get_object_or_404(Cohort.objects.visible_to(request.user), pk=message.stream)
    sees_all = cohort.is_convened_by(request.user) and not is_confidential(message.kind)
    if not sees_all and message.recipient != request.user:
        raise Http404
    batch = Message.objects.batch_of(message).select_related("recipient").order_by("recipient__name", "pk")
    failed = Undelivered.of(message, timezone.now())
    theirs = cohort.memberships.active().filter(user=message.recipient)
    context = {
        "message": message,
        "title": title_of(message.kind),
        "cohort": cohort,
        "batch": batch if sees_all else (),
        "letter": without_links(message.text),
        "undelivered": failed,
        "member": theirs.first() if failed and sees_all else None,
    }
    return render(request, "home/message_detail.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_line(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> HttpResponse:
    """One line of the list, opened."""
    one = opened(request, public_id, kind, about)
    adjustment = one.adjustment
    form = NoteForm(initial={"note": adjustment.note if adjustment else "", "seen": seen_of(adjustment)})
    return render(request, "home/message_line.html", shown(request, one, form))


@require_safe
@xframe_options_sameorigin
@csp(LETTER_POLICY)  # type: ignore[arg-type]
def message_preview(
    request: AuthenticatedRequest, public_id: str, kind: str, about: int, member_id: str
) -> HttpResponse:
    """The e-mail's own HTML, in a frame of the page that shows it."""
    one = opened(request, public_id, kind, about)
    member = one.reader(member_id)
    if member is None or member.public_id != member_id:
        raise Http404
    return HttpResponse(one.letter(member).html)


@require_POST
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_note(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> HttpResponse:
    """A word added, changed or, left empty, taken back. Of two facilitators at once the second reads the first's."""
    one = changeable(request, public_id, kind, about)
    form = NoteForm(request.POST)
    theirs = None
    if form.is_valid():
        note, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
        try:
            adjusting.write_note(one.occasion, note, seen=seen, by=request.user, at=one.moment)
        except NoteChanged:
            one = opened(request, public_id, kind, about)
            theirs = one.adjustment
            form = NoteForm({"note": note, "seen": seen_of(theirs)})
        else:
            messages.success(request, "Your words are in it." if note else "It goes without a word from you.")
            return back_to(one, request)
    return render(request, "home/message_line.html", {**shown(request, one, form), "theirs": theirs})


@show_or_act
def message_skip(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> HttpResponse:
    """Nobody gets it, or the one person of `to` does not. What that means is said first."""
    one = changeable(request, public_id, kind, about)
    member = skippable(one, request)
    if request.method == "POST":
        person = member.user if member else None
        if adjusting.skip(one.occasion, person=person, by=request.user, at=one.moment):
            messages.success(
                request, f"Skipped: {person or 'nobody'} {'does not get' if person else 'gets'} it."
            )
        else:
            messages.info(request, "It is skipped already.")
        return back_to(one, request)
    return render(request, "home/message_skip.html", {"one": one, "cohort": one.cohort, "member": member})


@require_POST
def message_send_after_all(
    request: AuthenticatedRequest, public_id: str, kind: str, about: int
) -> HttpResponse:
    """The skip is taken back, of the line or of one person."""
    one = opened(request, public_id, kind, about)
    if not one.rule.adjustable:
        raise Http404
    member = skippable(one, request)
    person = member.user if member else None
    if adjusting.send_after_all(one.occasion, person=person, at=one.moment):
        messages.success(request, "It is sent after all, unless it is too late for it.")
    else:
        messages.info(request, "It was not skipped.")
    return back_to(one, request)


@show_or_act
def message_send_now(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> HttpResponse:
    """To how many is said first, and that nobody gets it twice."""
    one = changeable(request, public_id, kind, about)
    if request.method == "POST":
        made = adjusting.send_now(one.occasion, at=one.moment)
        if made:
            messages.success(request, "It is on its way, and arrives within a few minutes.")
        else:
            messages.info(request, "Nothing was left to send: nobody gets it twice.")
        return back_to(one, request)
    return render(request, "home/message_send_now.html", {"one": one, "cohort": one.cohort})


def opened(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> OneMessage:
    """Raises Http404 to strangers and for what the cohort has no line of, PermissionDenied to its other members."""
    return OneMessage.found(convened_cohort(request.user, public_id), kind, about, timezone.now())


def changeable(request: AuthenticatedRequest, public_id: str, kind: str, about: int) -> OneMessage:
    """Raises Http404 for a kind that is not for facilitators to change, too."""
    one = opened(request, public_id, kind, about)
    if not one.rule.adjustable:
        raise Http404
    return one


def skippable(one: OneMessage, request: AuthenticatedRequest) -> Membership | None:
    """Whom alone the address names. Nobody of a confidential kind: to skip it for one says that they were owed it."""
    wanted = request.GET.get("to")
    if not wanted:
        return None
    found = next(
        (each.member for each in one.addressees if each.member and each.member.public_id == wanted), None
    )
    if found is None:
        raise Http404
    return found


def shown(request: AuthenticatedRequest, one: OneMessage, form: NoteForm) -> dict[str, Any]:
    member = one.reader(request.GET.get("to"))
    return {
        "one": one,
        "cohort": one.cohort,
        "form": form,
        "reader": member,
        "letter": one.letter(member) if member else None,
    }


def back_to(one: OneMessage, request: AuthenticatedRequest) -> HttpResponse:
    return redirect("home:message_line", one.cohort.public_id, one.rule.kind, one.about)
