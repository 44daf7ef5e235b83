"""The past of a cohort: RSVPs, attendance, reflections, survey answers and messages."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from django.db.models import Model

from cohorts.models import Membership
from outbox.models import Message, Outcome
from reflections.models import Audience, Reflection, Reply
from surveys.models import Comment, Receipt, Response, Survey
from workshops.models import Attendance, Workshop

BATCH = 1000
DAY = timedelta(days=1)
MESSAGES = {
    "week-before": -7 * DAY,
    "day-before": -DAY,
    "survey": DAY / 4,
    "survey-nudge": 3 * DAY,
    "survey-nudge-2": 6 * DAY,
}
AUDIENCES = (*[Audience.ONLY_ME] * 5, *[Audience.FACILITATORS] * 3, *[Audience.COHORT] * 2)
MARKS = (
    *[Attendance.Mark.PRESENT] * 17,
    Attendance.Mark.PARTLY,
    Attendance.Mark.APOLOGIES,
    Attendance.Mark.ABSENT,
)
SENTENCE = (
    "We listened to the ward before we spoke, "
    "and it changed what I thought that my part in this was. "
)

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Company:
    """The members of a cohort, the facilitator first, and its workshops."""

    members: list[Membership]
    workshops: list[Workshop]

    @property
    def leader(self) -> Membership:
        return self.members[0]

    @property
    def participants(self) -> list[Membership]:
        return self.members[1:]


@dataclass(frozen=True)
class Past:
    """A builder of the rows of one cohort's past. The same random seed gives the same rows."""

    company: Company
    now: datetime
    chance: random.Random

    @property
    def held(self) -> list[tuple[Workshop, datetime]]:
        """Return the workshops that took place, each with the time at which it ended."""
        workshops = self.company.workshops
        return [(one, one.ends_at) for one in workshops if one.ends_at and one.took_place(self.now)]

    def attendances(self) -> Iterator[Attendance]:
        for workshop in self.company.workshops:
            if workshop.starts_at is None or workshop.scheduled_at is None:
                continue
            for member in self.company.participants:
                said = {
                    "answer": Attendance.Answer.COMING,
                    "answered_at": workshop.scheduled_at + DAY,
                }
                marked = {
                    "mark": self.chance.choice(MARKS),
                    "marked_at": workshop.starts_at,
                    "marked_by": self.company.leader.user,
                }
                facts = said | marked if workshop.took_place(self.now) else said
                yield Attendance(workshop=workshop, membership=member, **facts)

    def reflections(self) -> Iterator[Reflection]:
        for workshop, ended in self.held:
            for member in self.company.participants:
                written = ended + DAY
                audience = self.chance.choice(AUDIENCES)
                yield Reflection(
                    author=member.user,
                    cohort=workshop.cohort,
                    workshop=workshop,
                    body=SENTENCE * 6,
                    audience=audience,
                    written_at=written,
                    changed_at=written,
                    shared_at=None if audience == Audience.ONLY_ME else written,
                )

    def surveys(self) -> Iterator[Survey]:
        for workshop, ended in self.held:
            yield Survey(workshop=workshop, closing_at=ended + timedelta(days=14))

    def receipts(self, survey: Survey) -> Iterator[Receipt]:
        for member in self.company.participants[: self.answering]:
            yield Receipt(survey=survey, membership=member)

    def responses(self, survey: Survey) -> Iterator[Response]:
        scales = [question.id for question in survey.questions if question.is_scale]
        for _ in range(self.answering):
            answers = {name: self.chance.randint(2, 5) for name in scales}
            yield Response(survey=survey, answers=answers)

    def comments(self, survey: Survey) -> Iterator[Comment]:
        for _ in range(self.answering * 2 // 5):
            yield Comment(
                survey=survey,
                question="change",
                text=SENTENCE,
                decision=Comment.Decision.SHOWN,
                read_at=survey.closing_at,
            )

    @property
    def answering(self) -> int:
        return -(-len(self.company.participants) * 4 // 5)

    def messages(self) -> Iterator[Message]:
        changes = sum(workshop.sequence for workshop in self.company.workshops)
        for member in self.company.members if changes else ():
            for kind, key in (("invitation", ""), ("calendar-entries", f"{changes}:")):
                key = f"{kind}:{key}{member.pk}"
                yield self.message(kind, key, member, member.cohort_id, member.joined_at)
        for workshop in self.company.workshops:
            for kind, after in MESSAGES.items():
                if workshop.starts_at is None or (due := workshop.starts_at + after) > self.now:
                    continue
                for member in self.company.participants:
                    key = f"{kind}:{workshop.pk}:{workshop.version}:{member.pk}"
                    yield self.message(kind, key, member, workshop.pk, due)

    def message(
        self, kind: str, key: str, to: Membership, subject_id: int, at: datetime
    ) -> Message:
        return Message(
            kind=kind,
            key=key,
            recipient=to.user,
            group_id=to.cohort_id,
            membership_id=to.pk,
            subject_id=subject_id,
            made_at=at,
            due_at=at,
            expires_at=at + DAY,
            try_at=at,
            attempts=1,
            outcome=Outcome.SENT,
            sent_at=at,
            address=to.user.email,
            subject=kind,
            text=SENTENCE * 3,
            html=SENTENCE * 5,
        )


def keep(table: type[Row], rows: Iterable[Row]) -> list[Row]:
    return table._default_manager.bulk_create(rows, BATCH)


def replies(reflections: list[Reflection], leaders: dict[int, Membership]) -> Iterator[Reply]:
    """Yield a reply by the cohort's facilitator to every second shared reflection."""
    for one in [one for one in reflections if one.is_shared][::2]:
        yield Reply(
            reflection=one,
            author=leaders[one.cohort_id].user,
            body=SENTENCE,
            written_at=one.written_at + DAY,
        )


def write_past(companies: list[Company], now: datetime) -> None:
    chance = random.Random(1848)
    pasts = [Past(company, now, chance) for company in companies]
    keep(Attendance, chain.from_iterable(past.attendances() for past in pasts))
    reflections = keep(Reflection, chain.from_iterable(past.reflections() for past in pasts))
    leaders = {company.leader.cohort_id: company.leader for company in companies}
    keep(Reply, replies(reflections, leaders))
    surveys = [(past, survey) for past in pasts for survey in keep(Survey, past.surveys())]
    keep(Receipt, chain.from_iterable(past.receipts(survey) for past, survey in surveys))
    keep(Response, chain.from_iterable(past.responses(survey) for past, survey in surveys))
    keep(Comment, chain.from_iterable(past.comments(survey) for past, survey in surveys))
    keep(Message, chain.from_iterable(past.messages() for past in pasts))
