"""The rounds of a cohort as its conveners see them: times and counts, never who has answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from cohorts.models import Cohort
from relationships.models import AnswerBlob, Occasion, RosterEntry, Round, RoundReceipt
from relationships.opening import Obstacle, obstacle_to, participants_of
from relationships.timing import with_times


@dataclass(frozen=True)
class RoundStatus:
    """A cohort's round, with its counts. `round` is annotated by `with_times`.

    `asked` counts the people on the list, and `finished` those with a receipt. Both include people
    who have left the cohort since: otherwise removing somebody would tell whether they had
    finished. `obstacle` is why the round can't be opened by hand now.
    """

    round: Any
    moment: datetime
    asked: int
    finished: int
    obstacle: Obstacle | None

    @property
    def state(self) -> str:
        if self.round.is_over(self.moment):
            return "over" if self.round.closed_at else "counting"
        if self.round.is_opened:
            return "open"
        return "planned" if self.opens_by_itself else "waiting"

    @property
    def opens_by_itself(self) -> bool:
        """Whether the round opens by itself at `round.opens`, if there is no obstacle then."""
        one = self.round
        return bool(
            one.opens and one.anchor > one.made_at and one.closes and one.closes > self.moment
        )

    @property
    def rate(self) -> int:
        """The response rate in whole per cent."""
        return round(100 * self.finished / self.asked) if self.asked else 0


def statuses_of(cohort: Cohort, moment: datetime) -> list[RoundStatus]:
    """Return the cohort's rounds in the order of their occasions. Makes at most six queries."""
    people = participants_of(cohort).count()
    asked = dict(
        RosterEntry.objects.listed()
        .filter(round__cohort=cohort)
        .values_list("round")
        .annotate(Count("pk"))
    )
    finished = dict(
        RoundReceipt.objects.filter(round__cohort=cohort).values_list("round").annotate(Count("pk"))
    )
    rounds = {one.occasion: one for one in with_times(Round.objects.filter(cohort=cohort))}
    for one in rounds.values():
        one.cohort = cohort
    return [
        RoundStatus(
            round=rounds[occasion],
            moment=moment,
            asked=asked.get(rounds[occasion].pk, 0),
            finished=finished.get(rounds[occasion].pk, 0),
            obstacle=None
            if rounds[occasion].is_opened
            else obstacle_to(rounds[occasion], moment, people=people),
        )
        for occasion in Occasion
        if occasion in rounds
    ]


def has_unreadable_answers(cohort: Cohort, moment: datetime) -> bool:
    """Return whether a round is over whose answers can't be decrypted. Makes one query."""
    blobs = AnswerBlob.objects.filter(
        round__cohort=cohort, round__closing_at__lte=moment, round__closed_at=None
    )
    return any(blob.is_unreadable for blob in blobs)


def open_round_of(cohort: Cohort, moment: datetime) -> Any:
    """Return the cohort's open round, annotated `asked` and `finished`; or None. One query."""
    counts = {
        "asked": RosterEntry.objects.listed().filter(round=OuterRef("pk")),
        "finished": RoundReceipt.objects.filter(round=OuterRef("pk")),
    }
    rounds = Round.objects.open_at(moment).filter(cohort=cohort)
    return rounds.annotate(
        **{
            name: Coalesce(
                Subquery(rows.order_by().values("round").annotate(n=Count("pk")).values("n")), 0
            )
            for name, rows in counts.items()
        }
    ).first()
