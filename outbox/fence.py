"""The two statements between which a mail is sent: the fence that lets it go, and the commitment that it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from django.db.models import Exists, F
from django.db.models.functions import Now

from accounts.models import User
from outbox.models import Message
from outbox.prepared import Given, GivenMoment, PreparedUpdate
from outbox.rules import Rule

# Longer than one e-mail can take: between the fence and the write the mail server is asked four things, and each may
# take settings.EMAIL_TIMEOUT. By the database's clock, which is the same for all workers.
LEASE = timedelta(seconds=60)
# What a message keeps of the letter that was written of it, and whom it went to.
WRITTEN = ("address", "subject", "text", "html", "reply_to", "calendar")


def pass_fence(message: Message, rule: Rule, token: str, now: datetime) -> bool:
    """In one statement: is it still the worker's of this token, still in time, still true, still their address?

    Then what was written is kept, an attempt is counted, and the lease runs anew.
    """
    passed = fence_of(rule)(
        pk=message.pk,
        claim=token,
        now=now,
        as_of=as_of(message, now),
        recipient=message.recipient_id,
        about=message.about,
        key=message.key,
        **{name: getattr(message, name) for name in WRITTEN},
    )
    message.attempts += passed
    return bool(passed)


@cache
def fence_of(rule: Rule) -> PreparedUpdate:
    now = GivenMoment("now")
    still_owed = rule.owed(GivenMoment("as_of")).filter(  # type: ignore[arg-type]
        owed_recipient=Given("recipient"), owed_about=Given("about"), owed_key=Given("key")
    )
    their_address = User.objects.filter(pk=Given("recipient"), email=Given("address"), is_active=True)
    return PreparedUpdate(
        Message.objects.open().filter(
            Exists(still_owed),
            Exists(their_address),
            pk=Given("pk"),
            claim=Given("claim"),
            expires_at__gt=now,
            claimed_until__gt=Now(),
        ),
        attempts=F("attempts") + 1,
        claimed_until=Now() + LEASE,
        **{name: Given(name) for name in WRITTEN},
    )


def commit_sent(message: Message, now: datetime) -> bool:
    """The mail server has it, so `sent` is true whoever holds the row by now. False if that stood there already."""
    return bool(commitment()(pk=message.pk, now=now))


@cache
def commitment() -> PreparedUpdate:
    return PreparedUpdate(
        Message.objects.filter(pk=Given("pk"), sent_at=None),
        sent_at=GivenMoment("now"),
        failed_at=None,
        dropped_at=None,
        reason="",
        claim="",
        claimed_until=None,
    )


def still_owed(message: Message, rule: Rule, moment: datetime) -> Exists:
    """The rule, asked again about this one message."""
    return Exists(
        rule.owed(as_of(message, moment)).filter(
            owed_recipient=message.recipient_id, owed_about=message.about, owed_key=message.key
        )
    )


def as_of(message: Message, moment: datetime) -> datetime:
    """As of when it is asked whether it is owed: when it is due, if somebody has it sent before that."""
    return max(moment, message.due_at)
