"""Survey results: the response rate at any time, and those figures that may be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from surveys.disclosure import Detail, detail_of, rounded_mean, shows_words
from surveys.models import QUESTIONS, SCORES, BallotBox, Question, Receipt, Response, Survey
from workshops.models import Attendance, Workshop, WorkshopQuerySet
from workshops.register.expected import with_expected_members

# Results are called indicative if the response rate is lower than this.
INDICATIVE_BELOW = 0.6
POINTS = range(1, 6)
FAVOURABLE = (4, 5)


@dataclass(frozen=True)
class Item:
    """The figures of one question: `n` answers, their `total`, and how many are `favourable`.

    A figure that may not be shown is None. `distribution` has the number of answers of each point
    from 1 to 5. If the answers are too few for exact figures, only `rounded` is set: their
    `rounded_mean`. What may be shown depends on the number of answers to this question, not on the
    number of responses, because people can skip questions.
    """

    question: str
    low: str
    high: str
    n: int | None = None
    total: int | None = None
    favourable: int | None = None
    distribution: tuple[int, ...] | None = None
    rounded: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.is_exact or self.rounded is not None

    @property
    def is_exact(self) -> bool:
        return self.n is not None

    @property
    def mean(self) -> float | None:
        """Return the mean answer to one decimal place, rounding half up; None if not shown."""
        if self.n is None or self.total is None:
            return None
        return float((Decimal(self.total) / self.n).quantize(Decimal("0.1"), ROUND_HALF_UP))

    @property
    def average(self) -> str:
        """Return the mean as a text such as “3.8”, “3.5” or “4.5 or more”; empty if not shown."""
        if self.rounded is None:
            return "" if self.mean is None else number_format(self.mean)
        texts = {1.5: _("%(mean)s or less"), 4.5: _("%(mean)s or more")}
        return texts.get(self.rounded, "%(mean)s") % {"mean": number_format(self.rounded)}

    @property
    def share(self) -> float | None:
        """Return the share of answers that are 4 or 5, from 0 to 1; None if not shown."""
        return None if self.n is None or self.favourable is None else self.favourable / self.n


@dataclass(frozen=True)
class Results:
    """The results of one survey, as far as they may be shown at a given moment.

    For the minute or two between the closing of the survey and the release of its answers,
    `is_pending` is True and `is_closed` is still False. `received` is the number of people who have
    answered. `attending` is the number of participants marked as attending, or of those expected if
    no register was taken. `words` are the texts that people wrote, in alphabetical order;
    `hides_words` says that there are some, but that too few people wrote them.
    """

    workshop: Workshop
    survey: Survey
    is_closed: bool
    attending: int
    received: int
    is_pending: bool = False
    items: tuple[Item, ...] = field(default_factory=lambda: tuple(map(without_figures, QUESTIONS)))
    words: tuple[str, ...] = ()
    hides_words: bool = False

    @property
    def is_shown(self) -> bool:
        return detail_of(self.received, is_closed=self.is_closed) >= Detail.ROUNDED_MEAN

    @property
    def asked(self) -> int:
        """Return the denominator of the response rate: `attending`, or `received` if higher.

        The number doesn't depend on which people answered. Otherwise, changing one person's mark on
        the register would change the rate in a way that reveals whether this person answered.
        """
        return max(self.attending, self.received)

    @property
    def rate(self) -> float | None:
        """Return the response rate from 0 to 1; None if nobody was asked."""
        return self.received / self.asked if self.asked else None

    @property
    def is_indicative(self) -> bool:
        """Return whether too few people answered for the results to represent everybody."""
        return self.rate is not None and self.rate < INDICATIVE_BELOW


def results_of(survey: Survey, moment: datetime) -> Results:
    """Return the results of one survey. Makes at most three queries."""
    return gather(list(with_counts(Workshop.objects.filter(pk=survey.workshop_id))), moment)[0]


def results_of_cohort(cohort: Cohort, moment: datetime) -> list[Results]:
    """Return the results of each workshop that took place, by position. At most three queries."""
    return results_among(counted_workshops(cohort), moment)


def results_among(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Return the results of those workshops that have taken place, in the same order.

    The workshops must come from `counted_workshops` or `with_counts`. Makes one query, and one more
    if any of them has no register.
    """
    return gather([one for one in workshops if one.took_place(moment)], moment)


