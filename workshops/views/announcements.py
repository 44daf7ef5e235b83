"""Views of announcements: write, preview, edit, send, cancel or delete one, see its deliveries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import EMAIL_CSP, AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.deliverability import Undelivered
from outbox.models import Message
from ui import dates
from ui.version_token import StaleError
from workshops.access import convened_announcement
from workshops.forms.announcements import AnnouncementForm
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.models import Announcement

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class State:
    """The state of an announcement's delivery to one person. `tone` is the CSS class of its tag."""

    label: StrOrPromise
    count: StrOrPromise
    tone: str = ""


STATES = {
    "sent": State(
        gettext_lazy("Sent"), ngettext_lazy("%(count)d sent", "%(count)d sent", "count"), "good"
    ),
    "waiting": State(
        gettext_lazy("Waiting"), ngettext_lazy("%(count)d waiting", "%(count)d waiting", "count")
    ),
    "failed": State(
        gettext_lazy("Failed"),
        ngettext_lazy("%(count)d failed", "%(count)d failed", "count"),
        "warn",
    ),
    "bounced": State(
        gettext_lazy("Came back"),
        ngettext_lazy("%(count)d came back", "%(count)d came back", "count"),
        "warn",
    ),
    "dropped": State(
        gettext_lazy("No longer true"),
        ngettext_lazy("%(count)d no longer true", "%(count)d no longer true", "count"),
    ),
}


@require_get_or_post
def announcement_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for a new draft, and the other drafts; on POST, save the draft.

    The query string `?audience=coming&workshop=<public id>` preselects both fields.
    """
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    draft = Announcement(cohort=cohort)
    wanted = request.GET.get("workshop")
    chosen = next((one for one in cohort.workshops.to_come(now) if one.public_id == wanted), None)
    initial = {"audience": request.GET.get("audience", "everybody") if chosen else "everybody"}
    form = AnnouncementForm(
        post_data(request),
        instance=draft,
        moment=now,
        initial=initial | ({"workshop": chosen} if chosen else {}),
    )
    if form.is_valid():
        announcements.save_draft(
            form.save(commit=False), selected=form.selected(), by=request.user, at=now
        )
        return redirect(draft)
    drafts = cohort.announcements.unconfirmed().select_related("written_by")
    context = {"cohort": cohort, "form": form, "drafts": drafts, "fields": form.known_fields()}
    return render(request, "workshops/announcement_create.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def announcement_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show an unsent announcement as one person would get it, or the deliveries of a sent one."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    context: dict[str, Any] = {"announcement": announcement, "cohort": announcement.cohort}
    if announcement.is_unsent(now):
        context |= draft_context(announcement, request.GET.get("to", ""), now)
        return render(request, "workshops/announcement_detail.html", context)
    context |= sent_context(announcement, now)
    return render(request, "workshops/announcement_detail_sent.html", context)


def sent_context(announcement: Announcement, now: datetime) -> dict[str, Any]:
    """Return the template context with each delivery, and the number of deliveries by state.

    `without_address` are the members for whom there is no message because they have no e-mail
    address.
    """
    members = {member.user_id: member for member in announcement.addressees.by_name()}
    sent = list(announcements.sent_messages(announcement))
    deliveries = [
        {
            "message": message,
            "state": STATES[state_of(message)],
            "undelivered": Undelivered.of(message, now),
            "member": members.get(message.recipient_id or 0),
        }
        for message in sent
    ]
    reached = {message.recipient_id for message in sent}
    without_address = [
        one for one in members.values() if not one.user.email and one.user_id not in reached
    ]
    counts = Counter(delivery["state"] for delivery in deliveries)
    tally = [
        (state.count % {"count": counts[state]}, state.tone)
        for state in STATES.values()
        if counts[state]
    ]
    return {"deliveries": deliveries, "tally": tally, "without_address": without_address}


def state_of(message: Message) -> str:
    return "bounced" if message.bounced_at else message.status


def draft_context(draft: Announcement, chosen_id: str, now: datetime) -> dict[str, Any]:
    """Return the template context with who would get the draft, and the e-mail to one of them.

    The e-mail is for the member with the public id `chosen_id`, or else for the first by name, of
    those who have an address.
    """
    audience = audience_of(draft, now)
    people = audience.with_address
    chosen = next(
        (one for one in people if one.public_id == chosen_id), people[0] if people else None
    )
    letter = announcements.preview(draft, chosen, audience.moment) if chosen else None
    return {
        "audience": audience,
        "chosen": chosen,
        "letter": letter,
        "seen": announcements.send_version(draft, audience),
        "is_late": draft.is_late(now),
    }


@require_safe
@xframe_options_sameorigin
@csp(EMAIL_CSP)  # type: ignore[arg-type]
def announcement_preview(
    request: AuthenticatedRequest, public_id: str, member_id: str
) -> HttpResponse:
    """Return the HTML of the e-mail that a member would get, for a frame on the draft's page."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    if not announcement.is_unsent(now):
        raise Http404
    audience = audience_of(announcement, now)
    chosen = next((one for one in audience.with_address if one.public_id == member_id), None)
    if chosen is None:
        raise Http404
    return HttpResponse(announcements.preview(announcement, chosen, audience.moment).html)


