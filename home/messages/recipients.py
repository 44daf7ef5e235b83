"""Who gets one of a cohort's messages, and what became of each copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.deliverability import unreached_in
from cohorts.models import Cohort, Membership
from outbox.forecast import Unwritten
from outbox.models import Message, MessageOverride, Outcome, SuppressedAddress
from outbox.models.messages import DROPPED, FAILED, OPEN
from outbox.overrides import Occasion


class State(models.TextChoices):
    """What a page says about one recipient's copy."""

    SENT = "sent", gettext_lazy("Sent")
    FAILED = "failed", gettext_lazy("Failed")
    BOUNCED = "bounced", gettext_lazy("Bounced")
    UNREACHED = "unreached", gettext_lazy("Not reached")
    SKIPPED = "skipped", gettext_lazy("Skipped")
    NOT_SENT = "not-sent", gettext_lazy("Not sent")
    WAITING = "waiting", gettext_lazy("Waiting")
    COMING = "coming", gettext_lazy("To come")
    DUE = "due", gettext_lazy("Going out")
    MISSED = "missed", gettext_lazy("Missed")
    UNKNOWN = "", ""


TONES = {
    State.SENT: "good",
    State.FAILED: "warn",
    State.BOUNCED: "warn",
    State.MISSED: "warn",
    State.UNREACHED: "warn",
}


@dataclass(frozen=True)
class Recipient:
    """A person and their copy of a message: written (`message`), or not yet (`owed`)."""

    person: User | None
    member: Membership | None
    moment: datetime
    message: Message | None = None
    owed: Unwritten | None = None
    skip: MessageOverride | None = None
    suppressed: SuppressedAddress | None = None

    @property
    def is_skipped(self) -> bool:
        return self.skip is not None

    @property
    def is_open(self) -> bool:
        """True if their copy may still be sent, or could be if it were not skipped."""
        if self.message:
            return self.message.outcome in OPEN
        return self.owed is not None and self.owed.phase(self.moment) != "missed"

    @property
    def is_unreached(self) -> bool:
        """True if their copy is stopped only by a suppressed address."""
        return self.suppressed is not None and self.is_open and not self.is_skipped

    @property
    def gets_it(self) -> bool:
        """True if they have it, as far as we know, or will get it."""
        if self.message and self.message.sent_at:
            return self.message.outcome == Outcome.SENT
        return self.is_open and not self.is_skipped and not self.is_unreached

    @property
    def why(self) -> str:
        """Return the reason of the state, in a sentence, or nothing."""
        if self.suppressed and self.is_unreached:
            return self.suppressed.plainly
        return self.message.reason if self.message else ""

    @property
    def state(self) -> State:
        if self.is_unreached:
            return State.UNREACHED
        if self.message and (state := state_of_ended(self.message)):
            return state
        if self.skip:
            return State.SKIPPED
        if self.message:
            return State.NOT_SENT if self.message.outcome in DROPPED else State.WAITING
        return State(self.owed.phase(self.moment)) if self.owed else State.UNKNOWN

    @property
    def label(self) -> str:
        """Return the words of the tag."""
        by = self.skip.skipped_by if self.skip else None
        if self.state is State.SKIPPED and by:
            return _("Skipped by %(name)s") % {"name": by.first_name}
        return str(self.state.label)

    @property
    def tone(self) -> str:
        """Return the CSS class of the tag."""
        return TONES.get(self.state, "")


def state_of_ended(message: Message) -> State | None:
    if message.outcome in FAILED:
        return State.FAILED
    return {Outcome.SENT: State.SENT, Outcome.BOUNCED: State.BOUNCED}.get(Outcome(message.outcome))


@dataclass(frozen=True)
class Recipients:
    """The recipients of one occasion, by name. Empty unless the kind's visibility shows them."""

    cohort: Cohort
    occasion: Occasion
    owed: list[Unwritten]
    moment: datetime
    are_visible: bool

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self.all)

    @cached_property
    def members(self) -> list[Membership]:
        """Everybody who is or was in the cohort, by name, each with their latest membership."""
        by_person = {
            member.user_id: member
            for member in self.cohort.memberships.by_name().order_by("joined_at", "pk")
        }
        return sorted(by_person.values(), key=lambda one: (one.user.name, one.pk))

    @cached_property
    def suppressed(self) -> dict[int, SuppressedAddress]:
        """The suppressed addresses of the cohort, by the person's pk."""
        return unreached_in(self.cohort) if self.are_visible else {}

    @cached_property
    def all(self) -> list[Recipient]:
        if not self.are_visible:
            return []
        members = {member.user_id: member for member in self.members}
        skips = self.skips()
        # The words of each e-mail are on a page of their own.
        messages = (
            self.occasion.messages().select_related("recipient").defer("text", "html", "calendar")
        )
        written = [
            Recipient(
                one.recipient,
                members.get(one.recipient_id or 0),
                self.moment,
                message=one,
                skip=skips.get(one.recipient_id) or skips.get(None),
                suppressed=self.suppressed.get(one.recipient_id or 0),
            )
            for one in messages.order_by("due_at", "pk")
        ]
        owed = [
            Recipient(
                members[one.recipient].user,
                members[one.recipient],
                self.moment,
                owed=one,
                skip=skips.get(one.recipient) or skips.get(None),
                suppressed=self.suppressed.get(one.recipient),
            )
            for one in self.owed
            if one.recipient in members
        ]
        return sorted([*owed, *written], key=lambda one: (str(one.person or "~"), not one.is_open))

    def skips(self) -> dict[int | None, MessageOverride]:
        """Return the skips by the person's pk; None for everybody."""
        skips = MessageOverride.objects.of(self.occasion.kind, self.occasion.subject_id).skipping()
        return {one.recipient_id: one for one in skips.select_related("skipped_by")}

    @property
    def count(self) -> int:
        """How many have it or will get it."""
        return sum(one.gets_it for one in self)

    @property
    def sent_count(self) -> int:
        return sum(bool(one.message and one.message.sent_at) for one in self)

    def find(self, public_id: str) -> Membership | None:
        """Return the membership of this id, if it is among them."""
        members = (one.member for one in self if one.member)
        return next((member for member in members if member.public_id == public_id), None)

    def of(self, person: User | None) -> list[Recipient]:
        """Return those of one person, or all."""
        return [one for one in self if person in (None, one.person)]
