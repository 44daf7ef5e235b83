"""Participants without a reply. Never inferred from reflections or survey answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from django.utils.translation import gettext as _

from cohorts.models import Cohort, Membership
from home.facilitator.workload import Workload
from workshops.models import Attendance, Workshop

SOON = timedelta(days=14)
MISSED = 2
MOST_NAMED = 12


@dataclass(frozen=True)
class Silence:
    """Participants of a cohort with the same reply missing."""

    words: str
    cohort: Cohort
    people: list[Membership]

    @property
    def named(self) -> list[Membership]:
        return self.people[:MOST_NAMED]

    @property
    def others(self) -> int:
        return len(self.people) - len(self.named)

    @property
    def write_to_all(self) -> str:
        """A mailto: link with everybody in Bcc, so that nobody sees who else it goes to."""
        return "mailto:?bcc=" + ",".join(quote(one.user.email, safe="@") for one in self.people)


def silences(workload: Workload) -> list[Silence]:
    """Return the silences, the most urgent first. No query."""
    found = [*unanswered(workload), *missing(workload), *never_signed_in(workload)]
    return [silence for silence in found if silence.people]


def unanswered(workload: Workload) -> Iterator[Silence]:
    """Yield the silences about each cohort's next workshop, if it is soon."""
    seen = set[int]()
    for workshop in workload.to_begin_within(SOON):
        if workshop.cohort_id not in seen:
            seen.add(workshop.cohort_id)
            silent = [
                one
                for one in workload.expected(workshop)
                if not workload.reply(workshop, one).answer
            ]
            words = _("Haven’t said if they are coming to “%(title)s”") % {"title": workshop.title}
            yield Silence(words, workshop.cohort, silent)


def missing(workload: Workload) -> Iterator[Silence]:
    """Yield the people marked absent at the last two workshops of cohorts that go on."""
    for cohort in workload.cohorts:
        mine = [one for one in workload.dated if one.cohort_id == cohort.pk]
        held = [one for one in mine if one.took_place(workload.moment)]
        if len(held) < MISSED or len(held) == len(mine):
            continue
        away = [
            one
            for one in workload.active(cohort)
            if all(was_missed(workload, workshop, one) for workshop in held[-MISSED:])
        ]
        yield Silence(_("Missed the last two workshops without apologies"), cohort, away)


def was_missed(workload: Workload, workshop: Workshop, member: Membership) -> bool:
    reply = workload.reply(workshop, member)
    return reply.mark == Attendance.Mark.ABSENT and reply.answer != Attendance.Answer.APOLOGIES


def never_signed_in(workload: Workload) -> Iterator[Silence]:
    for cohort in workload.cohorts:
        silent = [one for one in workload.never_signed_in if one.cohort_id == cohort.pk]
        yield Silence(_("Invited over two weeks ago and never signed in"), cohort, silent)
