"""A cohort's messages, past and coming, told in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cohorts.models import Cohort
from outbox.plan import Batch, coming, is_confidential, written
from workshops.announcing import ANNOUNCEMENT
from workshops.asking import ASK_KIND, NUDGE_KIND
from workshops.invitations import INVITATION
from workshops.models import Workshop

AHEAD = timedelta(days=400)
# They are about a cohort, a poll or a message of one's own: their number is no workshop's.
OF_NO_WORKSHOP = {INVITATION.kind, ASK_KIND, NUDGE_KIND, ANNOUNCEMENT.kind}


@dataclass(frozen=True)
class Line:
    """One line of a cohort's messages: a batch, and the workshop that it speaks of, if any."""

    batch: Batch
    workshop: Workshop | None

    @property
    def says_how_many(self) -> bool:
        """Not of a confidential kind: a number that moves with one person's mark would say whether they answered."""
        return not is_confidential(self.batch.kind)

    @property
    def state(self) -> str:
        """The words of its tag."""
        counts = self.batch.counts
        if not counts:
            return "To come"
        if not self.says_how_many:
            return "Sent" if counts["sent"] else "Waiting" if counts["waiting"] else "Not sent"
        said = [f"{number} {state}" for state, number in counts.items() if number]
        return "Sent" if counts["sent"] == self.batch.people else ", ".join(said).capitalize()

    @property
    def tone(self) -> str:
        """The tag's class."""
        counts = self.batch.counts
        if self.says_how_many and counts.get("failed"):
            return "warn"
        return "good" if self.state == "Sent" else ""


def past_lines(cohort: Cohort, workshops: list[Workshop]) -> list[Line]:
    """What was owed so far, the latest first. One query."""
    return list(reversed(lines(written(cohort.pk), workshops)))


def coming_lines(
    cohort: Cohort, workshops: list[Workshop], moment: datetime, past: Sequence[Line]
) -> list[Line]:
    """What will be sent as things stand, the soonest first, beside what was owed so far. One query."""
    return lines(
        coming(cohort.pk, moment, moment + AHEAD), workshops, told={about(one.batch) for one in past}
    )


def lines(
    batches: Iterable[Batch], workshops: list[Workshop], told: Iterable[tuple[str, int]] = ()
) -> list[Line]:
    """A line each; but of a confidential kind one alone about each thing, the first, and none if one was `told`.

    Somebody who was marked as attending late is asked, and nudged, at a time of their own: a line of their own would
    say that they have not answered, and its absence that they have.
    """
    by_number = {workshop.pk: workshop for workshop in workshops}
    known, found = set(told), []
    for batch in batches:
        if is_confidential(batch.kind) and about(batch) in known:
            continue
        known.add(about(batch))
        workshop = None if batch.kind in OF_NO_WORKSHOP else by_number.get(batch.about)
        found.append(Line(batch, workshop))
    return found


def about(batch: Batch) -> tuple[str, int]:
    return batch.kind, batch.about
