"""Survey results: the response rate at any time, and those figures that may be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from programmes.questions import Question
from surveys.disclosure import Detail, detail_of
from surveys.items import Item, Words, item_of, pool, words_of
from surveys.models import Answers, BallotBox, Comment, Receipt, Response, Survey
from surveys.moderation import is_finished, showable
from surveys.pairs import count_at_either, without_survey
from workshops.models import Attendance, Workshop, WorkshopQuerySet
from workshops.register.expected import has_declined, with_expected_members

# Results are called indicative if the response rate is lower than this.
INDICATIVE_BELOW = 0.6


@dataclass(frozen=True)
class Results:
    """The results of one survey, as far as they may be shown at a given moment.

    For the minute or two between the closing of the survey and the release of its answers,
    `is_pending` is True and `is_closed` is still False. `received` is the number of people who have
    answered. `attending` is the number of people marked as attending. If no register was taken, it
    is the number of those expected who did not send apologies, because they are asked. `items` has
    one item for each question that is not answered in words, and `words` one for each that is.

    `has_survey` is False if the next workshop's survey is about this one too (see surveys.pairs).
    Then `attending` is 0, and that of the next workshop counts who was at either.
    """

    workshop: Workshop
    survey: Survey
    is_closed: bool
    attending: int
    received: int
    is_pending: bool = False
    has_survey: bool = True
    items: tuple[Item, ...] = ()
    words: tuple[Words, ...] = ()

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

    def item_of(self, question: Question) -> Item | None:
        """Return the item of a question; None if this survey did not ask it."""
        return next((item for item in self.items if item.question.id == question.id), None)

    @property
    def is_indicative(self) -> bool:
        """Return whether too few people answered for the results to represent everybody."""
        return self.rate is not None and self.rate < INDICATIVE_BELOW


def results_of(survey: Survey, moment: datetime) -> Results:
    """Return the results of one survey, with comments. Makes at most four queries."""
    workshops = with_counts(Workshop.objects.filter(pk=survey.workshop_id).select_related("cohort"))
    return with_words(gather(list(workshops), moment)[0])


def results_of_cohort(cohort: Cohort, moment: datetime) -> list[Results]:
    """Return the results of each workshop that took place, by position, without comments.

    Makes at most three queries.
    """
    return results_among(counted_workshops(cohort), moment)


def results_among(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Return the results of those workshops that have taken place, in the same order.

    The workshops must come from `counted_workshops` or `with_counts`. Makes one query, and one more
    if any of them has no register.
    """
    return gather([one for one in workshops if one.took_place(moment)], moment)


def latest_shown(workshops: list[Workshop], moment: datetime) -> Results | None:
    """Return the results of the last of these workshops whose results may be shown, or None.

    They are without comments. The workshops must come from `counted_workshops`, in the order of
    their positions. Makes as many queries as `results_among`.
    """
    counted = count([one for one in workshops if one.took_place(moment)], moment)
    shown = [one for one in counted if one.is_shown][-1:]
    answers = answers_to([one.survey for one in shown])
    return with_items(shown[0], answers[shown[0].survey.pk]) if shown else None


def pooled(results: Iterable[Results]) -> tuple[Item, ...]:
    """Return one item for each question, with the exact figures of several surveys added up.

    The items of a question have the same id, and are worded as in the last survey that asked it.
    Leaves out surveys whose figures are not exact. Otherwise, the exact figures of one such survey
    could be worked out by subtracting those of the others from the total.
    """
    items: defaultdict[str, list[Item]] = defaultdict(list)
    for one in results:
        for item in one.items:
            items[item.question.id].append(item)
    return tuple(pool(same) for same in items.values())


def gather(workshops: list[Workshop], moment: datetime) -> list[Results]:
    """Return the results of the workshops. Reads only answers whose figures may be shown."""
    counted = count(workshops, moment)
    answers = answers_to([one.survey for one in counted if one.is_shown])
    return [with_items(one, answers[one.survey.pk]) if one.is_shown else one for one in counted]


