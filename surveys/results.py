"""Survey results: a count and a rate at any time, and of the answers what disclosure allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cohorts.models import Cohort, Membership
from surveys.disclosure import Detail, detail_of
from surveys.models import QUESTIONS, SCORES, Question, Response, Survey
from workshops.models import Attendance, Workshop, WorkshopQuerySet
from workshops.register.expected import with_expected_members

INDICATIVE_BELOW = 0.6
POINTS = range(1, 6)
FAVOURABLE = (4, 5)


@dataclass(frozen=True)
class Item:
    """The figures of one question. None where a figure may not be shown.

    Disclosure is decided by the number of answers to this question, which can be lower than the
    number of responses. The figures of other questions reveal nothing about people who skipped it.
    """

    question: str
    low: str
    high: str
    n: int | None = None
    total: int | None = None
    favourable: int | None = None
    distribution: tuple[int, ...] | None = None

    @property
    def is_shown(self) -> bool:
        return self.n is not None

    @property
    def mean(self) -> float | None:
        """The mean to one decimal place, rounding half up."""
        if self.n is None or self.total is None:
            return None
        return float((Decimal(self.total) / self.n).quantize(Decimal("0.1"), ROUND_HALF_UP))

    @property
    def share(self) -> float | None:
        """The share of answers that are 4 or 5."""
        return None if self.n is None or self.favourable is None else self.favourable / self.n


@dataclass(frozen=True)
class Results:
    """The results of one survey, as far as they may be shown at a given moment."""

    workshop: Workshop
    survey: Survey
    is_closed: bool
    attending: int
    received: int
    items: tuple[Item, ...] = field(default_factory=lambda: tuple(map(without_figures, QUESTIONS)))
    words: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        return detail_of(self.received, is_closed=self.is_closed) >= Detail.FIGURES

    @property
    def asked(self) -> int:
        """The number of people marked as attending, or expected if no register was taken.

        Never derived from receipts: if the rate changed with one person's mark, it would reveal
        whether that person answered.
        """
        return max(self.attending, self.received)

    @property
    def rate(self) -> float | None:
        """The response rate; None if nobody was asked."""
        return self.received / self.asked if self.asked else None

    @property
    def is_indicative(self) -> bool:
        """Whether too few people answered for the results to represent everybody."""
        return self.rate is not None and self.rate < INDICATIVE_BELOW


def results_of(survey: Survey, moment: datetime) -> Results:
    """Return the results of one survey. At most three queries."""
    return gather(list(with_counts(Workshop.objects.filter(pk=survey.workshop_id))), moment)[0]


def results_of_cohort(cohort: Cohort, moment: datetime) -> list[Results]:
    """Return the results of each workshop that took place, in order. At most three queries."""
    return results_among(list(with_counts(cohort.workshops.order_by("position"))), moment)


def results_among(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Return the results of those that took place, of workshops loaded `with_counts()`.

    One query, and one more if there are workshops without a register.
    """
    return gather([one for one in workshops if one.took_place(moment)], moment)


def latest_shown(workshops: list[Workshop], moment: datetime) -> Results | None:
    """Return the latest results that may be shown, of workshops loaded `with_counts()`.

    As many queries as `results_among`.
    """
    counted = count([one for one in workshops if one.took_place(moment)], moment)
    shown = [one for one in counted if one.is_shown][-1:]
    answers = answers_to([one.survey for one in shown])
    return with_answers(shown[0], answers[shown[0].survey.pk]) if shown else None


def pooled(results: Iterable[Results]) -> tuple[Item, ...]:
    """Return the figures of these surveys together, question by question.

    Only figures that are shown for a single survey are added up. Otherwise a hidden one could be
    worked out by subtracting the others from the total.
    """
    shown = [one.items for one in results]
    return tuple(
        pool(question, [items[place] for items in shown if items[place].is_shown])
        for place, question in enumerate(QUESTIONS)
    )


