"""The content of a poll's page: the people whom a poll would e-mail, and the answers so far."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from cohorts.models import Cohort
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.availability import polls
from workshops.availability.emails import ASK_KIND
from workshops.availability.polls import (
    Unavailable,
    may_see_names,
    members_by_id,
    summarise_unavailable,
)
from workshops.availability.question import PollQuestion, default_question
from workshops.models import AvailabilityPoll, Unavailability
from workshops.planning.default_recurrence import default_recurrence, default_slots
from workshops.times import HalfDay, half_day_name


@dataclass(frozen=True)
class HalfDayRow:
    """A half day of a poll, and how many people can't make it."""

    day: date
    half: HalfDay
    unavailable: Unavailable

    @property
    def name(self) -> str:
        return half_day_name(self.day, self.half)


@dataclass(frozen=True)
class Results:
    """The results of a poll: the number of members asked and answered, and a row per half day.

    `no_answer` has the names of the members who have not answered; it is empty if the user may not
    see names.
    """

    answered: int
    asked: int
    no_answer: list[str]
    rows: list[HalfDayRow]

    @property
    def difficult(self) -> list[HalfDayRow]:
        """The half days that somebody can't make."""
        return [row for row in self.rows if row.unavailable.count]

    @property
    def free(self) -> list[HalfDayRow]:
        """The half days that everybody who answered can make."""
        return [row for row in self.rows if not row.unavailable.count]


def results(poll: AvailabilityPoll, user: User) -> Results:
    """Return the results of the poll among current members.

    Names are included if the user may see them. Makes three queries.
    """
    members = members_by_id(poll.cohort)
    answered = set(poll.answers.values_list("membership", flat=True)) & set(members)
    unavailable: defaultdict[tuple[date, str], set[int]] = defaultdict(set)
    answers = Unavailability.objects.filter(answer__poll=poll).values_list(
        "day", "half", "answer__membership"
    )
    for day, half, member in answers:
        unavailable[day, half].add(member)
    named = may_see_names(user, members)
    return Results(
        len(answered),
        len(members),
        [member.user.name for pk, member in members.items() if named and pk not in answered],
        [
            HalfDayRow(
                day, half, summarise_unavailable(unavailable[day, half], members, named=named)
            )
            for day, half in poll.half_days()
        ],
    )


def suggested_question(cohort: Cohort, moment: datetime) -> PollQuestion:
    """Return a question about the weeks in which the plan page would propose the workshops.

    Makes four queries.
    """
    workshops = list(cohort.workshops.order_by("position"))
    recurrence = default_recurrence(workshops, cohort.zone, moment)
    slots = default_slots(cohort, workshops, recurrence, moment)
    days = [slot.starts_at.astimezone(cohort.zone).date() for slot in slots]
    today = moment.astimezone(cohort.zone).date()
    first = days[0] if days else recurrence.first
    return default_question(first, days[-1] if days else first, today)


def names_to_invite(
    cohort: Cohort, user: User, question: PollQuestion, moment: datetime
) -> list[str]:
    """Return the names of the members who would get an e-mail as soon as this poll is opened.

    Opens the poll, evaluates the message rules, and rolls back.
    """

    def ask() -> None:
        polls.open_poll(cohort=cohort, by=user, at=moment, **question.as_poll(cohort.zone))

    foreseen = foresee_after(ask, cohort.pk, moment, moment)
    people = {one.recipient for one in foreseen if one.kind == ASK_KIND}
    members = members_by_id(cohort).values()
    return [member.user.name for member in members if member.user_id in people]


def due_invitations(cohort: Cohort, moment: datetime) -> list[Foreseen]:
    """Return the invitations to the cohort's poll that are due at `moment` and not queued yet."""
    return [one for one in foresee(cohort.pk, moment, moment) if one.kind == ASK_KIND]
