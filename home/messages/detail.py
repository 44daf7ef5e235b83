"""One line of a cohort's messages, opened: who gets it, what became of each, and how it reads for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import Http404

from accounts.models import User
from cohorts.deliverability import Unreached, unreached_in
from cohorts.models import Cohort, Membership
from home.messages.timeline import Line, timeline
from outbox.content.email import Letter, read_safely
from outbox.forecast import Unwritten, letter_to, unwritten
from outbox.models import Message, MessageOverride, SuppressedAddress
from outbox.overrides import FURTHEST, Occasion
from outbox.rules import Rule, all_rules

TROUBLES = ("Failed", "Came back", "Missed", "Not reached")


@dataclass(frozen=True)
class Addressee:
    """Somebody who gets it, and what is to become, or became, of theirs."""

    person: User | None
    member: Membership | None
    message: Message | None = None
    owed: Unwritten | None = None
    skip: MessageOverride | None = None
    bounced: SuppressedAddress | None = None
    moment: datetime | None = None

    @property
    def is_skipped(self) -> bool:
        return self.skip is not None

    @property
    def is_open(self) -> bool:
        """It has yet to go out, or would if it were not skipped."""
        if self.message:
            return self.message.status == "waiting"
        return bool(self.owed and self.moment and self.owed.phase(self.moment) != "missed")

    @property
    def is_unreached(self) -> bool:
        """It would go out, and e-mail does not reach them."""
        return self.bounced is not None and self.is_open and not self.is_skipped

    @property
    def gets_it(self) -> bool:
        """They have it, as far as we know, or are to get it."""
        if self.message and self.message.sent_at:
            return self.message.bounced_at is None
        return self.is_open and not self.is_skipped and not self.is_unreached

    @property
    def why(self) -> str:
        """What is to be said of its state."""
        if self.bounced and self.is_unreached:
            return self.bounced.plainly
        return self.message.reason if self.message else ""

    @property
    def state(self) -> str:
        """The words of its tag."""
        if self.is_unreached:
            return "Not reached"
        if self.message and self.message.bounced_at:
            return "Came back"
        if self.message and (self.message.sent_at or self.message.failed_at):
            return self.message.status.capitalize()
        if self.skip:
            return (
                f"Skipped by {self.skip.skipped_by.first_name}"
                if self.skip.skipped_by
                else "Skipped"
            )
        if self.message:
            return "Not sent" if self.message.dropped_at else "Waiting"
        if not self.owed or not self.moment:
            return ""
        return {"coming": "To come", "due": "Going out", "missed": "Missed"}[
            self.owed.phase(self.moment)
        ]

    @property
    def tone(self) -> str:
        return "good" if self.state == "Sent" else "warn" if self.state in TROUBLES else ""


@dataclass(frozen=True)
class OneMessage:
    """A kind of message about one thing, in a cohort that the reader runs."""

    cohort: Cohort
    rule: Rule
    subject_id: int
    lines: Sequence[Line]
    moment: datetime

    @classmethod
    def found(cls, cohort: Cohort, kind: str, subject_id: int, moment: datetime) -> OneMessage:
        """Raises Http404 unless the cohort has a line of it."""
        rule = all_rules().get(kind)
        if rule is None:
            raise Http404
        lines = timeline(cohort, list(cohort.workshops.all()), moment, [kind]).of(kind, subject_id)
        if not lines:
            raise Http404
        return cls(cohort, rule, subject_id, lines, moment)

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.cohort.pk, self.rule.kind, self.subject_id)

    @property
    def line(self) -> Line:
        """The one that is next; of what is over the last."""
        return next((line for line in self.lines if line.batch.at > self.moment), self.lines[-1])

    @property
    def adjustment(self) -> MessageOverride | None:
        return self.line.adjustment

    def adjustment_for(self, person: User | None) -> MessageOverride | None:
        """What was changed for them alone, or for everybody."""
        if person is None:
            return self.adjustment
        changed = MessageOverride.objects.of(self.rule.kind, self.subject_id).filter(
            recipient=person
        )
        return changed.select_related("noted_by").first()

    @property
    def is_skipped(self) -> bool:
        return bool(self.adjustment and self.adjustment.is_skipped)

    @property
    def shows_recipients(self) -> bool:
        return self.rule.visibility.shows_recipients

    @cached_property
    def owed(self) -> list[Unwritten]:
        found = unwritten(self.cohort.pk, self.moment, [self.rule.kind])
        return [one for one in found if one.subject_id == self.subject_id]

    @cached_property
    def unreached(self) -> dict[int, SuppressedAddress]:
        """By the person's number; nobody of a confidential kind."""
        return unreached_in(self.cohort) if self.shows_recipients else {}

    @cached_property
    def members(self) -> list[Membership]:
        """Everybody who is or was in the cohort, by name; of somebody who came back the latest membership."""
        by_person = {
            member.user_id: member
            for member in self.cohort.memberships.by_name().order_by("joined_at", "pk")
        }
        return sorted(by_person.values(), key=lambda one: (one.user.name, one.pk))

    @cached_property
    def addressees(self) -> list[Addressee]:
        """By name; nobody of a confidential kind."""
        if not self.shows_recipients:
            return []
        members = {member.user_id: member for member in self.members}
        skips = {
            one.recipient_id: one
            for one in MessageOverride.objects.of(self.rule.kind, self.subject_id)
            .skipping()
            .select_related("skipped_by")
        }
        # The words of each letter are read on a page of its own.
        messages = (
            self.occasion.messages().select_related("recipient").defer("text", "html", "calendar")
        )
        written = [
            Addressee(
                one.recipient,
                members.get(one.recipient_id or 0),
                message=one,
                skip=skips.get(one.recipient_id) or skips.get(None),
                bounced=self.unreached.get(one.recipient_id or 0),
                moment=self.moment,
            )
            for one in messages.order_by("due_at", "pk")
        ]
        owed = [
            Addressee(
                members[one.recipient].user,
                members[one.recipient],
                owed=one,
                skip=skips.get(one.recipient) or skips.get(None),
                bounced=self.unreached.get(one.recipient),
                moment=self.moment,
            )
            for one in self.owed
            if one.recipient in members
        ]
        return sorted([*owed, *written], key=lambda one: (str(one.person or "~"), not one.is_open))

    @property
    def number_who_get_it(self) -> int:
        return sum(one.gets_it for one in self.addressees)

    @property
    def is_open(self) -> bool:
        """Somebody may still get it: then it can be noted, skipped and looked at."""
        if not self.shows_recipients:
            return (
                any(
                    line.is_to_come or line.state in ("Going out", "Waiting") for line in self.lines
                )
                or self.is_skipped
            )
        return any(one.is_open for one in self.addressees)

    def may_reach(self, person: User | None) -> bool:
        """The one person, or anybody; also were it not skipped."""
        if person is None:
            return self.is_open
        return any(one.is_open for one in self.addressees if one.person == person)

    def over_for(self, person: User | None) -> str:
        """Why nobody, or the one person, gets it any more, in a sentence."""
        ended = [one.message for one in self.addressees if person in (None, one.person)]
        has_gone = any(message and message.sent_at for message in ended)
        if self.is_skipped:
            return "it is skipped already."
        if person:
            return (
                f"{person} has it already." if has_gone else f"{person} does not get it any more."
            )
        return "it has gone out already." if has_gone else "it does not go out any more."

    @property
    def number_sent(self) -> int:
        """How many have it already; of a confidential kind nobody is told."""
        return sum(bool(one.message and one.message.sent_at) for one in self.addressees)

    @property
    def may_change(self) -> bool:
        return self.rule.overrides is not None and self.is_open

    @cached_property
    def early(self) -> list[int]:
        """To whom it would go if it were sent now (their numbers)."""
        rows = self.rule.due_early(self.moment, self.moment + FURTHEST)
        if rows is None or self.is_skipped:
            return []
        of_this = rows.filter(owed_group=self.cohort.pk, owed_subject=self.subject_id)
        return list(
            self.rule.unwritten(of_this).order_by().values_list("owed_recipient", flat=True)
        )

    @property
    def early_count(self) -> int:
        """How many would get it."""
        return sum(number not in self.unreached for number in self.early)

    @property
    def early_in_vain(self) -> list[Unreached]:
        """Who would not, as e-mail does not reach them."""
        return [
            Unreached(member, self.unreached[member.user_id])
            for member in self.members
            if member.user_id in self.early and member.user_id in self.unreached
        ]

    # How it reads -------------------------------------------------------------------------------------------------

    @cached_property
    def readers(self) -> list[Membership]:
        """For whom it can be looked at: those who may still get it; of a confidential kind every participant there is,
        so that a name among them says nothing."""
        if not self.shows_recipients:
            return [one for one in self.members if one.is_active and not one.is_facilitator]
        return [one.member for one in self.addressees if one.is_open and one.member]

    def reader(self, public_id: str | None) -> Membership | None:
        """The one of that id, or the first; None if nobody gets it any more."""
        chosen = (one for one in self.readers if one.public_id == public_id)
        return next(chosen, self.readers[0] if self.readers else None)

    def letter(self, member: Membership) -> Letter:
        """As the person would get it if it went now, with private links that lead nowhere."""
        due_at = self.line.batch.due_at
        if self.shows_recipients:
            theirs = next(one for one in self.addressees if one.is_open and one.member == member)
            if theirs.message:
                due_at = theirs.message.due_at
            elif theirs.owed:
                due_at = theirs.owed.due_at
        return read_safely(
            letter_to(
                member.user,
                kind=self.rule.kind,
                subject_id=self.subject_id,
                group_id=self.cohort.pk,
                membership_id=member.pk,
                due_at=due_at,
            )
        )