def latest_shown(workshops: list[Workshop], moment: datetime) -> Results | None:
    """Return the results of the last of these workshops whose results may be shown, or None.

    The workshops must come from `counted_workshops`, in the order of their positions. Makes as many
    queries as `results_among`.
    """
    counted = count([one for one in workshops if one.took_place(moment)], moment)
    shown = [one for one in counted if one.is_shown][-1:]
    answers = answers_to([one.survey for one in shown])
    return with_answers(shown[0], answers[shown[0].survey.pk]) if shown else None


def pooled(results: Iterable[Results]) -> tuple[Item, ...]:
    """Return one item for each question, with the exact figures of several surveys added up.

    Leaves out surveys whose figures are not exact. Otherwise, the exact figures of one such survey
    could be worked out by subtracting those of the others from the total.
    """
    shown = [one.items for one in results]
    return tuple(
        pool(question, [items[place] for items in shown if items[place].is_exact])
        for place, question in enumerate(QUESTIONS)
    )


def pool(question: Question, items: list[Item]) -> Item:
    """Return the sum of the items, which must be exact."""
    if not items:
        return without_figures(question)
    return replace(
        without_figures(question),
        n=sum(item.n or 0 for item in items),
        total=sum(item.total or 0 for item in items),
        favourable=sum(item.favourable or 0 for item in items),
        distribution=tuple(
            map(sum, zip(*(item.distribution or () for item in items), strict=True))
        ),
    )


def gather(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Return the results of the workshops. Reads only answers whose figures may be shown."""
    counted = count(workshops, moment)
    answers = answers_to([one.survey for one in counted if one.is_shown])
    return [with_answers(one, answers[one.survey.pk]) if one.is_shown else one for one in counted]


def with_counts(workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Select each workshop's survey, and annotate the counts for its `Results`.

    `marked` is the number of participants with any mark on the register, `attending` the number
    marked as attending, and `received` the number of responses. While the survey has a ballot box
    (`has_box`) there are no responses, so receipts are counted. The empty box of a survey without a
    closing time is ignored, because nothing of it will be released.
    """
    boxes = BallotBox.objects.filter(
        survey__workshop=OuterRef("pk"), survey__closing_at__isnull=False
    )
    taking_part = Q(attendances__membership__role=Membership.Role.PARTICIPANT)
    in_the_room = Q(attendances__mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))
    return workshops.select_related("survey").annotate(
        marked=Count("attendances", filter=taking_part & ~Q(attendances__mark="")),
        attending=Count("attendances", filter=taking_part & in_the_room),
        has_box=Exists(boxes),
        received=Case(When(Exists(boxes), then=number_of(Receipt)), default=number_of(Response)),
    )


def number_of(model: type[Receipt | Response]) -> Coalesce:
    """Return an SQL expression for the number of a workshop's receipts or responses."""
    rows = model._default_manager.filter(survey__workshop=OuterRef("pk")).order_by()
    numbers = rows.values("survey__workshop").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(numbers), 0)


WORKSHOP_COLUMNS = tuple(field.attname for field in Workshop._meta.concrete_fields)
SURVEY_COLUMNS = tuple(field.attname for field in Survey._meta.concrete_fields)
# Compiled once in each process, because building the query takes longer than running it.
COUNTED = CompiledSelect(
    with_counts(Workshop.objects.filter(cohort=BindParam("cohort")))
    .order_by("position")
    .values_list(
        *("marked", "attending", "has_box", "received"),
        *WORKSHOP_COLUMNS,
        *(f"survey__{column}" for column in SURVEY_COLUMNS),
    ),
    prepare=True,
)


def counted_workshops(cohort: Cohort) -> list[Workshop]:
    """Return the cohort's workshops, annotated as by `with_counts`, in the order of position.

    Makes one query.
    """
    return [counted_workshop(cohort, row) for row in COUNTED(cohort=cohort.pk)]


