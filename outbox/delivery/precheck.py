"""The two statements between which a mail is sent: the fence that lets it go, and the commitment that it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import Exists, F
from django.db.models.functions import Now

from accounts.models import User
from outbox.delivery.prepared_statements import (
    BindParam,
    DateTimeParam,
    PreparedUpdate,
    in_one_trip,
)
from outbox.models import Message, Outcome
from outbox.models.messages import UNWRITTEN
from outbox.rules import Rule

# Longer than one e-mail can take: between the fence and the write the mail server is asked four things, and each may
# take settings.EMAIL_TIMEOUT. By the database's clock, which is the same for all workers.
LEASE = timedelta(seconds=60)
AN_INSTANT = timedelta(seconds=1)
# What a message keeps of the letter that was written of it, and whom it went to.
WRITTEN = ("address", *UNWRITTEN)


def claim_for_sending(message: Message, rule: Rule, token: str, now: datetime) -> bool:
    """In one statement: is it still the worker's of this token, still in time, still true, still their address?

    Then what was written is kept, an attempt is counted, and the lease runs anew.
    """
    passed = fence_of(rule)(**asked_of(message, rule, token, now))
    message.attempts += passed
    return bool(passed)


def asked_of(message: Message, rule: Rule, token: str, now: datetime) -> dict[str, Any]:
    return {
        "pk": message.pk,
        "claim": token,
        "now": now,
        "as_of": as_of(message, now),
        "since": since(message, rule, now),
        "recipient": message.recipient_id,
        "subject_id": message.subject_id,
        "key": message.key,
        **{name: getattr(message, name) for name in WRITTEN},
    }


@cache
@transaction.atomic  # else Django will not write a statement that locks
def fence_of(rule: Rule, *, waits: bool = True) -> PreparedUpdate:
    """One that does not wait stays shut while somebody else is writing in the message's row."""
    now = DateTimeParam("now")
    rows = Message.objects.open()
    if not waits:
        free = Message.objects.filter(pk=BindParam("pk")).select_for_update(skip_locked=True)
        rows = rows.filter(pk__in=free.values("pk"))
    as_of: Any = DateTimeParam("as_of")
    since: Any = DateTimeParam("since")
    still_owed = rule.owed(as_of, since).filter(
        owed_recipient=BindParam("recipient"),
        owed_subject=BindParam("subject_id"),
        owed_key=BindParam("key"),
    )
    their_address = User.objects.filter(
        pk=BindParam("recipient"), email=BindParam("address"), is_active=True
    )
    return PreparedUpdate(
        rows.filter(
            Exists(still_owed),
            Exists(their_address),
            pk=BindParam("pk"),
            claim=BindParam("claim"),
            expires_at__gt=now,
            claimed_until__gt=Now(),
        ),
        attempts=F("attempts") + 1,
        claimed_until=Now() + LEASE,
        **{name: BindParam(name) for name in WRITTEN},
    )


def commit_sent(message: Message, now: datetime) -> bool:
    """The mail server has it, so `sent` is true whoever holds the row by now. False if that stood there already."""
    return bool(commitment()(pk=message.pk, now=now))


@cache
def commitment() -> PreparedUpdate:
    return PreparedUpdate(
        Message.objects.filter(pk=BindParam("pk"), sent_at=None),
        outcome=Outcome.SENT,
        sent_at=DateTimeParam("now"),
        failed_at=None,
        dropped_at=None,
        reason="",
        claim="",
        claimed_until=None,
    )


def commit_and_claim_next(
    sent: Message,
    following: Message,
    rule: Rule,
    token: str,
    now: datetime,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[bool, bool]:
    """Both at once, on PostgreSQL: the commitment of one and the fence of the one that is to be sent next.

    One trip to the database and one wait for its disk in place of two. The first is never held up by whoever holds the
    second: then the fence stays shut, and may be asked again by itself. What raises has written nothing. `meanwhile` is
    done while PostgreSQL works, and may not ask it.
    """
    is_news, passed = in_one_trip(
        (commitment(), {"pk": sent.pk, "now": now}),
        (fence_of(rule, waits=False), asked_of(following, rule, token, now)),
        meanwhile=meanwhile,
    )
    following.attempts += passed
    return bool(is_news), bool(passed)


def still_owed(message: Message, rule: Rule, moment: datetime) -> Exists:
    """The rule, asked again about this one message."""
    return Exists(
        rule.owed(as_of(message, moment), since(message, rule, moment)).filter(
            owed_recipient=message.recipient_id,
            owed_subject=message.subject_id,
            owed_key=message.key,
        )
    )


def as_of(message: Message, moment: datetime) -> datetime:
    """As of when it is asked whether it is owed: when it is due, if somebody has it sent before that."""
    return max(moment, message.due_at)


def since(message: Message, rule: Rule, moment: datetime) -> datetime:
    """Since when it may have come to be due: what is written outlives its rule's window, until it expires."""
    return min(as_of(message, moment) - rule.schedule.window, message.due_at - AN_INSTANT)
