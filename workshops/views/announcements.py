"""A facilitator's own message to a cohort: written, looked at as people would get it, and sent; what became of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import EMAIL_CSP, AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.deliverability import Undelivered
from outbox.models import Message
from ui import dates
from workshops.access import convened_announcement
from workshops.forms.announcements import AnnouncementForm
from workshops.messages import announcements
from workshops.models import Announcement

# What became of each, in words and as the tag's class.
TONES = {"sent": "good", "waiting": "", "failed": "warn", "came back": "warn", "no longer true": ""}


@show_or_act
def announcement_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """`?audience=coming&workshop=…` begins with those chosen."""
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    draft = Announcement(cohort=cohort)
    wanted = request.GET.get("workshop")
    chosen = next((one for one in cohort.workshops.to_come(now) if one.public_id == wanted), None)
    initial = {"audience": request.GET.get("audience", "everybody") if chosen else "everybody"}
    form = AnnouncementForm(
        posted(request),
        instance=draft,
        moment=now,
        initial=initial | ({"workshop": chosen} if chosen else {}),
    )
    if form.is_valid():
        announcements.write(form.save(commit=False), by=request.user, at=now)
        return redirect(draft)
    drafts = cohort.announcements.unconfirmed().select_related("written_by")
    context = {"cohort": cohort, "form": form, "drafts": drafts, "fields": form.known_fields()}
    return render(request, "workshops/announcement_create.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def announcement_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A draft as a chosen person would get it, and who does; once it is sent, what became of it."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    context: dict[str, Any] = {"announcement": announcement, "cohort": announcement.cohort}
    if announcement.is_draft:
        context |= as_draft(announcement, request.GET.get("to", ""), now)
        return render(request, "workshops/announcement_detail.html", context)
    context |= as_sent(announcement, now)
    return render(request, "workshops/announcement_detail_sent.html", context)


def as_sent(announcement: Announcement, now: datetime) -> dict[str, Any]:
    """What became of each, and where an address is put right."""
    members = {member.user_id: member for member in announcement.addressees.all()}
    made = [
        (
            message,
            state_of(message),
            Undelivered.of(message, now),
            members.get(message.recipient_id or 0),
        )
        for message in announcements.written(announcement)
    ]
    states = Counter(state for _, state, _, _ in made)
    return {"made": made, "tally": [(state, tone, states[state]) for state, tone in TONES.items()]}


def state_of(message: Message) -> str:
    if message.bounced_at:
        return "came back"
    return "no longer true" if message.dropped_at else message.status


def as_draft(draft: Announcement, chosen_id: str, now: datetime) -> dict[str, Any]:
    """Who would get it, and what one of them would."""
    reach = announcements.reach_of(draft, now)
    people = reach.people
    chosen = next(
        (one for one in people if one.public_id == chosen_id), people[0] if people else None
    )
    letter = announcements.preview(draft, chosen, now) if chosen else None
    return {
        "reach": reach,
        "chosen": chosen,
        "letter": letter,
        "seen": announcements.fingerprint(draft, reach),
    }


@require_safe
@xframe_options_sameorigin
@csp(EMAIL_CSP)  # type: ignore[arg-type]
def announcement_preview(
    request: AuthenticatedRequest, public_id: str, member_id: str
) -> HttpResponse:
    """The e-mail's own HTML, in a frame of the draft's page."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    people = announcements.reach_of(announcement, now).people if announcement.is_draft else []
    chosen = next((one for one in people if one.public_id == member_id), None)
    if chosen is None:
        raise Http404
    return HttpResponse(announcements.preview(announcement, chosen, now).html)


@show_or_act
def announcement_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    if not announcement.is_draft and request.method != "POST":
        messages.info(request, "This was sent, so its words stay as they are.")
        return redirect(announcement)
    seen = announcements.version(announcement)
    form = AnnouncementForm(posted(request), instance=announcement, moment=now)
    if form.is_valid():
        try:
            kept = announcements.rewrite(
                form.save(commit=False), seen=request.POST.get("seen", ""), by=request.user, at=now
            )
        except announcements.ChangedSinceShown as changed:
            form.add_error(None, str(changed))
        else:
            if kept != announcement:
                messages.info(
                    request,
                    "It was sent meanwhile, as it was. What you typed is a draft of its own.",
                )
            return redirect(kept)
    context = {
        "announcement": announcement,
        "cohort": announcement.cohort,
        "form": form,
        "seen": seen,
    }
    return render(
        request, "workshops/announcement_edit.html", context | {"fields": form.known_fields()}
    )


@require_POST
def announcement_send(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Once: of two who send it, or who click twice, the second is told."""
    announcement, now = convened_announcement(request.user, public_id), timezone.now()
    try:
        count = announcements.confirm(
            announcement, seen=request.POST.get("seen", ""), by=request.user, at=now
        )
    except announcements.ChangedSinceShown as changed:
        messages.warning(request, str(changed))
        return redirect(announcement)
    if count is None:
        messages.info(request, already_sent(announcement, request, now))
    else:
        people = "1 person" if count == 1 else f"{count} people"
        messages.success(request, f"It goes out to {people} within a minute or two.")
    return redirect(announcement)


def already_sent(announcement: Announcement, request: AuthenticatedRequest, now: datetime) -> str:
    announcement.refresh_from_db()
    if announcement.confirmed_by == request.user or announcement.confirmed_at is None:
        return "It was sent already, once."
    when = dates.ago(announcement.confirmed_at, now, announcement.cohort.zone)
    return f"{announcement.confirmed_by or 'Somebody'} sent it {when}. It was not sent again."


@show_or_act
def announcement_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    announcement = convened_announcement(request.user, public_id)
    if not announcement.is_draft:
        messages.info(request, "This was sent, so it stays among the cohort’s messages.")
        return redirect(announcement)
    if request.method == "POST":
        thrown_away, _ = Announcement.objects.unconfirmed().filter(pk=announcement.pk).delete()
        if thrown_away:
            messages.success(request, f"The draft “{announcement}” is thrown away.")
            return redirect("home:message_list", public_id=announcement.cohort.public_id)
        messages.info(request, "It was sent meanwhile, so it stays among the cohort’s messages.")
        return redirect(announcement)
    return render(request, "workshops/announcement_delete.html", {"announcement": announcement})
