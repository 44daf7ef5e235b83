"""The marking of attendance: when a register is open, and how marks are saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from cohorts.models import Membership
from workshops.models import Attendance, Workshop
from workshops.register.expected import expected_at
from workshops.times import Slot

OPENS_BEFORE = timedelta(hours=1)


def opens_at(workshop: Workshop) -> datetime | None:
    """Return when the register opens; None if the workshop has no date."""
    return workshop.starts_at and workshop.starts_at - OPENS_BEFORE


def is_open(workshop: Workshop, moment: datetime) -> bool:
    opens = opens_at(workshop)
    return opens is not None and opens <= moment and not workshop.is_cancelled


@dataclass(frozen=True)
class Entry:
    """A mark to save for one member. An empty mark clears the saved one.

    `came_at` and `went_at` are for somebody partly present. `tapped_at` is when the mark was made,
    by the clock of the phone; None means now.
    """

    mark: str
    came_at: datetime | None = None
    went_at: datetime | None = None
    tapped_at: datetime | None = None


def minutes_present(workshop: Workshop, entry: Entry) -> int | None:
    """Return the minutes that somebody partly present stayed; None if neither time was entered.

    If one time was entered, the start or end of the workshop stands for the other.
    """
    if entry.came_at is None and entry.went_at is None:
        return None
    came_at, went_at = entry.came_at or workshop.starts_at, entry.went_at or workshop.ends_at
    return Slot(came_at, went_at).minutes if came_at and went_at else None


def mark(
    *, workshop: Workshop, membership: Membership, entry: Entry, by: User, at: datetime
) -> None:
    """Save the mark of one member, as `mark_all` does."""
    mark_all(workshop=workshop, entries={membership.pk: entry}, by=by, at=at)


def mark_all(*, workshop: Workshop, entries: Mapping[int, Entry], by: User, at: datetime) -> None:
    """Save the marks of several members. The keys of `entries` are memberships' primary keys.

    Of two marks for one member, the one that was made later wins, even if it arrives first.
    """
    Attendance.objects.save_latest(
        [
            Attendance(
                workshop=workshop,
                membership_id=number,
                mark=entry.mark,
                minutes=minutes_present(workshop, entry),
                came_at=entry.came_at,
                went_at=entry.went_at,
                marked_at=tap_time(workshop, entry, at),
                marked_by=by,
            )
            for number, entry in entries.items()
        ]
    )


def tap_time(workshop: Workshop, entry: Entry, at: datetime) -> datetime:
    """Return when a mark was made, limited to the time from the register's opening until `at`.

    There are limits because the phone's clock may be wrong.
    """
    tapped_at = min(entry.tapped_at or at, at)
    return max(tapped_at, opens_at(workshop) or tapped_at)


@transaction.atomic
def mark_the_rest_present(
    *, workshop: Workshop, among: Collection[int] | None = None, by: User, at: datetime
) -> int:
    """Mark everyone expected who has no mark: as apologies if that is their RSVP, else as present.

    `among` are the primary keys of the memberships to mark; None means all. Return how many people
    were marked. Marks that others save concurrently are not overwritten.
    """
    expected = expected_at(workshop)
    if among is not None:
        expected = expected.filter(pk__in=among)
    members = list(expected.values_list("pk", flat=True))
    Attendance.objects.bulk_create(
        [Attendance(workshop=workshop, membership_id=number) for number in members],
        ignore_conflicts=True,
    )
    unmarked = workshop.attendances.filter(membership__in=members, mark="")
    stamp = {"marked_at": at, "marked_by": by}
    sent_apologies = unmarked.filter(answer=Attendance.Answer.APOLOGIES)
    return sent_apologies.update(mark=Attendance.Mark.APOLOGIES, **stamp) + unmarked.update(
        mark=Attendance.Mark.PRESENT, **stamp
    )
