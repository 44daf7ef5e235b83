"""Who was expected at a workshop, who said they would come, and who came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery

from accounts.models import User
from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop

OPENS_BEFORE = timedelta(hours=1)


def expected(workshop: Workshop) -> MembershipQuerySet:
    """The participants who were in the cohort as the workshop began; for one to come, those who are in it now."""
    members = Membership.objects.filter(cohort=workshop.cohort_id).participating()
    if workshop.starts_at is None:
        return members.active()
    return members.filter(joined_at__lte=workshop.starts_at).filter(
        Q(left_at=None) | Q(left_at__gt=workshop.starts_at)
    )


def was_expected(member: Membership, workshop: Workshop) -> bool:
    """The rule of `expected`, for a participant and a workshop that are here already."""
    if workshop.starts_at is None:
        return member.is_active
    has_left = member.left_at is not None and member.left_at <= workshop.starts_at
    return member.joined_at <= workshop.starts_at and not has_left


def opens_at(workshop: Workshop) -> datetime | None:
    """From when marks can be made; None while it has no date."""
    return workshop.starts_at and workshop.starts_at - OPENS_BEFORE


def is_open(workshop: Workshop, moment: datetime) -> bool:
    opens = opens_at(workshop)
    return opens is not None and opens <= moment and not workshop.is_cancelled


@dataclass(frozen=True)
class Line:
    """One person on the register, with what is known of them at this workshop."""

    membership: Membership
    attendance: Attendance

    @property
    def mark(self) -> str:
        return self.attendance.mark

    @property
    def minutes(self) -> int | None:
        return self.attendance.minutes

    @property
    def answer(self) -> str:
        return self.attendance.get_answer_display()


def lines(workshop: Workshop) -> list[Line]:
    """Everyone expected, by name. Two queries."""
    known = {attendance.membership_id: attendance for attendance in workshop.attendances.all()}
    return [
        Line(member, known.get(member.pk) or Attendance(workshop=workshop, membership=member))
        for member in expected(workshop).by_name()
    ]


def line_of(workshop: Workshop, membership: Membership) -> Line:
    """The one line, as it is now."""
    attendance = workshop.attendances.filter(membership=membership).first()
    return Line(membership, attendance or Attendance(workshop=workshop, membership=membership))


@dataclass(frozen=True)
class Entry:
    """How somebody is marked; an empty mark takes back the one there was."""

    mark: str
    minutes: int | None = None


def mark(*, workshop: Workshop, membership: Membership, entry: Entry, by: User, at: datetime) -> None:
    """Marks one person. Of two facilitators who mark at once, the later one counts."""
    mark_all(workshop=workshop, entries={membership.pk: entry}, by=by, at=at)


@transaction.atomic
def mark_all(*, workshop: Workshop, entries: Mapping[int, Entry], by: User, at: datetime) -> None:
    """Marks several people, by their membership's number. One statement writes, so there is one row a person."""
    marked = [
        Attendance(
            workshop=workshop,
            membership_id=number,
            mark=entry.mark,
            minutes=entry.minutes,
            marked_at=at,
            marked_by=by,
        )
        for number, entry in entries.items()
        if entry.mark
    ]
    Attendance.objects.bulk_create(
        marked,
        update_conflicts=True,
        unique_fields=["workshop", "membership"],
        update_fields=["mark", "minutes", "marked_at", "marked_by"],
    )
    cleared = [number for number, entry in entries.items() if not entry.mark]
    workshop.attendances.filter(membership__in=cleared).update(
        mark="", minutes=None, marked_at=None, marked_by=None
    )


@transaction.atomic
def mark_the_rest_present(*, workshop: Workshop, by: User, at: datetime) -> int:
    """Marks all who have no mark: present, or apologies if they sent them. How many; a mark made meanwhile stays."""
    members = list(expected(workshop).values_list("pk", flat=True))
    Attendance.objects.bulk_create(
        [Attendance(workshop=workshop, membership_id=number) for number in members], ignore_conflicts=True
    )
    unmarked = workshop.attendances.filter(membership__in=members, mark="")
    stamp = {"marked_at": at, "marked_by": by}
    sent_apologies = unmarked.filter(answer=Attendance.Answer.APOLOGIES)
    return sent_apologies.update(mark=Attendance.Mark.APOLOGIES, **stamp) + unmarked.update(
        mark=Attendance.Mark.PRESENT, **stamp
    )


def may_answer(workshop: Workshop, moment: datetime) -> bool:
    """Does it still help to say whether one is coming?"""
    return workshop.is_planned and not workshop.is_cancelled and not workshop.has_begun(moment)


def answer(
    *, workshop: Workshop, membership: Membership, answer: str, at: datetime, word: str | None = None
) -> None:
    """Notes what somebody says beforehand: coming, or apologies. They may change their mind until it begins.

    A word to the facilitators goes with apologies alone; None leaves the one that there is.
    """
    if answer != Attendance.Answer.APOLOGIES:
        word = ""
    Attendance.objects.bulk_create(
        [
            Attendance(
                workshop=workshop, membership=membership, answer=answer, answered_at=at, word=word or ""
            )
        ],
        update_conflicts=True,
        unique_fields=["workshop", "membership"],
        update_fields=["answer", "answered_at", *([] if word is None else ["word"])],
    )


@dataclass(frozen=True)
class Standing:
    """How many of those expected have said what."""

    expected: int
    coming: int
    apologies: int

    @property
    def unanswered(self) -> int:
        return self.expected - self.coming - self.apologies


def standing(workshop: Workshop) -> Standing:
    """Who is coming, in numbers. One query."""
    said = Attendance.objects.filter(workshop=workshop, membership=OuterRef("pk")).values("answer")
    return Standing(
        **expected(workshop)
        .annotate(said=Subquery(said[:1]))
        .aggregate(
            expected=Count("pk"),
            coming=Count("pk", filter=Q(said=Attendance.Answer.COMING)),
            apologies=Count("pk", filter=Q(said=Attendance.Answer.APOLOGIES)),
        )
    )


@dataclass(frozen=True)
class Tally:
    """The register in numbers, read aloud as it grows."""

    people: int
    present: int
    partly: int
    apologies: int
    absent: int

    @property
    def marked(self) -> int:
        return self.present + self.partly + self.apologies + self.absent

    @property
    def unmarked(self) -> int:
        return self.people - self.marked


def tally(register: Sequence[Line]) -> Tally:
    marks = [line.mark for line in register]
    return Tally(len(marks), **{choice.value: marks.count(choice) for choice in Attendance.Mark})
