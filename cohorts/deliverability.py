"""Whether e-mail reaches people: whose address came back, and what did not arrive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.claimed import is_claimed
from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.bounces.smtp_replies import in_plain_words
from outbox.models import Message, MessageQuerySet, Outcome, SuppressedAddress
from outbox.rules import title_of, visibility_of

MOST_SHOWN = 20
LATELY = timedelta(days=30)
MISTAKEN = "It is our mistake, not the address's. Whoever runs Convenor finds it in the log."


@dataclass(frozen=True)
class Unreached:
    """A member whom e-mail does not reach, and what came of the last attempt."""

    member: Membership
    bounced: SuppressedAddress


def unreached(members: Iterable[Membership]) -> list[Unreached]:
    """Those of the members whom e-mail does not reach, in their order. One query."""
    everybody = list(members)
    marks = SuppressedAddress.objects.in_bulk(
        {one.user.email for one in everybody}, field_name="address"
    )
    return [Unreached(one, marks[one.user.email]) for one in everybody if one.user.email in marks]


def unreached_in(cohort: Cohort) -> dict[int, SuppressedAddress]:
    """Whoever is or was in the cohort and e-mail does not reach, by their number, with what came of it. Two queries.

    One, if there is nobody.
    """
    marks = SuppressedAddress.objects.filter(
        address__in=cohort.memberships.values("user__email")
    ).in_bulk(field_name="address")
    people = User.objects.filter(email__in=marks).values_list("pk", "email") if marks else ()
    return {number: marks[email] for number, email in people}


@dataclass(frozen=True)
class Undelivered:
    """A message that failed or came back: what it is, why, and whether it may still go out."""

    message: Message
    is_in_time: bool

    @classmethod
    def of(cls, message: Message, moment: datetime) -> Undelivered | None:
        """None for a message that arrived, as far as we know, or that may still do."""
        arrives = message.failed_at is None and message.bounced_at is None
        return None if arrives else cls(message, message.expires_at > moment)

    @property
    def title(self) -> str:
        return self.message.subject or title_of(self.message.kind)

    @property
    def is_our_mistake(self) -> bool:
        return self.message.outcome == Outcome.OUR_ERROR

    @property
    def plainly(self) -> str:
        return MISTAKEN if self.is_our_mistake else in_plain_words(self.message.reason)

    @property
    def remedy(self) -> str:
        """What the link to the person's page promises."""
        return "Send it again" if self.is_our_mistake else "Fix the address and send"


def undelivered_to(person: User, *, seen_by: User, moment: datetime) -> list[Undelivered]:
    """What did not reach the person and was due lately, the latest first, as far as the other may see it. One query.

    Nothing of a kind whose recipients are nobody's business, nor of cohorts that the other does not run.
    """
    found = (
        seen(person, seen_by)
        .undelivered()
        .filter(Q(expires_at__gt=moment) | Q(due_at__gt=moment - LATELY))
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    return [
        Undelivered(one, one.expires_at > moment)
        for one in found
        if visibility_of(one.kind).shows_recipients
    ]


def went_astray(person: User, *, seen_by: User, moment: datetime) -> int:
    """How many messages would go out again to a corrected address, of those that seem to have arrived at this one.

    As far as the other may see them. None for somebody who has been here, as their address was right.
    """
    if is_claimed(person):
        return 0
    taken = seen(person, seen_by).filter(
        sent_at__isnull=False, bounced_at=None, expires_at__gt=moment
    )
    return sum(
        visibility_of(kind).shows_recipients for kind in taken.values_list("kind", flat=True)
    )


def seen(person: User, seen_by: User) -> MessageQuerySet:
    """What is written to the person in cohorts that the other runs."""
    cohorts = Cohort.objects.convened_by(seen_by).values("pk")
    messages: MessageQuerySet = Message.objects.filter(recipient=person, group_id__in=cohorts)
    return messages
