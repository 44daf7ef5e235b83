"""Whether e-mail reaches members: suppressed addresses, and messages that failed.

Pages for facilitators don't say on which day an address bounced. The e-mail that bounced could be
the reminder of a survey, and its day would reveal that the member had not answered the survey. The
mail system's reply contains times, so it is shown only for messages whose recipients may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.claimed import has_acted
from accounts.models import User
from cohorts.models import Cohort, Membership, MembershipQuerySet
from outbox.bounces.smtp_replies import in_plain_words
from outbox.models import Message, MessageQuerySet, Outcome, SuppressedAddress
from outbox.rules import shows_recipient, title_of, visibility_of

MAX_SHOWN = 20
RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Unreached:
    """A member whose e-mail address is suppressed.

    `said` is the mail system's reply to the message that bounced. It is empty if pages may not show
    who got that message.
    """

    member: Membership
    bounced: SuppressedAddress

    @property
    def said(self) -> str:
        message = self.bounced.message
        return self.bounced.said if message and shows_recipient(message) else ""


def unreached(members: Iterable[Membership]) -> list[Unreached]:
    """Return the members whose address is suppressed, in the order of `members`.

    Makes one query for the addresses, or none if there are no members.
    """
    members = list(members)
    suppressed = (
        SuppressedAddress.objects.select_related("message")
        .defer("message__text", "message__html", "message__calendar")
        .in_bulk({member.user.email for member in members}, field_name="address")
    )
    return [
        Unreached(member, suppressed[member.user.email])
        for member in members
        if member.user.email in suppressed
    ]


def with_suppressed(members: MembershipQuerySet) -> QuerySet[Any]:
    """Annotate each membership with `is_suppressed`: whether the member's address is suppressed."""
    suppressed = SuppressedAddress.objects.filter(address=OuterRef("user__email"))
    return members.annotate(is_suppressed=Exists(suppressed))


def unreached_in(cohort: Cohort) -> dict[int, SuppressedAddress]:
    """Return a dict that maps users' pks to suppressed addresses.

    The users are past and present members of the cohort whose address is suppressed. Makes two
    queries, or one if no address is suppressed.
    """
    suppressed = SuppressedAddress.objects.filter(
        address__in=cohort.memberships.values("user__email")
    ).in_bulk(field_name="address")
    if not suppressed:
        return {}
    users = User.objects.filter(email__in=suppressed).values_list("pk", "email")
    return {pk: suppressed[email] for pk, email in users}


@dataclass(frozen=True)
class Undelivered:
    """A message that failed or bounced, and whether there is still time to send it again."""

    message: Message
    is_in_time: bool

    @classmethod
    def of(cls, message: Message, moment: datetime) -> Undelivered | None:
        """Return the message as an `Undelivered`; None if it has neither failed nor bounced."""
        if message.failed_at is None and message.bounced_at is None:
            return None
        return cls(message, message.expires_at > moment)

    @property
    def title(self) -> str:
        return self.message.subject or title_of(self.message.kind)

    @property
    def is_our_mistake(self) -> bool:
        return self.message.outcome == Outcome.OUR_ERROR

    @property
    def plainly(self) -> str:
        """The reason why the message failed or bounced, as a sentence for people."""
        if self.is_our_mistake:
            return _(
                "This is an error in Convenor, not a problem with the address. "
                "The people who run Convenor can find it in the log."
            )
        return in_plain_words(self.message.reason)

    @property
    def said(self) -> str:
        """The mail system's reply to this message; empty if `reason` is not a reply to it.

        That is so for our own errors, and for a suppressed address: its reply was to an earlier
        message, whose recipient these pages must not show.
        """
        is_reply = self.message.outcome not in (Outcome.SUPPRESSED, Outcome.OUR_ERROR)
        return self.message.reason if is_reply else ""

    @property
    def remedy(self) -> str:
        """The label of the link to the page that corrects the address."""
        return _("Send it again") if self.is_our_mistake else _("Fix the e-mail address")


def undelivered_to(person: User, *, seen_by: User, moment: datetime) -> list[Undelivered]:
    """Return the person's messages that failed or bounced, the latest due time first.

    Includes only messages about cohorts that `seen_by` runs. Leaves out expired messages that were
    due more than 30 days ago, and kinds whose recipients pages may not show. Makes one query.
    """
    found = (
        visible_messages(person, seen_by)
        .undelivered()
        .filter(Q(expires_at__gt=moment) | Q(due_at__gt=moment - RECENT))
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    return [
        Undelivered(one, one.expires_at > moment)
        for one in found
        if visibility_of(one.kind).shows_recipients
    ]


def count_misdirected(person: User, *, seen_by: User, moment: datetime) -> int:
    """Return how many sent messages would be sent again if the person's address were corrected.

    Until the person has acted, the address may be a stranger's. So messages that were sent to it
    are sent again to the corrected address. Counts the messages that have neither bounced nor
    expired, and that `seen_by` may see. Returns 0 if the person has acted.
    """
    if has_acted(person):
        return 0
    taken = visible_messages(person, seen_by).filter(
        sent_at__isnull=False, bounced_at=None, expires_at__gt=moment
    )
    return sum(
        visibility_of(kind).shows_recipients for kind in taken.values_list("kind", flat=True)
    )


def visible_messages(person: User, seen_by: User) -> MessageQuerySet:
    """Return the messages to a person that are about a cohort that `seen_by` runs."""
    cohorts = Cohort.objects.convened_by(seen_by).values("pk")
    messages: MessageQuerySet = Message.objects.filter(recipient=person, group_id__in=cohorts)
    return messages
