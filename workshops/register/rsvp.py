"""RSVPs: who can answer whether they are coming to a workshop, and saving and counting answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from accounts.models import User
from accounts.signed_links import SignedLink
from cohorts.models import Membership
from workshops.models import Attendance, Workshop
from workshops.register.expected import NO_ENTRY, Entries, once_each, was_expected
from workshops.register.lines import Line, register_lines

# The link by which one member answers for one workshop. The token has the public ids of the
# workshop and of the membership.
RSVP_LINK = SignedLink("workshops:answer", salt="workshops.answering")


def rsvp_url(workshop: Workshop, membership: Membership) -> str:
    return RSVP_LINK.url(workshop.public_id, membership.public_id)


@dataclass(frozen=True)
class Invitee:
    """A member, and the workshop to which they are asked to come."""

    workshop: Workshop
    membership: Membership


def invitee_of(token: str) -> Invitee | None:
    """Return the member and workshop for whom the token of an RSVP link was made.

    Return None if the token is damaged or forged, or if the workshop or the membership has been
    deleted. Makes two queries.
    """
    ids = RSVP_LINK.ids(token, 2)
    if ids is None:
        return None
    workshop = Workshop.objects.select_related("cohort").filter(public_id=ids[0]).first()
    membership = Membership.objects.select_related("user").filter(public_id=ids[1]).first()
    if workshop is None or membership is None or membership.cohort_id != workshop.cohort_id:
        return None
    return Invitee(workshop, membership)


class Refusal(StrEnum):
    """A reason why an RSVP cannot be accepted."""

    LEFT = "left"
    FACILITATES = "facilitates"
    CANCELLED = "cancelled"
    UNPLANNED = "unplanned"
    BEGUN = "begun"
    MOVED = "moved"
    ANSWERED = "answered"


class AnswerRefusedError(Exception):
    """Raised if an RSVP cannot be accepted, for the reason `why`. Nothing was saved."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def refusal_for(invitee: Invitee, moment: datetime) -> Refusal | None:
    """Return why the invitee cannot answer at `moment`; None if they can."""
    workshop, membership = invitee.workshop, invitee.membership
    if not (membership.is_active and membership.user.is_active):
        return Refusal.LEFT
    if membership.is_facilitator:
        return Refusal.FACILITATES
    if workshop.is_cancelled:
        return Refusal.CANCELLED
    if not workshop.is_planned:
        return Refusal.UNPLANNED
    return Refusal.BEGUN if workshop.has_begun(moment) else None


def may_answer(workshop: Workshop, moment: datetime) -> bool:
    """Return whether the workshop has a date, is not cancelled and has not begun."""
    return workshop.is_planned and not workshop.is_cancelled and not workshop.has_begun(moment)


def _lock(invitee: Invitee, at: datetime) -> None:
    """Lock the workshop's row and refresh the workshop.

    Raises AnswerRefusedError if the invitee cannot answer.
    """
    invitee.workshop.lock_for_update()
    invitee.workshop.refresh_from_db(fields=["cancelled_at"])
    if why := refusal_for(invitee, at):
        raise AnswerRefusedError(why)


@transaction.atomic
def submit(
    invitee: Invitee, *, answer: str, note: str | None, seen_version: str, at: datetime
) -> None:
    """Save the RSVP that the invitee submits on a page. `note` is as for `save_answer`.

    Raises AnswerRefusedError if they can't answer, or if the workshop's version is no longer
    `seen_version`, because its date has changed since the page was shown. If `seen_version` is
    empty, the version is not checked. Locks the workshop's row.
    """
    _lock(invitee, at)
    if seen_version and seen_version != str(invitee.workshop.version):
        raise AnswerRefusedError(Refusal.MOVED)
    save_answer(
        workshop=invitee.workshop, membership=invitee.membership, answer=answer, note=note, at=at
    )
    User.objects.record_act(invitee.membership.user_id, at=at)


@transaction.atomic
def submit_for(invitee: Invitee, *, answer: str, at: datetime) -> None:
    """Save the RSVP that the invitee gave a facilitator, for example by telephone.

    Raises AnswerRefusedError if the invitee can't answer or already has an answer. Locks the
    workshop's row.
    """
    _lock(invitee, at)
    answers = invitee.workshop.attendances.filter(membership=invitee.membership)
    if answers.exclude(answer="").exists():
        raise AnswerRefusedError(Refusal.ANSWERED)
    save_answer(workshop=invitee.workshop, membership=invitee.membership, answer=answer, at=at)


def save_answer(
    *,
    workshop: Workshop,
    membership: Membership,
    answer: str,
    at: datetime,
    note: str | None = None,
) -> None:
    """Save an RSVP in place of the member's previous one, without any check.

    `note` is what the member writes to the facilitators with apologies; None leaves the saved note
    unchanged. With any other answer, the saved note is deleted.
    """
    if answer != Attendance.Answer.APOLOGIES:
        note = ""
    Attendance.objects.bulk_create(
        [
            Attendance(
                workshop=workshop,
                membership=membership,
                answer=answer,
                answered_at=at,
                note=note or "",
            )
        ],
        update_conflicts=True,
        unique_fields=["workshop", "membership"],
        update_fields=["answer", "answered_at", *([] if note is None else ["note"])],
    )


@dataclass(frozen=True)
class RsvpCounts:
    """The number of people expected at a workshop, and of those who gave each answer."""

    expected: int
    coming: int
    apologies: int

    @property
    def unanswered(self) -> int:
        return self.expected - self.coming - self.apologies


def rsvp_counts(workshop: Workshop, members: Iterable[Membership], entries: Entries) -> RsvpCounts:
    """Count the answers of everyone expected at the workshop. Makes no query.

    `members` are the cohort's past and present members, `entries` the result of `entries_of`.
    """
    known = {
        member: entries.get((member.pk, workshop.pk), NO_ENTRY)
        for member in members
        if not member.is_facilitator
    }
    expected = {
        member: bool(entry.mark)
        for member, entry in known.items()
        if was_expected(member, workshop, is_marked=bool(entry.mark))
    }
    answers = Counter(known[member].answer for member in once_each(expected))
    return RsvpCounts(
        expected=answers.total(),
        coming=answers[Attendance.Answer.COMING],
        apologies=answers[Attendance.Answer.APOLOGIES],
    )


@dataclass(frozen=True)
class LinesByAnswer:
    """The lines of everyone expected at a workshop, by their RSVP. Each list is ordered by name."""

    coming: list[Line]
    apologies: list[Line]
    unanswered: list[Line]


def lines_by_answer(workshop: Workshop) -> LinesByAnswer:
    """Return the lines of everyone expected at the workshop, by their RSVP. Makes two queries."""
    by_answer: dict[str, list[Line]] = {"coming": [], "apologies": [], "": []}
    for line in register_lines(workshop):
        by_answer[line.attendance.answer].append(line)
    return LinesByAnswer(by_answer["coming"], by_answer["apologies"], by_answer[""])
