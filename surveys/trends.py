"""The change of a question’s mean from workshop to workshop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from programmes.questions import Question
from surveys.items import Item, ends_of
from surveys.results import Results
from ui import dates
from workshops.models import Workshop


@dataclass(frozen=True)
class Point:
    """A question’s mean in the survey after one workshop, or why it is not shown.

    `is_rounded` says that the mean is to the nearest half, because fewer than eight answered.
    `is_low` says that it is at the lower end of what may be shown: “1.5 or less”.
    """

    results: Results
    value: float | None
    text: str
    is_rounded: bool
    is_low: bool = False

    @property
    def workshop(self) -> Workshop:
        return self.results.workshop

    @property
    def label(self) -> str:
        return str(self.workshop.position)

    @property
    def mark(self) -> str:
        """The mean as it stands in the chart: “3.8”, “≥ 4.5” or “≤ 1.5”; empty if not shown."""
        if self.value is None:
            return ""
        number = number_format(self.value)
        if self.text == number:
            return number
        return f"≤ {number}" if self.is_low else f"≥ {number}"

    @property
    def is_indicative(self) -> bool:
        return self.value is not None and self.results.is_indicative

    @property
    def words(self) -> str:
        """The point as a sentence, for people who can’t see the chart."""
        sentence = (
            _("Workshop %(number)s: %(mean)s, to the nearest half.")
            if self.is_rounded
            else _("Workshop %(number)s: %(mean)s.")
        )
        return sentence % {"number": self.label, "mean": self.text}


@dataclass(frozen=True)
class Trend:
    """A question that several surveys asked, in its latest wording, with a point for each."""

    question: Question
    points: list[Point]

    @property
    def has_values(self) -> bool:
        return any(point.value is not None for point in self.points)

    @property
    def least(self) -> int:
        return 1 if self.question.is_scale else 0

    @property
    def most(self) -> int:
        """The largest value on the chart: of a number, the largest mean rounded up."""
        if self.question.is_scale:
            return 5
        return max(1, *(math.ceil(point.value or 0) for point in self.points))


def trends(results: Iterable[Results]) -> list[Trend]:
    """Return a trend for each question with a mean that at least two of the surveys asked.

    Questions are matched by their ids. `results` are those of one cohort, in order.
    """
    asked = [one for one in results if one.has_survey]
    latest = {
        item.question.id: item.question
        for one in asked
        for item in one.items
        if not item.question.is_choice
    }
    found = (Trend(question, list(points_of(question, asked))) for question in latest.values())
    return [trend for trend in found if len(trend.points) > 1]


def points_of(question: Question, results: list[Results]) -> Iterator[Point]:
    """Yield a point for each survey that asked the question, while it was of the same kind."""
    for one in results:
        item = one.item_of(question)
        if item and item.question.kind == question.kind:
            yield point_of(one, item)


def point_of(results: Results, item: Item) -> Point:
    if not item.is_shown:
        return Point(results, None, why_hidden(results), is_rounded=False)
    if item.rounded is None:
        return Point(results, item.mean, item.average, is_rounded=False)
    is_low = item.rounded == ends_of(item.question)[0] + 0.5
    return Point(results, item.rounded, item.average, is_rounded=True, is_low=is_low)


def why_hidden(results: Results) -> str:
    if results.is_pending:
        return _("Not shown yet: the results are being prepared")
    if not results.is_closed:
        closes_at = results.survey.closes_at
        zone = results.workshop.cohort.zone
        day = dates.day_month(dates.day_of(closes_at, zone)) if closes_at else ""
        return _("Not shown yet: the survey is open until %(day)s") % {"day": day}
    if not results.is_shown:
        return _("Not shown: fewer than five people answered")
    return _("Not shown: fewer than five people answered this question")
