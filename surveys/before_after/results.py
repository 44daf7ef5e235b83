"""The results of a cohort's “Before and after”, read from the released answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from surveys.before_after.figures import Change, ScaleChange, scale_changes, sight_change
from surveys.before_after.timing import with_times
from surveys.disclosure import is_large_enough
from surveys.models import (
    Answers,
    Colleague,
    Occasion,
    Wave,
    WaveBox,
    WaveReceipt,
    WaveResponse,
)
from surveys.models.waves import WaveQuerySet


@dataclass(frozen=True)
class WaveState:
    """The state of one wave at a moment. `received` of the `asked` people have answered.

    `opens` and `closes` are None if that is not known yet (see `with_times`).
    `is_closed` is True once the wave has closed and its answers, if any, have been released.
    """

    wave: Wave
    opens: datetime | None
    closes: datetime | None
    moment: datetime
    received: int
    asked: int
    is_closed: bool

    @property
    def shows_colleagues(self) -> bool:
        """Whether the number of colleagues who have answered may be shown."""
        return self.is_closed and is_large_enough(self.received)

    @property
    def label(self) -> str:
        return str(self.wave.get_occasion_display())

    @property
    def is_open(self) -> bool:
        return not self.is_over and self.opens is not None and self.opens <= self.moment

    @property
    def is_over(self) -> bool:
        """Whether the wave's closing time has passed, even if its answers are not released yet."""
        return self.closes is not None and self.closes <= self.moment


@dataclass(frozen=True)
class BeforeAfter:
    """A cohort's results at a moment: each wave, and the changes that may be shown.

    `at_the_end` compares the end wave with the start wave, and `later` compares the wave six months
    on with the start wave.
    """

    waves: dict[str, WaveState]
    at_the_end: tuple[ScaleChange, ...]
    later: tuple[ScaleChange, ...]
    colleagues: Change

    @property
    def is_on(self) -> bool:
        """Whether the cohort uses “Before and after”."""
        return bool(self.waves)

    @property
    def has_results(self) -> bool:
        """Whether the end wave has closed. Then the page shows figures, or why they are hidden."""
        return self.is_on and self.waves[Occasion.END].is_closed

    @property
    def has_later_results(self) -> bool:
        return self.is_on and self.waves[Occasion.LATER].is_closed

    @property
    def has_colleagues(self) -> bool:
        """Whether the colleagues' wave has closed, and at least one colleague has answered."""
        return self.is_on and self.waves[Occasion.COLLEAGUES].is_closed


# The results of a cohort that does not use “Before and after”.
OFF = BeforeAfter({}, (), (), Change())


def before_after_of(cohort: Cohort, moment: datetime) -> BeforeAfter:
    """Return the cohort's results at a moment. Makes two queries; none if not in use."""
    if not cohort.uses_before_after:
        return OFF
    waves = {one.wave.occasion: one for one in states_of(cohort, moment)}
    if not waves:
        return OFF
    answers = answers_by_wave(cohort)
    start, end, later, colleagues = (waves[occasion] for occasion in Occasion)
    return BeforeAfter(
        waves,
        at_the_end=changes(answers, start, end),
        later=changes(answers, start, later),
        colleagues=sight_change(
            [one for _pseudonym, one in answers[colleagues.wave.pk]],
            is_closed=colleagues.is_closed,
        ),
    )


def states_of(cohort: Cohort, moment: datetime) -> list[WaveState]:
    """Return the state of each of the cohort's waves. Makes one query."""
    states = []
    for row in STATES(cohort=cohort.pk):
        opens, closes, has_box, *counts = row[:COUNTED]
        wave = Wave.from_db(connection.alias, WAVE_COLUMNS, row[COUNTED:])
        wave.cohort = cohort
        received, asked = counts_of(wave, *counts)
        # The box of a wave that nobody has answered is never released.
        is_awaiting_release = has_box and wave.closing_at is not None
        is_closed = closes is not None and closes <= moment and not is_awaiting_release
        states.append(WaveState(wave, opens, closes, moment, received, asked, is_closed))
    return states


def with_numbers(waves: WaveQuerySet) -> QuerySet[Any]:
    """Annotate the waves as by `with_times`, and with the columns that `states_of` reads."""
    colleagues = Colleague.objects.filter(membership__cohort=OuterRef("cohort"))
    participants = Membership.objects.active().participating().filter(cohort=OuterRef("cohort"))
    found: QuerySet[Any] = with_times(waves).annotate(
        has_box=Exists(WaveBox.objects.filter(wave=OuterRef("pk"))),
        receipts_found=number_of(WaveReceipt.objects.filter(wave=OuterRef("pk"))),
        responses_found=number_of(WaveResponse.objects.filter(wave=OuterRef("pk"))),
        colleagues_asked=number_of(colleagues),
        colleagues_found=number_of(colleagues.filter(has_answered=True)),
        participants_asked=number_of(participants),
    )
    return found


def number_of(rows: QuerySet[Any]) -> Coalesce:
    """Return an SQL expression for the number of rows, which refer to the outer query."""
    numbers = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk"))
    return Coalesce(Subquery(numbers.values("number")), 0)


NUMBERS = (
    *("receipts_found", "responses_found"),
    *("colleagues_asked", "colleagues_found", "participants_asked"),
)
COUNTED = 3 + len(NUMBERS)
WAVE_COLUMNS = tuple(field.attname for field in Wave._meta.concrete_fields)
# Compiled once in each process, because building the query takes longer than running it.
STATES = CompiledSelect(
    with_numbers(Wave.objects.filter(cohort=BindParam("cohort")))
    .order_by("pk")
    .values_list("opens", "closes", "has_box", *NUMBERS, *WAVE_COLUMNS),
    prepare=True,
)


def counts_of(
    wave: Wave,
    receipts: int,
    responses: int,
    colleagues: int,
    colleagues_answered: int,
    participants: int,
) -> tuple[int, int]:
    """Return how many have answered a wave, and how many were asked.

    Colleagues are deleted when their wave has closed; then their answers are counted. People who
    were asked may have left since, so the second number is never less than the first.
    """
    if wave.is_for_colleagues:
        received, asked = max(colleagues_answered, responses), colleagues
    else:
        received, asked = receipts, participants
    return received, max(asked, received)


def answers_by_wave(cohort: Cohort) -> defaultdict[int, list[tuple[Any, Answers]]]:
    """Return a dict that maps each wave's pk to its released answers with their pseudonyms."""
    found: defaultdict[int, list[tuple[Any, Answers]]] = defaultdict(list)
    rows = WaveResponse.objects.filter(wave__cohort=cohort)
    for wave, pseudonym, answers in rows.values_list("wave", "pseudonym", "answers"):
        found[wave].append((pseudonym, answers))
    return found


def changes(
    answers: dict[int, list[tuple[Any, Answers]]], before: WaveState, after: WaveState
) -> tuple[ScaleChange, ...]:
    return scale_changes(
        dict(answers[before.wave.pk]),
        dict(answers[after.wave.pk]),
        is_closed=before.is_closed and after.is_closed,
    )
