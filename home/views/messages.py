"""Views that list a cohort's messages, show one, add a note to it, skip it, and send it early."""

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
from accounts.requests import EMAIL_CSP, AuthenticatedRequest, require_get_or_post
from cohorts.access import convened_cohort, convenes_with, visible_cohort
from cohorts.deliverability import Undelivered, unreached, with_suppressed
from cohorts.models import Cohort, Membership
from home.messages.detail import MessageKindDetail
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
    """Show the cohort's conveners its timeline of messages, and the undelivered messages.

    The past is collapsed. The page has one month of it: the latest, or that of `?month=2027-03`.
    """
    cohort = visible_cohort(request.user, public_id)
    active = cohort.memberships.active().select_related("user").order_by("user__name", "pk")
    members = list(with_suppressed(active))
    if not convenes_with(members, request.user):
        raise PermissionDenied
    workshops = list(cohort.workshops.all())
    moment = timezone.now()
    lines = timeline(cohort, workshops, moment)
    months = lines.months
    chosen = next((one for one in months if one.key == request.GET.get("month")), None)
    context = {
        "cohort": cohort,
        "timeline": lines,
        "months": months,
        "month": chosen or (months[0] if months else None),
        "is_month_chosen": chosen is not None,
        "unreached": unreached(one for one in members if one.is_suppressed),
        "undelivered": undelivered(cohort, members, moment),
        "moment": moment,
        "is_planned": any(workshop.is_planned for workshop in workshops),
        "drafts": cohort.announcements.unconfirmed().select_related("written_by"),
    }
    return render(request, "home/message_list.html", context)


@require_safe
def message_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the text of one e-mail, without its private links.

    Its recipient may read it, and so may the cohort's conveners, unless the kind hides its
    recipients: a reminder of a survey, for example, reveals that its recipient had not answered.
    Raises Http404 for everybody else.
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
    """Show a kind of message about one subject: its recipients, a preview and a form for a note."""
    return show_line(request, get_detail(request, public_id, kind, subject_id))


@require_safe
@xframe_options_sameorigin
@csp(EMAIL_CSP)  # type: ignore[arg-type]
def message_preview(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int, member_id: str
) -> HttpResponse:
    """Return the HTML of the e-mail to one member, for a frame on the page of `message_line`.

    Raises Http404 for a member for whom it can't be previewed.
    """
    detail = get_detail(request, public_id, kind, subject_id)
    member = detail.preview.reader(member_id)
    if member is None or member.public_id != member_id:
        raise Http404
    return HttpResponse(detail.preview.email_to(member).html)


@require_POST
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def message_note(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Save a note in the e-mail to every recipient, or in the one to the member in `?alone=`.

    An empty note deletes the saved one. If another facilitator has changed the note since the page
    was shown, nothing is saved, and the page shows their note beside what was typed.
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
    """Return the sentence that confirms that a note was saved, or deleted if it is empty."""
    if person and note:
        return _("Saved. Your note is in the e-mail to %(person)s.") % {"person": person}
    if person:
        return _("Deleted. Your note is no longer in the e-mail to %(person)s.") % {
            "person": person
        }
    return _("Saved. Your note is in the e-mail.") if note else _("Note deleted.")


@require_get_or_post
def message_skip(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Ask for confirmation; on POST, skip the message for everybody or for the member in `?to=`.

    Changes nothing if the message can't be skipped any more, for example because it has been sent
    since the confirmation was shown.
    """
    detail = get_changeable(request, public_id, kind, subject_id)
    member = get_member(detail, request.GET.get("to"))
    person = member.user if member else None
    if request.method == "POST":
        if not detail.may_reach(person):
            messages.info(request, detail.why_nothing_to_skip(person))
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
        "why_nothing_to_skip": detail.why_nothing_to_skip(person),
    }
    return render(request, "home/message_skip.html", context)


def skipped(detail: MessageKindDetail, person: User | None) -> str:
    """Return the sentence that confirms a skip, and says who has been sent the message already."""
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
    """Undo the skip for everybody, or for the member in `?to=`."""
    detail = get_changeable(request, public_id, kind, subject_id)
    member = get_member(detail, request.GET.get("to"))
    person = member.user if member else None
    if overrides.send_after_all(detail.occasion, person=person, at=detail.moment):
        messages.success(request, _("No longer skipped. It’s sent, unless it’s too late."))
    else:
        messages.info(request, _("It wasn’t skipped."))
    return back_to(detail, request)


@require_get_or_post
def message_send_now(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> HttpResponse:
    """Ask for confirmation; on POST, send the message before it is due."""
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
) -> MessageKindDetail:
    """Return the details of a kind of message about one subject.

    Raises Http404 if the user is not in the cohort, or if its timeline has no such message. Raises
    PermissionDenied if the user is a member of the cohort but not a convener.
    """
    cohort = convened_cohort(request.user, public_id)
    return MessageKindDetail.get(cohort, kind, subject_id, timezone.now())


def get_changeable(
    request: AuthenticatedRequest, public_id: str, kind: str, subject_id: int
) -> MessageKindDetail:
    """Do the same as `get_detail`, but also raise Http404 for a kind without overrides."""
    detail = get_detail(request, public_id, kind, subject_id)
    if detail.rule.overrides is None:
        raise Http404
    return detail


def get_member(detail: MessageKindDetail, public_id: str | None) -> Membership | None:
    """Return the recipient's membership with this public id; None if there is no public id.

    Raises Http404 if no recipient has the id. If the kind hides its recipients, raises Http404 for
    every id, because a page about one person would reveal whether they are a recipient.
    """
    if not public_id:
        return None
    found = detail.recipients.find(public_id)
    if found is None:
        raise Http404
    return found


def show_line(
    request: AuthenticatedRequest, detail: MessageKindDetail, panel: NotePanel | None = None
) -> HttpResponse:
    """Render the page of `message_line`.

    If given, `panel` replaces the note panel for one recipient (if it has a `person`) or the one
    for every recipient.
    """
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
        "letter": detail.preview.email_to(member) if member else None,
    }
    return render(request, "home/message_line.html", context)


def back_to(detail: MessageKindDetail, request: AuthenticatedRequest) -> HttpResponse:
    """Redirect to the page of `message_line`, with the member in `?alone=` chosen again."""
    address = reverse(
        "home:message_line",
        args=[detail.cohort.public_id, detail.rule.kind, detail.subject_id],
    )
    alone = request.GET.get("alone")
    return redirect(f"{address}?{urlencode({'to': alone})}" if alone else address)
