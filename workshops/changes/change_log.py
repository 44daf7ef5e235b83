"""What was done to workshops since somebody looked: so that of two who change one at once, the second is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from cohorts.models import Cohort
from ui import dates
from workshops.models import Change, Workshop
from workshops.times import Arrangement

FINGERPRINT = re.compile(r"[0-9]{1,5}\.[0-9]{1,9}(-[0-9]{1,5}\.[0-9]{1,9})*")


@dataclass(frozen=True)
class Done:
    """A change as people are told of it: what was done, and how it left the workshop."""

    change: Change
    after: Arrangement

    @property
    def before(self) -> Arrangement:
        return self.change.arrangement_before


class ChangedMeanwhile(Exception):  # noqa: N818  what happened, not what went wrong
    """Somebody changed a workshop since the page was shown. Nothing was done."""


def fingerprint(workshops: Iterable[Workshop]) -> str:
    """How the workshops stand, in a few characters for a hidden input: each one's position and sequence."""
    return "-".join(
        f"{one.position}.{one.sequence}" for one in sorted(workshops, key=lambda one: one.position)
    )


def changes_since(cohort: Cohort, seen: str) -> list[Done]:
    """What was done to the fingerprint's workshops since it was taken, the first first. One query.

    One that can't be read is taken to have seen nothing: whatever was changed is new, and nothing is overwritten.
    """
    made = history(Change.objects.filter(workshop__cohort=cohort))
    if not FINGERPRINT.fullmatch(seen):
        return made
    parts = (part.split(".") for part in seen.split("-"))
    known = {int(position): int(sequence) for position, sequence in parts}
    return [
        done
        for done in made
        if done.change.sequence > known.get(done.change.workshop.position, done.change.sequence)
    ]


def changes_of(workshop: Workshop, seen: str) -> list[Done]:
    """What was done to this one since. One query."""
    return [
        done
        for done in changes_since(workshop.cohort, seen)
        if done.change.workshop_id == workshop.pk
    ]


def history(changes: QuerySet[Change]) -> list[Done]:
    """Changes in the order in which they were made; of each workshop all, or all from some point on. One query."""
    ordered = [
        *changes.select_related("by", "workshop__cohort").order_by("workshop", "sequence"),
        None,
    ]
    done = [
        Done(
            one,
            # Each left what the next one found, and the last what there is.
            following.arrangement_before
            if following and following.workshop_id == one.workshop_id
            else one.workshop.arrangement,
        )
        for one, following in pairwise(ordered)
        if one
    ]
    return sorted(done, key=lambda each: each.change.pk)


def in_words(done: Done, zone: ZoneInfo, now: datetime) -> str:
    """Ruth Adeyemi moved “Trust and conflict” from … to …, 5 minutes ago: “The hall is flooded.”"""
    said = (
        f"{done.change.by or 'Somebody'} {deed(done, zone)}, {dates.ago(done.change.at, now, zone)}"
    )
    return f"{said}: “{done.change.reason}”" if done.change.reason else f"{said}."


def deed(done: Done, zone: ZoneInfo) -> str:
    """What was done, in a few words: moved “Trust and conflict” from … to …."""
    title, before, after = f"“{done.change.workshop.title}”", done.before, done.after
    match done.change.kind:
        case Change.Kind.CANCELLED:
            return f"cancelled {title}"
        case Change.Kind.REINSTATED:
            return f"reinstated {title}"
        case Change.Kind.UNDATED:
            return f"took the date of {title} away, which was {when(before, zone)}"
        case Change.Kind.PLANNED:
            return f"set {title} for {when(after, zone)}{place(before, after, ', ')}"
        case Change.Kind.MOVED:
            return f"moved {title} from {when(before, zone)} to {when(after, zone)}{place(before, after, ', ')}"
    return f"gave {title} another place{place(before, after, ': ')}"


def when(arrangement: Arrangement, zone: ZoneInfo) -> str:
    slot = arrangement.slot
    return dates.half_day(slot.starts_at, slot.ends_at, zone) if slot else "a date to be agreed"


def place(before: Arrangement, after: Arrangement, between: str) -> str:
    """Where it is now, if that is another place than before, and what stands between it and the words before."""
    if (before.venue, before.joining_link) == (after.venue, after.joining_link):
        return ""
    return between + (after.venue or ("online" if after.joining_link else "to be agreed"))