def pool(question: Question, items: list[Item]) -> Item:
    if not items:
        return without_figures(question)
    parts = [item.distribution for item in items if item.distribution]
    return replace(
        without_figures(question),
        n=sum(item.n or 0 for item in items),
        total=sum(item.total or 0 for item in items),
        favourable=sum(item.favourable or 0 for item in items),
        distribution=tuple(map(sum, zip(*parts, strict=True)))
        if len(parts) == len(items)
        else None,
    )


def gather(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Count the responses, then read the answers only of surveys that may be shown."""
    counted = count(workshops, moment)
    answers = answers_to([one.survey for one in counted if one.is_shown])
    return [with_answers(one, answers[one.survey.pk]) if one.is_shown else one for one in counted]


def with_counts(workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Add each workshop's survey, and the counts that its results are made of.

    Annotates how many participants are marked at all (`marked`) and as attending (`attending`), and
    how many responses the survey has (`received`).
    """
    responses = Response.objects.filter(survey__workshop=OuterRef("pk")).order_by()
    received = responses.values("survey__workshop").annotate(number=Count("pk")).values("number")
    taking_part = Q(attendances__membership__role=Membership.Role.PARTICIPANT)
    in_the_room = Q(attendances__mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))
    return workshops.select_related("survey").annotate(
        marked=Count("attendances", filter=taking_part & ~Q(attendances__mark="")),
        attending=Count("attendances", filter=taking_part & in_the_room),
        received=Coalesce(Subquery(received), 0),
    )


def count(workshops: list[Any], moment: datetime) -> list[Results]:
    expected = count_expected([workshop.pk for workshop in workshops if not workshop.marked])
    counted = []
    for workshop in workshops:
        survey = getattr(workshop, "survey", None) or Survey(workshop=workshop)
        counted.append(
            Results(
                workshop,
                survey,
                is_closed=workshop.took_place(moment) and survey.is_closed(moment),
                attending=workshop.attending if workshop.marked else expected.get(workshop.pk, 0),
                received=workshop.received,
            )
        )
    return counted


def count_expected(workshops: list[int]) -> dict[int, int]:
    """Return how many were expected at each workshop. No query for an empty list."""
    members = with_expected_members(Workshop.objects.filter(pk__in=workshops)).order_by()
    return dict(members.values_list("pk").annotate(Count("member_id")))


NO_SURVEY = 0
Answer = tuple[tuple[int | None, ...], str]


def answers_to(surveys: list[Survey]) -> dict[int, list[Answer]]:
    """Return the scores and the words of each response, by survey.

    Always one query, even for an empty list, so that a page makes the same number each time.
    """
    answers: defaultdict[int, list[Answer]] = defaultdict(list)
    numbers = [survey.pk for survey in surveys] or [NO_SURVEY]
    for number, change, *scores in Response.objects.filter(survey__in=numbers).values_list(
        "survey", "change", *SCORES
    ):
        answers[number].append((tuple(scores), change))
    return answers


def with_answers(counted: Results, answers: list[Answer]) -> Results:
    columns = zip(*(scores for scores, _ in answers), strict=True)
    return replace(
        counted,
        items=tuple(
            item_of(question, scores, is_closed=counted.is_closed)
            for question, scores in zip(QUESTIONS, columns, strict=True)
        ),
        words=tuple(
            sorted(
                (change for _, change in answers if change),
                key=lambda words: (words.casefold(), words),
            )
        ),
    )


def item_of(question: Question, scores: Iterable[int | None], *, is_closed: bool) -> Item:
    chosen = Counter(score for score in scores if score is not None)
    detail = detail_of(chosen.total(), is_closed=is_closed)
    if detail < Detail.FIGURES:
        return without_figures(question)
    return replace(
        without_figures(question),
        n=chosen.total(),
        total=sum(point * number for point, number in chosen.items()),
        favourable=sum(chosen[point] for point in FAVOURABLE),
        distribution=tuple(chosen[point] for point in POINTS)
        if detail >= Detail.DISTRIBUTION
        else None,
    )


def without_figures(question: Question) -> Item:
    return Item(str(question.text), str(question.low), str(question.high))
