"""A cohort's messages: the list, and each message to read, note, skip or send now."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import EMAIL_CSP, AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort, convenes_with, visible_cohort
from cohorts.deliverability import Undelivered, unreached, with_suppressed
from cohorts.models import Cohort, Membership
from home.messages.detail import MessageDetail
from home.messages.forms import NoteForm, NotePanel
from home.messages.timeline import timeline
from home.messages.undelivered import undelivered
from outbox import overrides
from outbox.content.email import without_links
from outbox.models import Message
from outbox.overrides import note_version
from outbox.rules import title_of, visibility_of
from ui.version_token import StaleError


@require_safe
def message_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = visible_cohort(request.user, public_id)
    members = list(with_suppressed(cohort.memberships.active().by_name()))
    if not convenes_with(members, request.user):
        raise PermissionDenied
    workshops = list(cohort.workshops.all())
    moment = timezone.now()
    context = {
        "cohort": cohort,
        "timeline": timeline(cohort, workshops, moment),
        "unreached": unreached(one for one in members if one.is_suppressed),
        "undelivered": undelivered(cohort, members, moment),
        "moment": moment,
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "drafts": cohort.announcements.unconfirmed().select_related("written_by"),
    }
    return render(request, "home/message_list.html", context)


@require_safe
def message_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the words of one e-mail, without its private links.

    Its recipient may read it. So may facilitators of the cohort, unless its visibility hides the
    recipients: that somebody was nudged says that they had not answered.
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
    return show_line(request, get_detail(request, public_id, kind, subject_id))


@require_safe
@xframe_options_sameorigin
@csp(EMAIL_CSP)  # type: ignore[arg-type]
def message_preview(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int, member_id: str
) -> HttpResponse:
    """Return the HTML of the e-mail, for a frame on the message's page."""
    detail = get_detail(request, public_id, kind, subject_id)
    member = detail.preview.reader(member_id)
    if member is None or member.public_id != member_id:
        raise Http404
    return HttpResponse(detail.preview.letter(member).html)


