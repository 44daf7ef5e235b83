"""A cohort's plan before it is saved, and the dates that its recurrence proposes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from workshops.changes.change_log import changes_since, describe, sequence_token
from workshops.models import Workshop
from workshops.planning.optimiser import optimise_dates
from workshops.planning.proposals import (
    Constraints,
    Proposal,
    facilitator_unable,
    propose,
    reasons_against,
    unavailable_at,
)
from workshops.times import Arrangement, HalfDay, Recurrence, Slot


@dataclass(frozen=True)
class ClosedPeriod:
    """Consecutive days that are closed for the same reason."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True)
class DraftPlan:
    """The unsaved dates and places of a cohort's workshops.

    The keys of the mappings are the workshops' positions. `recurrence` is None if the one on the
    page is not valid. `slots` also has the slots of workshops that have begun; `arrangements` has
    only workshops that can still be planned.
    """

    cohort: Cohort
    workshops: Sequence[Workshop]
    recurrence: Recurrence | None
    constraints: Constraints
    slots: Mapping[int, Slot]
    arrangements: Mapping[int, Arrangement]
    override_reasons: Mapping[int, str]

    @property
    def moment(self) -> datetime:
        return self.constraints.now

    @property
    def plannable(self) -> list[Workshop]:
        return [one for one in self.workshops if one.can_be_planned(self.moment)]

    @property
    def version(self) -> str:
        return sequence_token(self.workshops)

    def day_of(self, slot: Slot) -> date:
        return slot.starts_at.astimezone(self.cohort.zone).date()

    def changes_anything(self) -> bool:
        return any(
            (one.arrangement, one.override_reason)
            != (self.arrangements[one.position], self.override_reasons.get(one.position, ""))
            for one in self.plannable
        )

    def recurrence_proposals(self) -> dict[int, Proposal]:
        """Return a dict that maps each plannable workshop's position to the recurrence's proposal.

        Each proposal is at least `recurrence.weeks` weeks after the previous workshop: after that
        workshop's date in the draft, or after its proposal if it has no date. If the local time of
        a proposal does not exist or occurs twice, that workshop and the later ones are left out.
        """
        found: dict[int, Proposal] = {}
        if self.recurrence is None:
            return found
        day = self.recurrence.first
        for workshop in self.plannable:
            try:
                [proposal] = propose(
                    replace(self.recurrence, first=day),
                    [workshop.length_minutes],
                    self.constraints,
                )
            except ValidationError:
                return found
            found[workshop.position] = proposal
            if slot := self.slots.get(workshop.position) or proposal.slot:
                day = self.day_of(slot) + timedelta(weeks=self.recurrence.weeks)
        return found

    def breaks_recurrence(self, workshop: Workshop, expected: Mapping[int, Proposal]) -> bool:
        """Return whether the next workshop's date differs from the recurrence's proposal.

        `expected` is the result of `recurrence_proposals`. False if there is no next workshop, or
        no proposal for it.
        """
        later = [one for one in self.plannable if one.position > workshop.position]
        if not later or later[0].position not in expected:
            return False
        position = later[0].position
        return not self.matches(self.slots.get(position), expected[position])

    def matches(self, slot: Slot | None, proposal: Proposal) -> bool:
        """Return whether the slot is on the day of the proposal's slot, or both are None."""
        if slot is None or proposal.slot is None:
            return slot is None and proposal.slot is None
        return self.day_of(slot) == self.day_of(proposal.slot)

    @property
    def halves(self) -> list[HalfDay]:
        """The halves of the day in which workshops are: the recurrence's, or both without one."""
        return [self.recurrence.half_day] if self.recurrence else list(HalfDay)

    def days_to_avoid(self) -> dict[date, str]:
        """Return a dict that maps each day to avoid to the reason.

        A day is avoided if it is closed, or if a facilitator is busy in the half of the day in
        which the recurrence has workshops. A day that has a workshop of the draft is judged by the
        time of that workshop.
        """
        found: dict[date, str] = {}
        half_days = [
            (half_day, busy.reason)
            for busy in self.constraints.busy
            for half_day in busy.slot.half_days(self.cohort.zone)
        ]
        half_days += [(one, facilitator_unable()) for one in self.constraints.without_facilitator]
        for (day, half), reason in half_days:
            if half in self.halves:
                found.setdefault(day, reason)
        found |= self.constraints.closed
        for slot in self.plannable_slots():
            found.pop(self.day_of(slot), None)
        for slot in self.plannable_slots():
            if reasons := reasons_against(slot, self.constraints, self.cohort.zone):
                found[self.day_of(slot)] = ", ".join(reasons)
        return found

    def unable_by_day(self) -> dict[date, int]:
        """Return a dict that maps days to the number of members who can't make them.

        Days are judged as in `days_to_avoid`.
        """
        unavailable = self.constraints.unavailable
        found: defaultdict[date, frozenset[int]] = defaultdict(frozenset)
        for (day, half), members in unavailable.items():
            if half in self.halves:
                found[day] |= members
        for slot in self.plannable_slots():
            found[self.day_of(slot)] = unavailable_at(slot, self.constraints, self.cohort.zone)
        return {day: len(members) for day, members in found.items() if members}

    def plannable_slots(self) -> list[Slot]:
        slots = (self.slots.get(workshop.position) for workshop in self.plannable)
        return [slot for slot in slots if slot]

    def closed_periods(self, slots: Iterable[Slot]) -> list[ClosedPeriod]:
        """Return the closed days around these slots as periods, in order; empty without slots.

        They are the closed days from the first of the month of the earliest slot until 31 days
        after the latest slot. Consecutive days with the same reason become one period.
        """
        days = [self.day_of(slot) for slot in slots]
        last = max(days, default=date.min)
        found: list[ClosedPeriod] = []
        for day, reason in sorted(self.constraints.closed.items()):
            if not days or not min(days).replace(day=1) <= day <= last + timedelta(days=31):
                continue
            previous = found[-1] if found else None
            if previous and previous.reason == reason and day - previous.last == timedelta(days=1):
                found[-1] = replace(previous, last=day)
            else:
                found.append(ClosedPeriod(day, day, reason))
        return found

    def missed_changes(self, seen: str) -> list[str]:
        """Return a description of each change to the workshops since the version token `seen`.

        If the token differs but no change is found, return a sentence that says so.
        """
        if seen == self.version:
            return []
        logged = changes_since(self.cohort, seen)
        return [describe(entry, self.cohort.zone, self.moment) for entry in logged] or [
            _("We can’t tell what has changed since you opened this page. Check every date again.")
        ]

    def propose(self) -> dict[int, Proposal]:
        """Return a dict that maps each plannable workshop's position to a proposal.

        The dict is empty without a recurrence. Raises ValidationError as `proposals.propose` does.
        """
        if self.recurrence is None:
            return {}
        return self._propose(self.recurrence, self.plannable)

    def propose_after(self, position: int) -> dict[int, Proposal]:
        """Return a dict that maps the positions after `position` to proposals.

        The proposals follow the date of the workshop at `position`. The dict is empty without a
        recurrence, or if that workshop has no date. Raises ValidationError as `proposals.propose`
        does.
        """
        slot = self.slots.get(position)
        if self.recurrence is None or slot is None:
            return {}
        first = self.day_of(slot) + timedelta(weeks=self.recurrence.weeks)
        later = [one for one in self.plannable if one.position > position]
        return self._propose(replace(self.recurrence, first=first), later)

    def optimise(self, half_days: Iterable[tuple[date, HalfDay]]) -> dict[int, Proposal]:
        """Return a dict that maps positions to the proposals that most people can make.

        All proposals are in these half days. The dict is empty without a recurrence. Raises
        ValidationError if the half days do not contain a complete set of dates, or as
        `proposals.propose` does.
        """
        if self.recurrence is None:
            return {}
        workshops = self.plannable
        lengths = [one.length_minutes for one in workshops]
        proposals = optimise_dates(self.recurrence, lengths, self.constraints, half_days)
        if workshops and not proposals:
            raise ValidationError(
                _(
                    "The half days in the poll do not contain a complete set of dates."
                    " Ask people about more half days."
                )
            )
        return by_position(workshops, proposals)

    def _propose(
        self, recurrence: Recurrence, workshops: Sequence[Workshop]
    ) -> dict[int, Proposal]:
        lengths = [one.length_minutes for one in workshops]
        return by_position(workshops, propose(recurrence, lengths, self.constraints))


def by_position(
    workshops: Sequence[Workshop], proposals: Sequence[Proposal]
) -> dict[int, Proposal]:
    return {one.position: proposal for one, proposal in zip(workshops, proposals, strict=True)}
