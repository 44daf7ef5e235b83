"""A cohort's messages on one time line, and each of them opened: noted, skipped, sent now."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import EMAIL_CSP, AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from cohorts.deliverability import Undelivered, unreached
from cohorts.models import Cohort, Membership
from home.messages.detail import OneMessage
from home.messages.forms import NoteForm, Word
from home.messages.timeline import timeline, undelivered
from outbox import overrides
from outbox.content.email import without_links
from outbox.models import Message
from outbox.overrides import NoteChanged, seen_of
from outbox.rules import title_of, visibility_of


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
        "drafts": cohort.announcements.unconfirmed().select_related("written_by"),
    }
    return render(request, "home/message_list.html", context)


@require_safe
def message_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One message word for word, save private links: for the person it went to, and for those who run the cohort.

    Not for these where the kind is confidential: that somebody was nudged says that they had not answered.
    """
    message = get_object_or_404(Message.objects.select_related("recipient"), public_id=public_id)
    cohort = Cohort.objects.visible_to(request.user).filter(pk=message.group_id).first()
    sees_all = (
        cohort
        and cohort.is_convened_by(request.user)
        and visibility_of(message.kind).shows_recipients
    )
    if not sees_all and message.recipient != request.user:
        raise Http404
    batch = (
        Message.objects.batch_of(message)
        .select_related("recipient")
        .order_by("recipient__name", "pk")
    )
    failed = Undelivered.of(message, timezone.now())
    context = {
        "message": message,
        "title": title_of(message.kind),
        "cohort": cohort,
        "zone": cohort.zone if cohort else None,
        "batch": batch if sees_all else (),
        "letter": without_links(message.text),
        "undelivered": failed,
        "member": cohort.memberships.active().filter(user=message.recipient).first()
        if cohort and failed and sees_all
        else None,
    }
    return render(request, "home/message_detail.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_line(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """One line of the list, opened."""
    return show_line(request, opened(request, public_id, kind, subject_id))


@require_safe
@xframe_options_sameorigin
@csp(EMAIL_CSP)  # type: ignore[arg-type]
def message_preview(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int, member_id: str
) -> HttpResponse:
    """The e-mail's own HTML, in a frame of the page that shows it."""
    one = opened(request, public_id, kind, subject_id)
    member = one.reader(member_id)
    if member is None or member.public_id != member_id:
        raise Http404
    return HttpResponse(one.letter(member).html)


@require_POST
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_note(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """A word added, changed or, left empty, taken back: for everybody, or for the one of `alone`.

    Of two facilitators at once the second reads the first's.
    """
    one = changeable(request, public_id, kind, subject_id)
    member = named(one, request.GET.get("alone"))
    person = member.user if member else None
    form = NoteForm(request.POST, person=person)
    if not form.is_valid():
        noted = one.adjustment_for(person)
        return show_line(request, one, Word(member, form, noted))
    note, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
    try:
        overrides.write_note(
            one.occasion, note, person=person, seen=seen, by=request.user, at=one.moment
        )
    except NoteChanged:
        one = opened(request, public_id, kind, subject_id)
        theirs = one.adjustment_for(person)
        form = NoteForm(person=person, initial={"note": note, "seen": seen_of(theirs)})
        return show_line(request, one, Word(member, form, theirs, theirs))
    whose = f"the e-mail to {person}" if person else "it"
    messages.success(
        request,
        f"Your words are in {whose}." if note else f"There is no word of yours in {whose} now.",
    )
    return back_to(one, request)


@show_or_act
def message_skip(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Nobody gets it, or the one person of `to` does not. What that means is said first.

    A page that lay open offers it still when it has gone: then nothing is done.
    """
    one = changeable(request, public_id, kind, subject_id)
    member = named(one, request.GET.get("to"))
    if request.method == "POST":
        person = member.user if member else None
        if not one.may_reach(person):
            messages.info(request, f"Nothing is left to skip: {one.over_for(person)}")
        elif overrides.skip(one.occasion, person=person, by=request.user, at=one.moment):
            messages.success(request, f"Skipped: {what_skipping_did(one, person)}")
        else:
            messages.info(request, "It is skipped already.")
        return back_to(one, request)
    context = {
        "one": one,
        "cohort": one.cohort,
        "member": member,
        "is_open": one.may_reach(member.user if member else None),
        "over": one.over_for(member.user if member else None),
    }
    return render(request, "home/message_skip.html", context)


def what_skipping_did(one: OneMessage, person: User | None) -> str:
    """As it is by now: a turn may have sent some meanwhile."""
    if not one.shows_recipients:
        return "nobody gets it from now on."
    had_it = one.occasion.messages(person).filter(sent_at__isnull=False).count()
    if person:
        return f"{person} has it already." if had_it else f"{person} does not get it."
    people = "1 person has" if had_it == 1 else f"{had_it} people have"
    return f"nobody else gets it. {people} it already." if had_it else "nobody gets it."


@require_POST
def message_send_after_all(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """The skip is taken back, of the line or of one person."""
    one = opened(request, public_id, kind, subject_id)
    if one.rule.overrides is None:
        raise Http404
    member = named(one, request.GET.get("to"))
    person = member.user if member else None
    if overrides.send_after_all(one.occasion, person=person, at=one.moment):
        messages.success(request, "It is sent after all, unless it is too late for it.")
    else:
        messages.info(request, "It was not skipped.")
    return back_to(one, request)


@show_or_act
def message_send_now(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """To how many is said first, and that nobody gets it twice."""
    one = changeable(request, public_id, kind, subject_id)
    if request.method == "POST":
        made = overrides.send_now(one.occasion, at=one.moment)
        if made:
            messages.success(request, "It is on its way, and arrives within a few minutes.")
        else:
            messages.info(request, "Nothing was left to send: nobody gets it twice.")
        return back_to(one, request)
    return render(request, "home/message_send_now.html", {"one": one, "cohort": one.cohort})


def opened(request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int) -> OneMessage:
    """Raises Http404 to strangers and for what the cohort has no line of, PermissionDenied to its other members."""
    return OneMessage.found(
        convened_cohort(request.user, public_id), kind, subject_id, timezone.now()
    )


def changeable(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> OneMessage:
    """Raises Http404 for a kind that is not for facilitators to change, too."""
    one = opened(request, public_id, kind, subject_id)
    if one.rule.overrides is None:
        raise Http404
    return one


def named(one: OneMessage, public_id: str | None) -> Membership | None:
    """Whom alone the address names. Nobody of a confidential kind: to skip it for one says that they were owed it."""
    if not public_id:
        return None
    found = next(
        (
            each.member
            for each in one.addressees
            if each.member and each.member.public_id == public_id
        ),
        None,
    )
    if found is None:
        raise Http404
    return found


def show_line(
    request: AuthenticatedRequest, one: OneMessage, word: Word | None = None
) -> HttpResponse:
    """With a `word` in place of how that stands, for everybody or for one."""
    member = one.reader(request.GET.get("alone") or request.GET.get("to"))
    to_all, alone = Word.standing(one.adjustment), None
    if member and one.shows_recipients:
        alone = Word.standing(one.adjustment_for(member.user), member)
    if word:
        to_all, alone = (to_all, word) if word.person else (word, alone)
    context = {
        "one": one,
        "cohort": one.cohort,
        "to_all": to_all,
        "alone": alone,
        "reader": member,
        "letter": one.letter(member) if member else None,
    }
    return render(request, "home/message_line.html", context)


def back_to(one: OneMessage, request: AuthenticatedRequest) -> HttpResponse:
    address = reverse(
        "home:message_line", args=[one.cohort.public_id, one.rule.kind, one.subject_id]
    )
    alone = request.GET.get("alone")
    return redirect(f"{address}?{urlencode({'to': alone})}" if alone else address)
