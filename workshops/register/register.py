"""Who was expected at a workshop, who said they would come, and who came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery

from accounts.models import User
from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop
from workshops.times import Slot

OPENS_BEFORE = timedelta(hours=1)


def expected(workshop: Workshop) -> MembershipQuerySet:
    """The participants who were in the cohort as the workshop began, or are marked on its register.

    For one to come, they are those who are in the cohort now.
    """
    were_there = Q(left_at=None)
    if workshop.starts_at is not None:
        were_there = Q(joined_at__lte=workshop.starts_at) & (
            were_there | Q(left_at__gt=workshop.starts_at)
        )
    marked = workshop.attendances.marked().values("membership")
    return participants(workshop).filter(were_there | Q(pk__in=marked))


def participants(workshop: Workshop) -> MembershipQuerySet:
    return Membership.objects.filter(cohort=workshop.cohort_id).participating()


def was_expected(member: Membership, workshop: Workshop, *, is_marked: bool) -> bool:
    """The rule of `expected`, for a participant and a workshop that are here already."""
    if is_marked:
        return True
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
    def answer(self) -> str:
        return self.attendance.get_answer_display()


def lines(workshop: Workshop) -> list[Line]:
    """Everyone expected, by name. Two queries."""
    return lines_of(workshop, expected(workshop))


def lines_known(workshop: Workshop, member_ids: Iterable[str]) -> list[Line]:
    """Of these people those who are or were on the register: a mark taken back can be made again. Two queries."""
    marked_once = workshop.attendances.filter(marked_at__isnull=False).values("membership")
    known = expected(workshop) | participants(workshop).filter(pk__in=marked_once)
    return lines_of(workshop, known.filter(public_id__in=member_ids))


def lines_of(workshop: Workshop, members: MembershipQuerySet) -> list[Line]:
    attendances = workshop.attendances.select_related("marked_by")
    known = {attendance.membership_id: attendance for attendance in attendances}
    return [
        Line(member, known.get(member.pk) or Attendance(workshop=workshop, membership=member))
        for member in members.by_name()
    ]


@dataclass(frozen=True)
class Entry:
    """How somebody is marked; an empty mark takes back the one there was."""

    mark: str
    came_at: datetime | None = None
    went_at: datetime | None = None
    tapped_at: datetime | None = None


def minutes_of(workshop: Workshop, entry: Entry) -> int | None:
    """How long somebody partly present was there; None if nobody wrote when they came or left."""
    if entry.came_at is None and entry.went_at is None:
        return None
    came_at, went_at = entry.came_at or workshop.starts_at, entry.went_at or workshop.ends_at
    return Slot(came_at, went_at).minutes if came_at and went_at else None


def mark(
    *, workshop: Workshop, membership: Membership, entry: Entry, by: User, at: datetime
) -> None:
    """Marks one person. Of two facilitators who mark at once, the later tap counts, whichever comes first."""
    mark_all(workshop=workshop, entries={membership.pk: entry}, by=by, at=at)


def mark_all(*, workshop: Workshop, entries: Mapping[int, Entry], by: User, at: datetime) -> None:
    """Marks several people, by their membership's number; each mark is of the moment when it was tapped."""
    Attendance.objects.keep_latest(
        [
            Attendance(
                workshop=workshop,
                membership_id=number,
                mark=entry.mark,
                minutes=minutes_of(workshop, entry),
                came_at=entry.came_at,
                went_at=entry.went_at,
                marked_at=moment_of_tap(workshop, entry, at),
                marked_by=by,
            )
            for number, entry in entries.items()
        ]
    )


def moment_of_tap(workshop: Workshop, entry: Entry, at: datetime) -> datetime:
    """When it was tapped, as far as that can be: the register was open then, and the moment had come."""
    tapped_at = min(entry.tapped_at or at, at)
    return max(tapped_at, opens_at(workshop) or tapped_at)


@transaction.atomic
def mark_the_rest_present(*, workshop: Workshop, by: User, at: datetime) -> int:
    """Marks all who have no mark: present, or apologies if they sent them. How many; a mark made meanwhile stays."""
    members = list(expected(workshop).values_list("pk", flat=True))
    Attendance.objects.bulk_create(
        [Attendance(workshop=workshop, membership_id=number) for number in members],
        ignore_conflicts=True,
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
    *,
    workshop: Workshop,
    membership: Membership,
    answer: str,
    at: datetime,
    word: str | None = None,
) -> None:
    """Notes what somebody says beforehand: coming, or apologies. They may change their mind until it begins.

    A word to the facilitators goes with apologies alone; None leaves the one that there is.
    """
    if answer != Attendance.Answer.APOLOGIES:
        word = ""
    Attendance.objects.bulk_create(
        [
            Attendance(
                workshop=workshop,
                membership=membership,
                answer=answer,
                answered_at=at,
                word=word or "",
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
