"""Actions on a set's meetings. Anybody in the set can take them. Each is atomic."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from outbox.tasks import queue_sending_on_commit
from sets.models import Meeting, Set
from ui.version_token import StaleError, check_version, version_token
from workshops.times import Slot


def meeting_version(meeting: Meeting) -> str:
    """Return the version token of a meeting."""
    return version_token(meeting.sequence, meeting.is_cancelled)


@transaction.atomic
def plan_meeting(
    *, of: Set, slot: Slot, place: str, joining_link: str, by: User, at: datetime
) -> Meeting:
    """Save a new meeting. If the set has one at this time already, change that one instead.

    Locks the set's row, so that a double click makes one meeting.
    """
    list(Set.objects.select_for_update(no_key=True).filter(pk=of.pk).values("pk"))
    same = Meeting.objects.filter(set=of, starts_at=slot.starts_at, cancelled_at=None).first()
    if same:
        return change_meeting(
            meeting=same,
            slot=slot,
            place=place,
            joining_link=joining_link,
            seen=meeting_version(same),
            by=by,
            at=at,
        )
    queue_sending_on_commit()
    return Meeting.objects.create(
        set=of,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        place=place,
        joining_link=joining_link,
        planned_by=by,
        changed_at=at,
    )


@transaction.atomic
def change_meeting(
    *,
    meeting: Meeting,
    slot: Slot,
    place: str,
    joining_link: str,
    seen: str,
    by: User,
    at: datetime,
) -> Meeting:
    """Change a meeting's time or place. Does nothing if they are the same.

    Raises StaleError if the meeting has been changed or cancelled since the page was shown.
    """
    current = lock_meeting(meeting, seen)
    facts = (slot.starts_at, slot.ends_at, place, joining_link)
    if facts == (current.starts_at, current.ends_at, current.place, current.joining_link):
        return current
    current.starts_at, current.ends_at, current.place, current.joining_link = facts
    current.sequence, current.changed_at, current.planned_by = current.sequence + 1, at, by
    current.save()
    queue_sending_on_commit()
    return current


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, seen: str, at: datetime) -> None:
    """Cancel a meeting. Raises StaleError if it has been changed or cancelled since."""
    current = lock_meeting(meeting, seen)
    current.cancelled_at = current.changed_at = at
    current.sequence += 1
    current.save(update_fields=["cancelled_at", "changed_at", "sequence"])
    queue_sending_on_commit()


def lock_meeting(meeting: Meeting, seen: str) -> Meeting:
    message = _("Somebody in your set has changed this meeting since you opened this page.")
    current: Meeting | None = Meeting.objects.select_for_update().filter(pk=meeting.pk).first()
    if current is None or current.is_cancelled:
        raise StaleError(message)
    check_version(seen, meeting_version(current), message)
    return current
