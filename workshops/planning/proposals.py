"""Proposals of workshop dates, from a recurrence and constraints. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ui import dates
from ui.numbers import in_words
from workshops.times import HalfDay, Recurrence, Slot, local_moment

# The most weeks by which a date is moved to a free date, and to a date that suits more people.
MAX_SHIFT_WEEKS = 104
MAX_SHIFT_WEEKS_FOR_PEOPLE = 2


@dataclass(frozen=True)
class Busy:
    """A time when facilitators are busy in another cohort.

    `reason` is for example “Tom Sallow facilitates in Essex that morning”.
    """

    slot: Slot
    reason: str


@dataclass(frozen=True)
class Constraints:
    """The constraints on proposed dates: closed days, busy facilitators, and members' answers.

    `closed` maps closed days to the reason. `without_facilitator` has the half days that a
    facilitator of the cohort can't make, by their answer to the poll. `unavailable` maps half days
    to the primary keys of the memberships that can't make them. Dates are moved for these people
    only if `moves_for_people` is true. No date before `now` is proposed.
    """

    now: datetime
    closed: Mapping[date, str] = field(default_factory=dict)
    busy: Sequence[Busy] = ()
    without_facilitator: frozenset[tuple[date, HalfDay]] = frozenset()
    unavailable: Mapping[tuple[date, HalfDay], frozenset[int]] = field(default_factory=dict)
    moves_for_people: bool = False

    @cached_property
    def busy_by_day(self) -> Mapping[date, Sequence[Busy]]:
        """The entries of `busy` by UTC day, to compare a slot only with the entries of its days."""
        by_day: defaultdict[date, list[Busy]] = defaultdict(list)
        for busy in sorted(self.busy, key=lambda busy: (busy.slot.starts_at, busy.reason)):
            for day in utc_days(busy.slot):
                by_day[day].append(busy)
        return by_day


@dataclass(frozen=True)
class Proposal:
    """A slot for one workshop, proposed or chosen, with the reasons for and against it.

    `slot` is None if no date is free; `problems` then says why. `why` says why a proposed slot
    differs from the recurrence, and is empty if it does not. `problems` are the constraints that a
    slot chosen by a person violates. `unavailable` holds the primary keys of the memberships that
    can't make the slot.
    """

    slot: Slot | None
    why: str = ""
    problems: tuple[str, ...] = ()
    unavailable: frozenset[int] = frozenset()


def propose(
    recurrence: Recurrence, lengths: Sequence[int], constraints: Constraints
) -> list[Proposal]:
    """Return a proposal for each workshop length (in minutes), all at the same local time.

    Each proposal is `recurrence.weeks` weeks after the previous one. If that day isn't free, or a
    later one suits more people, the proposal is whole weeks later. A proposal has no slot if no
    date is free. Raises ValidationError if the local time does not exist on one of the days, or
    occurs twice.
    """
    proposals: list[Proposal] = []
    day = recurrence.first
    for length in lengths:
        proposal = best_proposal(day, length, recurrence, constraints)
        proposals.append(proposal)
        slot = proposal.slot
        found = slot.starts_at.astimezone(recurrence.zone).date() if slot else day
        day = found + timedelta(weeks=recurrence.weeks)
    return proposals


def best_proposal(
    day: date, length: int, recurrence: Recurrence, constraints: Constraints
) -> Proposal:
    """Return a proposal for the first free date: `day`, or the same weekday in a later week.

    If `constraints.moves_for_people` is true and somebody can't make that date, the proposal is for
    the date that most people can make: that one, or a free date up to two weeks later. If no date
    is free, the proposal has no slot.
    """
    free = free_dates(day, length, recurrence, constraints)
    first = next(free, None)
    if first is None or first.slot is None:
        reasons = reasons_against(slot_on(day, length, recurrence), constraints, recurrence.zone)
        problem = _("No %(weekday)s in the next two years is free: %(reason)s.") % {
            "weekday": date_format(day, "l"),
            "reason": reasons[0],
        }
        return Proposal(None, problems=(problem,))
    if not (constraints.moves_for_people and first.unavailable):
        return first
    furthest = first.slot.starts_at + timedelta(weeks=MAX_SHIFT_WEEKS_FOR_PEOPLE)
    soon = takewhile(lambda one: one.slot is not None and one.slot.starts_at <= furthest, free)
    return min((first, *soon), key=lambda one: len(one.unavailable))


def free_dates(
    day: date, length: int, recurrence: Recurrence, constraints: Constraints
) -> Iterator[Proposal]:
    """Yield a proposal for each free date among `day` and the same weekday in later weeks.

    The proposal's `why` gives the reasons for passing over the dates before it.
    """
    skipped: list[str] = []
    for weeks in range(MAX_SHIFT_WEEKS + 1):
        this_day = day + timedelta(weeks=weeks)
        slot = slot_on(this_day, length, recurrence)
        reasons = reasons_against(slot, constraints, recurrence.zone)
        if not reasons:
            unavailable = unavailable_at(slot, constraints, recurrence.zone)
            yield Proposal(slot, explain_shift(weeks, skipped), unavailable=unavailable)
            reasons = [cannot_make(len(unavailable), this_day)]
        skipped += reasons


def judge(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> Proposal:
    """Return a proposal for a slot that somebody has chosen, with the reasons against it."""
    problems = tuple(map(capfirst, reasons_against(slot, constraints, zone)))
    return Proposal(slot, problems=problems, unavailable=unavailable_at(slot, constraints, zone))


def reasons_against(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> list[str]:
    """Return the reasons why a slot is not free, in lower case; empty if it is free."""
    day = slot.starts_at.astimezone(zone).date()
    found = [_("this date is in the past")] if slot.starts_at < constraints.now else []
    if day in constraints.closed:
        found.append(constraints.closed[day])
    if not constraints.without_facilitator.isdisjoint(slot.half_days(zone)):
        found.append(facilitator_unable())
    near = [busy for day in utc_days(slot) for busy in constraints.busy_by_day.get(day, ())]
    return found + list(dict.fromkeys(busy.reason for busy in near if busy.slot.overlaps(slot)))


def facilitator_unable() -> str:
    """Return the reason against a half day that a facilitator can't make.

    It has no name: administrators see how many people can't make a date, but not who.
    """
    return _("a facilitator can’t make it")


def unavailable_at(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> frozenset[int]:
    """Return the primary keys of the memberships that can't make all of the slot."""
    halves = slot.half_days(zone)
    return frozenset().union(*(constraints.unavailable.get(half, ()) for half in halves))


