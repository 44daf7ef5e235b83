"""The recipients of a kind of message about one subject, and the state of each one's e-mail."""

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
from outbox.bounces.smtp_replies import in_plain_words
from outbox.forecast import Unwritten
from outbox.models import Message, MessageOverride, Outcome, SuppressedAddress
from outbox.models.messages import DROPPED, FAILED, OPEN
from outbox.overrides import Occasion


class State(models.TextChoices):
    """The state of the e-mail to one recipient, as a page shows it."""

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


# The CSS class for the colour of each state. Other states have the default colour.
TONES = {
    State.SENT: "good",
    State.FAILED: "warn",
    State.BOUNCED: "warn",
    State.MISSED: "warn",
    State.UNREACHED: "warn",
}


@dataclass(frozen=True)
class Recipient:
    """A recipient of a message, and the e-mail to them.

    Either `message` is set (the e-mail is in the queue or was sent) or `owed` (no `Message` row
    exists yet). `member` is None for a user without a membership of the cohort, and `person` is
    None for a message whose user was deleted. `skip` is the override that skips the e-mail, for
    this person or for everybody. `suppressed` is set if the user's address is suppressed.
    """

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
        """True if the e-mail may still be sent.

        Without a `Message` row, a skipped e-mail counts too, because the skip can be undone.
        """
        if self.message:
            return self.message.outcome in OPEN
        return self.owed is not None and self.owed.phase(self.moment) != "missed"

    @property
    def is_unreached(self) -> bool:
        """True if the suppressed address is the only reason why the e-mail is not sent."""
        return self.suppressed is not None and self.is_open and not self.is_skipped

    @property
    def gets_it(self) -> bool:
        """True if the e-mail was sent and has not bounced, or is expected to be sent."""
        if self.message and self.message.sent_at:
            return self.message.outcome == Outcome.SENT
        return self.is_open and not self.is_skipped and not self.is_unreached

    @property
    def why(self) -> str:
        """The reason for the state, in a sentence; empty if there is none."""
        if self.suppressed and self.is_unreached:
            return self.suppressed.plainly
        if self.message and self.message.outcome == Outcome.SUPPRESSED:
            # Don't show the mail server's reply: it is about an earlier message, perhaps one that
            # hides its recipients.
            return in_plain_words(self.message.reason)
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
        """The text that shows the state."""
        by = self.skip.skipped_by if self.skip else None
        if self.state is State.SKIPPED and by:
            return _("Skipped by %(name)s") % {"name": by.first_name}
        return str(self.state.label)

    @property
    def tone(self) -> str:
        """The CSS class for the colour of the state; empty for the default colour."""
        return TONES.get(self.state, "")


def state_of_ended(message: Message) -> State | None:
    """Return the state of a message that was sent, bounced or failed; None for any other."""
    if message.outcome in FAILED:
        return State.FAILED
    return {Outcome.SENT: State.SENT, Outcome.BOUNCED: State.BOUNCED}.get(Outcome(message.outcome))


@dataclass(frozen=True)
class Recipients:
    """The recipients of an occasion (a kind of message about one subject), ordered by name.

    `owed` are the messages without a `Message` row. If the kind hides its recipients, `are_visible`
    is False and iterating yields nothing.
    """

    cohort: Cohort
    occasion: Occasion
    owed: list[Unwritten]
    moment: datetime
    are_visible: bool

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self.all)

    @cached_property
    def members(self) -> list[Membership]:
        """The latest membership of each present and former member, ordered by name."""
        by_person = {
            member.user_id: member
            for member in self.cohort.memberships.by_name().order_by("joined_at", "pk")
        }
        return sorted(by_person.values(), key=lambda one: (one.user.name, one.pk))

    @cached_property
    def suppressed(self) -> dict[int, SuppressedAddress]:
        """A dict that maps users' pks to suppressed addresses; empty unless `are_visible`."""
        return unreached_in(self.cohort) if self.are_visible else {}

    @cached_property
    def all(self) -> list[Recipient]:
        if not self.are_visible:
            return []
        members = {member.user_id: member for member in self.members}
        skips = self.skips()
        # Defer the content of the e-mails, because the list of recipients doesn't show it.
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
        """Return a dict that maps the pks of users to the overrides that skip the message for them.

        The key None has the override that skips the message for everybody.
        """
        skips = MessageOverride.objects.of(self.occasion.kind, self.occasion.subject_id).skipping()
        return {one.recipient_id: one for one in skips.select_related("skipped_by")}

    @property
    def count(self) -> int:
        """The number of recipients who have got the e-mail or will get it."""
        return sum(one.gets_it for one in self)

    @property
    def sent_count(self) -> int:
        return sum(bool(one.message and one.message.sent_at) for one in self)

    def find(self, public_id: str) -> Membership | None:
        """Return the recipient's membership with this public id; None if no recipient has it."""
        members = (one.member for one in self if one.member)
        return next((member for member in members if member.public_id == public_id), None)

    def of(self, person: User | None) -> list[Recipient]:
        """Return each `Recipient` for this person, or all recipients if `person` is None."""
        return [one for one in self if person in (None, one.person)]
