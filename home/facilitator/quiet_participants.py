"""Whom a facilitator has not heard from. Never from who writes reflections or answers surveys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from cohorts.models import Cohort, Membership
from home.facilitator.workload import Running
from workshops.models import Attendance, Workshop

SOON = timedelta(days=14)
MISSED = 2


@dataclass(frozen=True)
class Silence:
    """What some people of a cohort have in common: something they have not said."""

    words: str
    cohort: Cohort
    people: list[Membership]

    @property
    def write_to_all(self) -> str:
        """Opens the facilitator's own mail program; nobody sees who else it goes to."""
        return "mailto:?bcc=" + ",".join(quote(one.user.email, safe="@") for one in self.people)


def silences(running: Running) -> list[Silence]:
    """The soonest first. No query."""
    found = [*unanswered(running), *missing(running), *never_in(running)]
    return [silence for silence in found if silence.people]


def unanswered(running: Running) -> list[Silence]:
    """Of each cohort's next workshop, if it is soon."""
    found, seen = list[Silence](), set[int]()
    for workshop in running.to_begin_within(SOON):
        if workshop.cohort_id not in seen:
            seen.add(workshop.cohort_id)
            silent = [
                one
                for one in running.expected(workshop)
                if not running.attendance(workshop, one).answer
            ]
            found.append(
                Silence(f"Not said if they come to “{workshop.title}”", workshop.cohort, silent)
            )
    return found


def missing(running: Running) -> list[Silence]:
    """Marked absent at the last two, of cohorts that go on."""
    found = list[Silence]()
    for cohort in running.cohorts:
        mine = [one for one in running.on if one.cohort_id == cohort.pk]
        held = [one for one in mine if one.is_held(running.moment)]
        if len(held) < MISSED or len(held) == len(mine):
            continue
        away = [
            one
            for one in running.active(cohort)
            if all(was_missed(running, workshop, one) for workshop in held[-MISSED:])
        ]
        found.append(Silence("Missed the last two workshops without apologies", cohort, away))
    return found


def was_missed(running: Running, workshop: Workshop, member: Membership) -> bool:
    attendance = running.attendance(workshop, member)
    return (
        attendance.mark == Attendance.Mark.ABSENT
        and attendance.answer != Attendance.Answer.APOLOGIES
    )


def never_in(running: Running) -> list[Silence]:
    return [
        Silence(
            "Invited over two weeks ago, and never signed in",
            cohort,
            [one for one in running.never_signed_in if one.cohort_id == cohort.pk],
        )
        for cohort in running.cohorts
    ]