@require_get_or_post
def announcement_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form of a draft; on POST, save the draft.

    If the draft was sent while the page was open, the changes are saved as a new draft.
    """
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    if not announcement.is_unsent(now) and request.method != "POST":
        messages.info(request, _("This message has been sent, so you can’t edit it."))
        return redirect(announcement)
    version, is_scheduled = announcements.draft_version(announcement), not announcement.is_draft
    form = AnnouncementForm(post_data(request), instance=announcement, moment=now)
    if form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            saved = announcements.edit_draft(
                form.save(commit=False),
                selected=form.selected(),
                seen=seen,
                by=request.user,
                at=now,
            )
        except StaleError as changed:
            form.add_error(None, str(changed))
        else:
            if saved != announcement:
                words = _("The message was sent before you saved. Your changes are a new draft.")
                messages.info(request, words)
            elif is_scheduled:
                words = _("Saved as a draft. It does not go out until you send it again.")
                messages.warning(request, words)
            return redirect(saved)
    context = {
        "announcement": announcement,
        "cohort": announcement.cohort,
        "form": form,
        "seen": version,
        "is_scheduled": is_scheduled,
        "fields": form.known_fields(),
    }
    return render(request, "workshops/announcement_edit.html", context)


@require_POST
def announcement_send(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Send or schedule the draft. If that was done already, say so and send nothing."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    if announcement.cohort.is_archived:
        words = _("Nothing was sent, because this cohort is archived. Restore the cohort first.")
        messages.warning(request, words)
        return redirect(announcement)
    try:
        count = announcements.confirm(
            announcement, seen=request.POST.get("seen", ""), by=request.user, at=now
        )
    except StaleError as changed:
        messages.warning(request, str(changed))
        return redirect(announcement)
    if count is None:
        messages.info(request, already_sent(announcement, request, now))
    elif announcement.sends_at:
        words = ngettext(
            "It goes out to %(count)d person on %(day)s at %(time)s.",
            "It goes out to %(count)d people on %(day)s at %(time)s.",
            count,
        )
        messages.success(request, words % {"count": count, **day_and_time(announcement)})
    else:
        words = ngettext(
            "It goes out to %(count)d person within a minute or two.",
            "It goes out to %(count)d people within a minute or two.",
            count,
        )
        messages.success(request, words % {"count": count})
    return redirect(announcement)


def already_sent(announcement: Announcement, request: AuthenticatedRequest, now: datetime) -> str:
    """Return a message that says who has sent the announcement, and when."""
    announcement.refresh_from_db()
    if announcement.is_scheduled(now):
        words = _("It was to go out on %(day)s at %(time)s already. It goes out once.")
        return words % day_and_time(announcement)
    if announcement.confirmed_by == request.user or announcement.confirmed_at is None:
        return _("You have already sent this message. It was not sent again.")
    when = dates.ago(announcement.confirmed_at, now, announcement.cohort.zone)
    words = _("%(person)s sent it %(when)s. It was not sent again.")
    return words % {"person": announcement.confirmed_by or _("Somebody"), "when": when}


def day_and_time(announcement: Announcement) -> dict[str, str]:
    """Return the day and time at which the announcement goes out, for a sentence."""
    sends_at, zone = announcement.sends_at or timezone.now(), announcement.cohort.zone
    return {
        "day": dates.long_day(dates.day_of(sends_at, zone)),
        "time": dates.clock(sends_at, zone),
    }


@require_POST
def announcement_cancel(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Cancel the sending of a scheduled announcement. If it has gone out, say so."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    if announcements.cancel_sending(announcement, at=now):
        messages.success(request, _("Cancelled. The message is a draft, and does not go out."))
    elif announcement.is_draft:
        messages.info(request, _("This message is a draft. It does not go out until you send it."))
    else:
        messages.info(request, _("This message has been sent, so you can’t cancel it."))
    return redirect(announcement)


@require_get_or_post
def announcement_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    announcement = convened_announcement(request.user, public_id)
    if announcement.is_scheduled(timezone.now()):
        messages.info(request, _("Cancel the sending before you delete this message."))
        return redirect(announcement)
    if not announcement.is_draft:
        messages.info(request, _("This message has been sent, so you can’t delete it."))
        return redirect(announcement)
    if request.method == "POST":
        deleted, _rows = Announcement.objects.unconfirmed().filter(pk=announcement.pk).delete()
        if deleted:
            words = _("Draft “%(subject)s” deleted.")
            messages.success(request, words % {"subject": announcement})
            return redirect("home:message_list", public_id=announcement.cohort.public_id)
        words = _("The message was sent before you could delete it.")
        messages.info(request, words)
        return redirect(announcement)
    return render(request, "workshops/announcement_delete.html", {"announcement": announcement})
