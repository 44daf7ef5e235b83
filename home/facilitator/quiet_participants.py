"""Participants who sent no RSVP, were absent twice in a row, or have never signed in.

These groups are never inferred from reflections or survey answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from django.utils.translation import gettext as _

from cohorts.models import Cohort
from home.facilitator.workload import Participant, Workload
from workshops.models import Attendance, Workshop

# A workshop that starts within this time should have everybody's RSVP.
SOON = timedelta(days=14)
# How many workshops in a row somebody must miss to be listed.
ABSENCES = 2
# At most this many participants of a group are named; the page only counts the others.
MOST_NAMED = 12


@dataclass(frozen=True)
class QuietGroup:
    """Participants of one cohort who are listed for the same reason.

    `words` is the heading of the group, which states the reason.
    """

    words: str
    cohort: Cohort
    people: list[Participant]

    @property
    def named(self) -> list[Participant]:
        return self.people[:MOST_NAMED]

    @property
    def others(self) -> int:
        return len(self.people) - len(self.named)

    @property
    def with_address(self) -> list[Participant]:
        return [one for one in self.people if one.email]

    @property
    def mailto_url(self) -> str:
        """A mailto: URL with the group in Bcc, so that people don't see each other's addresses."""
        return "mailto:?bcc=" + ",".join(quote(one.email, safe="@") for one in self.with_address)


def quiet_groups(workload: Workload) -> list[QuietGroup]:
    """Return the groups that are not empty, the most urgent first. Makes no queries."""
    found = [*without_rsvp(workload), *absent_twice(workload), *never_signed_in(workload)]
    return [group for group in found if group.people]


def without_rsvp(workload: Workload) -> Iterator[QuietGroup]:
    """Yield a group for each cohort that has a workshop soon.

    A group holds the people who have sent no RSVP to their cohort's next workshop, and are not
    marked on its register, which opens before the workshop begins.
    """
    seen = set[int]()
    for workshop in workload.to_begin_within(SOON):
        if workshop.cohort_id not in seen:
            seen.add(workshop.cohort_id)
            silent = [
                one
                for one in workload.expected_at(workshop)
                if not (entry := workload.entry(workshop, one)).answer and not entry.mark
            ]
            words = _("Haven’t said if they are coming to “%(title)s”") % {"title": workshop.title}
            yield QuietGroup(words, workshop.cohort, silent)


def absent_twice(workload: Workload) -> Iterator[QuietGroup]:
    """Yield a group for each cohort that has more workshops to come.

    A group holds the people who were absent from their cohort's last two workshops.
    """
    for cohort in workload.cohorts:
        mine = [one for one in workload.dated if one.cohort_id == cohort.pk]
        held = [one for one in mine if one.took_place(workload.moment)]
        if len(held) < ABSENCES or len(held) == len(mine):
            continue
        away = [
            one
            for one in workload.active_participants(cohort)
            if all(was_absent(workload, workshop, one) for workshop in held[-ABSENCES:])
        ]
        yield QuietGroup(_("Missed the last two workshops without apologies"), cohort, away)


def was_absent(workload: Workload, workshop: Workshop, member: Participant) -> bool:
    """Return whether the member was marked absent and had not sent apologies."""
    entry = workload.entry(workshop, member)
    return entry.mark == Attendance.Mark.ABSENT and entry.answer != Attendance.Answer.APOLOGIES


def never_signed_in(workload: Workload) -> Iterator[QuietGroup]:
    """Yield a group for each cohort: its participants who have never signed in."""
    for cohort in workload.cohorts:
        silent = [one for one in workload.never_signed_in if one.cohort_id == cohort.pk]
        yield QuietGroup(_("Invited over two weeks ago and never signed in"), cohort, silent)
