"""What the page shows on which a cohort is asked when it is free: whom that writes to, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from accounts.models import User
from cohorts.models import Cohort
from outbox.forecast import Foreseen, foresee, foresee_after
from workshops.availability import polls
from workshops.availability.emails import ASK_KIND
from workshops.availability.polls import Lost, lost_by_sector, may_be_named_to, members_of
from workshops.forms.availability import half_day_words, usual_question
from workshops.models import AvailabilityPoll, Unavailability
from workshops.planning.default_recurrence import default_recurrence, usual_slots
from workshops.times import HalfDay


@dataclass(frozen=True)
class HalfDayRow:
    """One half day that was asked about, and who can't make it."""

    day: date
    half: HalfDay
    lost: Lost

    @property
    def words(self) -> str:
        return half_day_words(self.day, self.half)


@dataclass(frozen=True)
class Results:
    """How many of how many have answered, and every half day with those it loses."""

    answered: int
    asked: int
    rows: list[HalfDayRow]

    @property
    def lossy(self) -> list[HalfDayRow]:
        return [row for row in self.rows if row.lost.count]

    @property
    def free(self) -> list[HalfDayRow]:
        """Those that everybody who answered can make."""
        return [row for row in self.rows if not row.lost.count]


def results(poll: AvailabilityPoll, user: User) -> Results:
    """What the members who are in the cohort now have answered, as the person may see it. Three queries."""
    members = members_of(poll.cohort)
    answered = set(poll.answers.values_list("membership", flat=True)) & set(members)
    lost: defaultdict[tuple[date, str], set[int]] = defaultdict(set)
    said = Unavailability.objects.filter(answer__poll=poll).values_list(
        "day", "half", "answer__membership"
    )
    for day, half, member in said:
        lost[day, half].add(member)
    named = may_be_named_to(user, members)
    return Results(
        len(answered),
        len(members),
        [
            HalfDayRow(day, half, lost_by_sector(lost[day, half], members, named=named))
            for day, half in poll.half_days()
        ],
    )


def usual(cohort: Cohort, moment: datetime) -> dict[str, Any]:
    """Where the form begins: the weeks over which planning would spread the workshops. Four queries."""
    workshops = list(cohort.workshops.order_by("position"))
    typed = default_recurrence(workshops, cohort.zone, moment)
    slots = usual_slots(cohort, workshops, typed, moment)
    days = [slot.starts_at.astimezone(cohort.zone).date() for slot in slots]
    today = moment.astimezone(cohort.zone).date()
    first = days[0] if days else date.fromisoformat(typed["first"])
    return usual_question(first, days[-1] if days else first, today)


def would_be_asked(
    cohort: Cohort, user: User, question: dict[str, Any], moment: datetime
) -> list[str]:
    """The names of those to whom asking this writes: the rules are asked, and nothing is done."""
    asked = {name: question[name] for name in ("first", "last", "weekdays", "halves")}
    closes_at = datetime.combine(question["answer_by"], time(23, 59), cohort.zone)

    def ask() -> None:
        polls.ask(cohort=cohort, by=user, at=moment, closes_at=closes_at, **asked)

    foreseen = foresee_after(ask, cohort.pk, moment, moment)
    people = {one.recipient for one in foreseen if one.kind == ASK_KIND}
    return [member.user.name for member in members_of(cohort).values() if member.user_id in people]


def being_asked(cohort: Cohort, moment: datetime) -> list[Foreseen]:
    """The questions that are about to be sent."""
    return [one for one in foresee(cohort.pk, moment, moment) if one.kind == ASK_KIND]
