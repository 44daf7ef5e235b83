"""The two statements around the sending of an e-mail: the pre-send check and `mark_sent`.

Each is an UPDATE of one row, and is committed by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, F
from django.db.models.functions import Now

from accounts.models import User
from outbox.compiled_query import BindParam, CompiledUpdate, DateTimeParam
from outbox.delivery.claims import LEASE
from outbox.models import Message, Outcome
from outbox.models.messages import UNWRITTEN
from outbox.rules import Rule

ONE_SECOND = timedelta(seconds=1)
# The columns that store the rendered e-mail and its address.
RENDERED = ("address", *UNWRITTEN)


def claim_for_sending(message: Message, rule: Rule, token: str, now: datetime) -> bool:
    """Run the pre-send check; return whether the message may be sent.

    The check is one UPDATE. Its conditions are that the message is open and has not expired, that
    the worker's lease is valid, that the rule still owes the message, and that the address is still
    that of an active recipient. If they hold, the UPDATE stores the rendered e-mail, counts an
    attempt and renews the lease.
    """
    passed = precheck_of(rule)(
        pk=message.pk,
        claim=token,
        now=now,
        as_of=as_of(message, now),
        since=since(message, rule, now),
        recipient=message.recipient_id,
        subject_id=message.subject_id,
        key=message.key,
        **{name: getattr(message, name) for name in RENDERED},
    )
    message.attempts += passed
    return bool(passed)


@cache
def precheck_of(rule: Rule) -> CompiledUpdate:
    """Return the compiled pre-send check for messages of a rule."""
    as_of: Any = DateTimeParam("as_of")
    since: Any = DateTimeParam("since")
    still_owed = rule.owed(as_of, since).filter(
        owed_subject=BindParam("subject_id"), owed_key=BindParam("key")
    )
    if rule.outsiders:
        same_address = rule.outsiders.at(BindParam("subject_id"), BindParam("address"))
    else:
        still_owed = still_owed.filter(owed_recipient=BindParam("recipient"))
        same_address = User.objects.filter(
            pk=BindParam("recipient"), email=BindParam("address"), is_active=True
        )
    return CompiledUpdate(
        Message.objects.open().filter(
            Exists(still_owed),
            Exists(same_address),
            pk=BindParam("pk"),
            claim=BindParam("claim"),
            expires_at__gt=DateTimeParam("now"),
            claimed_until__gt=Now(),
        ),
        prepare=True,
        attempts=F("attempts") + 1,
        claimed_until=Now() + LEASE,
        **{name: BindParam(name) for name in RENDERED},
    )


def mark_sent(message: Message, now: datetime) -> bool:
    """Record that the mail server accepted the message; return False if that was done already.

    The lease isn't checked, because the message was sent even if another worker has claimed it
    since.
    """
    return bool(MARK_SENT(pk=message.pk, now=now))


MARK_SENT = CompiledUpdate(
    Message.objects.filter(pk=BindParam("pk"), sent_at=None),
    prepare=True,
    outcome=Outcome.SENT,
    sent_at=DateTimeParam("now"),
    failed_at=None,
    dropped_at=None,
    reason="",
    claim="",
    claimed_until=None,
)


def still_owed(message: Message, rule: Rule, moment: datetime) -> Exists:
    """Return an `Exists` subquery: the rule owes the message at the time that `as_of` returns."""
    return Exists(
        rule.owed(as_of(message, moment), since(message, rule, moment)).filter(
            owed_recipient=message.recipient_id,
            owed_subject=message.subject_id,
            owed_key=message.key,
        )
    )


def as_of(message: Message, moment: datetime) -> datetime:
    """Return the time as of which the message's rule is evaluated: now, or the due time if later.

    A facilitator may send a message early, when its rule does not owe it yet.
    """
    return max(moment, message.due_at)


def since(message: Message, rule: Rule, moment: datetime) -> datetime:
    """Return the start of the period for which the message's rule is evaluated.

    That is the start of the rule's window or, if the message was due earlier, just before its due
    time: a queued message may be sent until it expires, even if the window has passed.
    """
    return min(as_of(message, moment) - rule.schedule.window, message.due_at - ONE_SECOND)
