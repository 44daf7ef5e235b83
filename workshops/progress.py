"""A cohort's progress: its workshops as steps, and its attendance as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Membership
from ui import dates
from workshops.models import Attendance, Workshop
from workshops.register.expected import NO_ENTRY, Entries, entries_of, was_expected


@dataclass(frozen=True)
class Step:
    """One workshop in the line of steps that the template tag `journey` draws."""

    position: int
    title: str
    state: str
    note: str
    tag: str
    url: str


def steps(workshops: Sequence[Workshop], moment: datetime, zone: ZoneInfo) -> list[Step]:
    """Return a step for each workshop, as of `moment`. Makes no query."""
    coming = next_of(workshops, moment)
    return [step_of(workshop, moment, zone, workshop == coming) for workshop in workshops]


def next_of(workshops: Iterable[Workshop], moment: datetime) -> Workshop | None:
    """Return the workshop in progress at `moment`, or else the next, or None. Makes no query."""
    to_come = (
        one
        for one in workshops
        if one.starts_at and not one.is_cancelled and not one.took_place(moment)
    )
    return min(to_come, key=start_of, default=None)


def last_of(workshops: Iterable[Workshop], moment: datetime) -> Workshop | None:
    """Return the last workshop that took place before `moment`, or None. Makes no query."""
    return max((one for one in workshops if one.took_place(moment)), key=start_of, default=None)


def all_held(workshops: Iterable[Workshop], moment: datetime) -> bool:
    """Return whether every workshop that is not cancelled took place before `moment`.

    False if there is no such workshop, or if one has no date yet. Makes no query.
    """
    on = [one for one in workshops if not one.is_cancelled]
    return bool(on) and all(one.took_place(moment) for one in on)


def start_of(workshop: Workshop) -> datetime:
    """Return the start as a sort key, which puts workshops without a date last."""
    return workshop.starts_at or datetime.max.replace(tzinfo=UTC)


def step_of(workshop: Workshop, moment: datetime, zone: ZoneInfo, is_next: bool) -> Step:
    state = state_of(workshop, moment, is_next)
    day = dates.day_of(workshop.starts_at, zone) if workshop.starts_at else None
    return Step(
        position=workshop.position,
        title=workshop.title,
        state=state,
        note=_("%(state)s · %(day)s") % {"state": NOTES[state], "day": dates.short_day(day)}
        if day and state in DATED
        else str(NOTES[state]),
        tag=dates.in_days(day, dates.day_of(moment, zone)) if day and is_next else "",
        url=workshop.get_absolute_url(),
    )


NOTES = {
    "held": gettext_lazy("Took place"),
    "next": gettext_lazy("Next"),
    "planned": gettext_lazy("Planned"),
    "cancelled": gettext_lazy("Cancelled"),
    "unplanned": gettext_lazy("Date to be agreed"),
}
DATED = ("held", "next", "planned")


def state_of(workshop: Workshop, moment: datetime, is_next: bool) -> str:
    if workshop.is_cancelled:
        return "cancelled"
    if not workshop.is_planned:
        return "unplanned"
    if workshop.took_place(moment):
        return "held"
    return "next" if is_next else "planned"


@dataclass(frozen=True)
class Cell:
    """One participant's attendance at one workshop.

    `state` is their mark; or “expected” if they were expected and have no mark; or “elsewhere” if
    they were not expected, or if the workshop is cancelled.
    """

    position: int
    state: str

    @property
    def label(self) -> str:
        if self.state == "expected":
            return _("Not marked")
        if self.state == "elsewhere":
            return _("Not expected")
        return str(Attendance.Mark(self.state).label)

    @property
    def sign(self) -> str:
        """A symbol for the state, in a narrow column. `label` is its text alternative."""
        return SIGNS.get(self.state, "")


SIGNS = {"present": "✓", "partly": "½", "apologies": "○", "absent": "×", "expected": "·"}


@dataclass(frozen=True)
class Row:
    """One member's attendance at each workshop."""

    membership: Membership
    cells: list[Cell]


def register_grid(workshops: Sequence[Workshop], members: Iterable[Membership]) -> list[Row]:
    """Return a row for each participant among the members. Makes one query.

    Former participants are left out unless they were marked at one of the workshops.
    """
    return grid_of(workshops, members, entries_of(workshops))


def grid_of(
    workshops: Sequence[Workshop], members: Iterable[Membership], entries: Entries
) -> list[Row]:
    """Return the same rows as `register_grid`, from entries already loaded. Makes no query."""
    rows = [
        Row(member, [cell_of(member, workshop, entries) for workshop in workshops])
        for member in members
        if not member.is_facilitator
    ]
    return [
        row
        for row in rows
        if row.membership.is_active or any(cell.state in MARKED for cell in row.cells)
    ]


MARKED = frozenset(Attendance.Mark.values)


def cell_of(member: Membership, workshop: Workshop, entries: Entries) -> Cell:
    mark = entries.get((member.pk, workshop.pk), NO_ENTRY).mark
    if workshop.is_cancelled or not was_expected(member, workshop, is_marked=bool(mark)):
        return Cell(workshop.position, "elsewhere")
    return Cell(workshop.position, mark or "expected")
