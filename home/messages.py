"""A cohort's messages, past and coming, told in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cohorts.models import Cohort
from outbox.plan import Batch, coming, written
from workshops.invitations import INVITATION
from workshops.models import Workshop

AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Line:
    """One line of a cohort's messages: a batch, and the workshop that it speaks of, if any."""

    batch: Batch
    workshop: Workshop | None

    @property
    def state(self) -> str:
        """The words of its tag."""
        counts = self.batch.counts
        if not counts:
            return "To come"
        said = [f"{number} {state}" for state, number in counts.items() if number]
        return "Sent" if counts["sent"] == self.batch.people else ", ".join(said).capitalize()

    @property
    def tone(self) -> str:
        """The tag's class."""
        counts = self.batch.counts
        if counts.get("failed"):
            return "warn"
        return "good" if counts and counts["sent"] == self.batch.people else ""


def past_lines(cohort: Cohort, workshops: list[Workshop]) -> list[Line]:
    """What was owed so far, the latest first. One query."""
    return lines(reversed(written(cohort.pk)), workshops)


def coming_lines(cohort: Cohort, workshops: list[Workshop], moment: datetime) -> list[Line]:
    """What will be sent as things stand, the soonest first. One query."""
    return lines(coming(cohort.pk, moment, moment + AHEAD), workshops)


def lines(batches: Iterable[Batch], workshops: list[Workshop]) -> list[Line]:
    by_number = {workshop.pk: workshop for workshop in workshops}
    return [
        Line(batch, None if batch.kind == INVITATION.kind else by_number.get(batch.about))
        for batch in batches
    ]
