"""Helpers that draft and send announcements, and save RSVPs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from cohorts.models import Cohort, Membership
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.models import Announcement, Workshop
from workshops.register import rsvp


def create_draft(
    cohort: Cohort,
    by: User,
    at: datetime,
    *,
    audience: str = "everybody",
    workshop: Workshop | None = None,
    selected: Iterable[Membership] = (),
) -> Announcement:
    announcement = Announcement(
        cohort=cohort,
        audience=audience,
        workshop=workshop,
        subject="Bring a coat, {first_name}",
        body="Dear {first_name},\n\nthe hall is **cold**. See you in {where}.",
    )
    return announcements.save_draft(announcement, selected=selected, by=by, at=at)


def send(draft: Announcement, by: User, at: datetime) -> int | None:
    """Confirm the draft with its current version token, as a page that was just opened does."""
    seen = announcements.send_version(draft, audience_of(draft, at))
    return announcements.confirm(draft, seen=seen, by=by, at=at)


def save_rsvp(workshop: Workshop, member: Membership, answer: str, at: datetime) -> None:
    rsvp.save_answer(workshop=workshop, membership=member, answer=answer, at=at)