def counted_workshop(cohort: Cohort, row: tuple[Any, ...]) -> Workshop:
    (marked, attending, has_box, received), values = row[:4], row[4:]
    end = len(WORKSHOP_COLUMNS)
    workshop: Any = Workshop.from_db(connection.alias, WORKSHOP_COLUMNS, values[:end])
    workshop.cohort = cohort
    workshop.marked, workshop.attending = marked, attending
    workshop.has_box, workshop.received = has_box, received
    survey = Survey.from_db(connection.alias, SURVEY_COLUMNS, values[end:])
    workshop.survey = survey if survey.pk else Survey(workshop=workshop)
    found: Workshop = workshop
    return found


def count(workshops: list[Any], moment: datetime) -> list[Results]:
    """Return the workshops' results without answers. Needs the annotations of `with_counts`."""
    expected = count_expected([workshop.pk for workshop in workshops if not workshop.marked])
    counted = []
    for workshop in workshops:
        survey = getattr(workshop, "survey", None) or Survey(workshop=workshop)
        is_closed = workshop.took_place(moment) and survey.is_closed(moment)
        counted.append(
            Results(
                workshop,
                survey,
                is_closed=is_closed and not workshop.has_box,
                is_pending=is_closed and workshop.has_box,
                attending=workshop.attending if workshop.marked else expected.get(workshop.pk, 0),
                received=workshop.received,
            )
        )
    return counted


def count_expected(workshops: list[int]) -> dict[int, int]:
    """Return a dict that maps each workshop's pk to how many were expected. At most one query."""
    if not workshops:
        return {}
    members = with_expected_members(Workshop.objects.filter(pk__in=workshops)).order_by()
    return dict(members.values_list("pk").annotate(Count("member_id")))


# A pk that no survey has. Filtering by this pk makes a query, but Django makes no query if it
# filters by an empty list.
NO_SURVEY = 0
# One response: its answers in the order of QUESTIONS, and the text that the person wrote.
Answer = tuple[tuple[int | None, ...], str]


def answers_to(surveys: list[Survey]) -> dict[int, list[Answer]]:
    """Return a dict that maps each survey's pk to the answers of its responses.

    Makes one query even for an empty list, so that a page's number of queries doesn't depend on how
    many surveys have results that may be shown.
    """
    answers: defaultdict[int, list[Answer]] = defaultdict(list)
    numbers = [survey.pk for survey in surveys] or [NO_SURVEY]
    for number, change, *scores in Response.objects.filter(survey__in=numbers).values_list(
        "survey", "change", *SCORES
    ):
        answers[number].append((tuple(scores), change))
    return answers


def with_answers(counted: Results, answers: list[Answer]) -> Results:
    """Return the results with the figures of each question, and with what people wrote."""
    columns = zip(*(scores for scores, _words in answers), strict=True)
    words = sorted(
        (change for _scores, change in answers if change),
        key=lambda words: (words.casefold(), words),
    )
    may_show = shows_words(len(words), len(answers))
    return replace(
        counted,
        items=tuple(
            item_of(question, scores, is_closed=counted.is_closed)
            for question, scores in zip(QUESTIONS, columns, strict=True)
        ),
        words=tuple(words) if may_show else (),
        hides_words=bool(words) and not may_show,
    )


def item_of(question: Question, scores: Iterable[int | None], *, is_closed: bool) -> Item:
    """Return the question's figures, as far as they may be shown. A skipped answer is None."""
    answers = [score for score in scores if score is not None]
    item = without_figures(question)
    detail = detail_of(len(answers), is_closed=is_closed)
    if detail == Detail.NOTHING:
        return item
    if detail < Detail.EXACT:
        return replace(item, rounded=rounded_mean(answers))
    return replace(
        item,
        n=len(answers),
        total=sum(answers),
        favourable=sum(answer in FAVOURABLE for answer in answers),
        distribution=tuple(map(answers.count, POINTS)),
    )


def without_figures(question: Question) -> Item:
    return Item(str(question.text), str(question.low), str(question.high))