def slot_on(day: date, length: int, recurrence: Recurrence) -> Slot:
    starts_at = local_moment(day, recurrence.half_day.starts, recurrence.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=length)
    return Slot(starts_at, ends_at.astimezone(recurrence.zone))


def utc_days(slot: Slot) -> list[date]:
    """Return the UTC days on which a slot lies. Slots that overlap share at least one such day."""
    first, last = slot.starts_at.astimezone(UTC).date(), slot.ends_at.astimezone(UTC).date()
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def explain_shift(weeks: int, skipped: Sequence[str]) -> str:
    """Return why a date was moved by so many weeks; empty for no weeks.

    For example “Moved one week: school holidays”. A reason that is part of another is left out.
    """
    if not weeks:
        return ""
    reasons = list(dict.fromkeys(skipped))
    distinct = [
        reason
        for reason in reasons
        if not any(reason in other for other in reasons if other != reason)
    ]
    return ngettext(
        "Moved %(count)s week: %(reasons)s", "Moved %(count)s weeks: %(reasons)s", weeks
    ) % {"count": in_words(weeks), "reasons": ", ".join(distinct)}


def cannot_make(count: int, day: date) -> str:
    return ngettext(
        "%(count)d person can’t make %(day)s", "%(count)d people can’t make %(day)s", count
    ) % {"count": count, "day": dates.day_month(day)}