@require_POST
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_note(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Save the note, for everybody or for the person of `alone`; an empty one deletes it.

    A stale version shows the other facilitator's note beside what was typed.
    """
    detail = get_changeable(request, public_id, kind, subject_id)
    member = get_member(detail, request.GET.get("alone"))
    person = member.user if member else None
    form = NoteForm(request.POST, person=person)
    if not form.is_valid():
        return show_line(request, detail, NotePanel(member, form, detail.override_for(person)))
    note, version = form.cleaned_data["note"], form.cleaned_data["version"]
    try:
        overrides.write_note(
            detail.occasion,
            note,
            person=person,
            version=version,
            by=request.user,
            at=detail.moment,
        )
    except StaleError:
        detail = get_detail(request, public_id, kind, subject_id)
        theirs = detail.override_for(person)
        form = NoteForm(person=person, initial={"note": note, "version": note_version(theirs)})
        return show_line(request, detail, NotePanel(member, form, theirs, theirs))
    messages.success(request, note_saved(note, person))
    return back_to(detail, request)


def note_saved(note: str, person: User | None) -> str:
    if person and note:
        return _("Saved. Your note is in the e-mail to %(person)s.") % {"person": person}
    if person:
        return _("Deleted. Your note is no longer in the e-mail to %(person)s.") % {
            "person": person
        }
    return _("Saved. Your note is in the e-mail.") if note else _("Note deleted.")


@show_or_act
def message_skip(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Skip the message for everybody, or for the person of `to`, after a confirmation page.

    Does nothing if it has been sent since the confirmation page was shown.
    """
    detail = get_changeable(request, public_id, kind, subject_id)
    member = get_member(detail, request.GET.get("to"))
    person = member.user if member else None
    if request.method == "POST":
        if not detail.may_reach(person):
            messages.info(request, detail.why_over(person))
        elif overrides.skip(detail.occasion, person=person, by=request.user, at=detail.moment):
            messages.success(request, skipped(detail, person))
        else:
            messages.info(request, _("It’s skipped already."))
        return back_to(detail, request)
    context = {
        "detail": detail,
        "cohort": detail.cohort,
        "member": member,
        "is_open": detail.may_reach(person),
        "why_over": detail.why_over(person),
    }
    return render(request, "home/message_skip.html", context)


def skipped(detail: MessageDetail, person: User | None) -> str:
    """Return who gets it after the skip, counting copies that were sent in the meantime."""
    if not detail.shows_recipients:
        return _("Skipped: nobody gets it from now on.")
    sent = detail.occasion.messages(person).filter(sent_at__isnull=False).count()
    if person and sent:
        return _("Skipped, but %(person)s has it already.") % {"person": person}
    if person:
        return _("Skipped: %(person)s doesn’t get it.") % {"person": person}
    if not sent:
        return _("Skipped: nobody gets it.")
    return ngettext(
        "Skipped: nobody else gets it. %(count)d person has it already.",
        "Skipped: nobody else gets it. %(count)d people have it already.",
        sent,
    ) % {"count": sent}


@require_POST
def message_send_after_all(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Undo the skip, for everybody or for one person."""
    detail = get_changeable(request, public_id, kind, subject_id)
    member = get_member(detail, request.GET.get("to"))
    person = member.user if member else None
    if overrides.send_after_all(detail.occasion, person=person, at=detail.moment):
        messages.success(request, _("No longer skipped. It’s sent, unless it’s too late."))
    else:
        messages.info(request, _("It wasn’t skipped."))
    return back_to(detail, request)


@show_or_act
def message_send_now(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Send the message before it is due, after a confirmation page."""
    detail = get_changeable(request, public_id, kind, subject_id)
    if request.method == "POST":
        if overrides.send_now(detail.occasion, at=detail.moment):
            messages.success(request, _("Sending. It arrives within a few minutes."))
        else:
            messages.info(request, _("There was nothing left to send. Nobody gets it twice."))
        return back_to(detail, request)
    context = {"detail": detail, "cohort": detail.cohort}
    return render(request, "home/message_send_now.html", context)


def get_detail(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> MessageDetail:
    """Raises Http404 to non-members or without such a line, PermissionDenied to other members."""
    cohort = convened_cohort(request.user, public_id)
    return MessageDetail.get(cohort, kind, subject_id, timezone.now())


def get_changeable(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> MessageDetail:
    """Raises also Http404 for a kind that facilitators cannot change."""
    detail = get_detail(request, public_id, kind, subject_id)
    if detail.rule.overrides is None:
        raise Http404
    return detail


def get_member(detail: MessageDetail, public_id: str | None) -> Membership | None:
    """Return the recipient of the id, None without an id. Raises Http404 if there is none.

    A kind that hides its recipients has none: a skip for one person would say that they are owed
    it.
    """
    if not public_id:
        return None
    found = detail.recipients.find(public_id)
    if found is None:
        raise Http404
    return found


def show_line(
    request: AuthenticatedRequest, detail: MessageDetail, panel: NotePanel | None = None
) -> HttpResponse:
    """Render the message's page, with the `panel` in place of the one it would show."""
    member = detail.preview.reader(request.GET.get("alone") or request.GET.get("to"))
    to_all, alone = NotePanel.of(detail.override), None
    if member and detail.shows_recipients:
        alone = NotePanel.of(detail.override_for(member.user), member)
    if panel:
        to_all, alone = (to_all, panel) if panel.person else (panel, alone)
    context = {
        "detail": detail,
        "cohort": detail.cohort,
        "to_all": to_all,
        "alone": alone,
        "reader": member,
        "letter": detail.preview.letter(member) if member else None,
    }
    return render(request, "home/message_line.html", context)


def back_to(detail: MessageDetail, request: AuthenticatedRequest) -> HttpResponse:
    address = reverse(
        "home:message_line",
        args=[detail.cohort.public_id, detail.rule.kind, detail.subject_id],
    )
    alone = request.GET.get("alone")
    return redirect(f"{address}?{urlencode({'to': alone})}" if alone else address)