def with_counts(workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Select each workshop's survey, and annotate the counts for its `Results`.

    `marked` is the number of participants with any mark on the register, `attending` the number of
    people marked as attending, and `received` the number of responses. While the survey has a
    ballot box (`has_box`) there are no responses, so receipts are counted. The empty box of a
    survey without a closing time is ignored, because nothing of it will be released.
    """
    boxes = BallotBox.objects.filter(
        survey__workshop=OuterRef("pk"), survey__closing_at__isnull=False
    )
    marks = Attendance.objects.filter(membership__role=Membership.Role.PARTICIPANT)
    return workshops.select_related("survey").annotate(
        # Subqueries, because a join of the marks would evaluate `received` for each of them.
        marked=number_of(marks.exclude(mark=""), "workshop"),
        attending=number_of(marks.in_the_room(), "workshop", of="membership__user"),
        has_box=Exists(boxes),
        received=Case(
            When(Exists(boxes), then=number_of(Receipt.objects.all(), "survey__workshop")),
            default=number_of(Response.objects.all(), "survey__workshop"),
        ),
    )


def number_of(rows: QuerySet[Any], workshop: str, *, of: str = "pk") -> Coalesce:
    """Return an SQL expression that counts the rows whose field `workshop` is the workshop.

    Counts the different values of the field `of`. Somebody who was removed and added again has two
    memberships, but is one user.
    """
    own = rows.filter(**{workshop: OuterRef("pk")}).order_by()
    numbers = own.values(workshop).annotate(number=Count(of, distinct=of != "pk")).values("number")
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
    workshop.survey = survey if survey.pk else Survey.objects.new(workshop)
    found: Workshop = workshop
    return found


def was_asked(workshop: Any) -> bool:
    """Return whether anybody was invited to the survey of a counted workshop, or answered it."""
    return workshop.survey.pk is not None


def count(workshops: list[Any], moment: datetime) -> list[Results]:
    """Return the workshops' results without answers. Needs the annotations of `with_counts`."""
    invited = count_asked([workshop.pk for workshop in workshops if not workshop.marked])
    at_either, skipped = count_at_either(workshops), without_survey(workshops)
    counted = []
    for workshop in workshops:
        survey = getattr(workshop, "survey", None) or Survey.objects.new(workshop)
        attending = invited.get(workshop.pk, 0)
        if workshop.marked:
            attending = at_either.get(workshop.pk, workshop.attending)
        if workshop.pk in skipped:
            attending = 0
        is_closed = workshop.took_place(moment) and survey.is_closed(moment)
        counted.append(
            Results(
                workshop,
                survey,
                is_closed=is_closed and not workshop.has_box,
                is_pending=is_closed and workshop.has_box,
                has_survey=workshop.pk not in skipped,
                attending=attending,
                received=workshop.received,
                items=tuple(Item(question) for question in scored(survey)),
            )
        )
    return counted


def count_asked(workshops: list[int]) -> dict[int, int]:
    """Return a dict that maps each workshop's pk to how many people were asked without a register.

    They are those expected who did not send apologies (see surveys.invitations). At most one query.
    """
    if not workshops:
        return {}
    members = with_expected_members(Workshop.objects.filter(pk__in=workshops)).order_by()
    asked = members.exclude(has_declined())
    return dict(asked.values_list("pk").annotate(Count("member_user_id", distinct=True)))


# A pk that no survey has. Filtering by this pk makes a query, but Django makes no query if it
# filters by an empty list.
NO_SURVEY = 0


def answers_to(surveys: list[Survey]) -> dict[int, list[Answers]]:
    """Return a dict that maps each survey's pk to the answers of its responses.

    Makes one query even for an empty list, so that a page's number of queries doesn't depend on how
    many surveys have results that may be shown.
    """
    answers: defaultdict[int, list[Answers]] = defaultdict(list)
    numbers = [survey.pk for survey in surveys] or [NO_SURVEY]
    found = Response.objects.filter(survey__in=numbers).values_list("survey", "answers")
    for number, one in found:
        answers[number].append(one)
    return answers


def scored(survey: Survey) -> list[Question]:
    """Return the survey's questions that are not answered in words."""
    return [question for question in survey.questions if not question.is_text]


def with_items(counted: Results, answers: list[Answers]) -> Results:
    """Return the results with the figures of each question, as far as they may be shown."""
    return replace(
        counted,
        items=tuple(
            item_of(
                question,
                [one[question.id] for one in answers if question.id in one],
                is_closed=counted.is_closed,
            )
            for question in scored(counted.survey)
        ),
    )


def with_words(results: Results) -> Results:
    """Return the results with what people wrote, as far as it may be shown. Makes one query.

    Comments are shown all together, so that the order of decisions about them tells nothing.
    """
    found = list(Comment.objects.filter(survey=results.survey.pk or NO_SURVEY))
    if not results.is_shown:
        return results
    is_being_read = not is_finished(showable(found, results.received))
    comments: defaultdict[str, list[Comment]] = defaultdict(list)
    for comment in found:
        comments[comment.question].append(comment)
    written = [question for question in results.survey.questions if question.is_text]
    return replace(
        results,
        words=tuple(
            words_of(
                question,
                comments[question.id],
                results.received,
                is_being_read=is_being_read and bool(comments[question.id]),
            )
            for question in written
        ),
    )
