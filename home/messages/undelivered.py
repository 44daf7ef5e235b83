"""The messages of a cohort that failed or bounced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.models import User
from cohorts.deliverability import Undelivered
from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.rules import Visibility, visibility_at_least

MOST_UNDELIVERED = 20
# Leave out an e-mail's text and HTML, which are long and not shown on the page. The columns must be
# in the order of the model's fields, for `Message.from_db`.
COLUMNS = tuple(
    field.attname
    for field in Message._meta.concrete_fields
    if field.attname not in ("text", "html", "calendar")
)


@dataclass(frozen=True)
class UndeliveredMessage:
    """A message that failed or bounced.

    `member` is the recipient's membership; None if it is not among the members that `undelivered`
    was called with.
    """

    failed: Undelivered
    member: Membership | None


def undelivered(
    cohort: Cohort, members: Iterable[Membership], moment: datetime
) -> list[UndeliveredMessage]:
    """Return the cohort's messages that failed or bounced, the latest due first. Makes one query.

    Leaves out kinds that hide their recipients: the name of somebody who was sent the survey's
    reminder would reveal that they had not answered. Leaves out a message if its recipient has
    since been sent another one that did not bounce, of a kind that shows its recipients, or is a
    current member whose suppressed address caused the failure, because `unreached` lists that
    address. Of several messages to one address, only the latest is returned. Returns at most
    MOST_UNDELIVERED.
    """
    by_person = {member.user_id: member for member in members}
    found = (message_of(row) for row in undelivered_query()(cohort=cohort.pk))
    return [
        UndeliveredMessage(failed, by_person.get(message.recipient_id or 0))
        for message in found
        if (failed := Undelivered.of(message, moment))
    ]


@cache
def undelivered_query() -> CompiledSelect:
    """Return the compiled query of `undelivered`. The result is cached.

    Compiling the query takes longer than running it. It is not compiled on import, because it needs
    the rules of all apps.
    """
    later = Message.objects.filter(
        visibility_at_least(Visibility.RECIPIENTS),
        recipient=OuterRef("recipient"),
        sent_at__gt=OuterRef("known_at"),
        bounced_at=None,
    )
    newer = Message.objects.undelivered().filter(
        Q(due_at__gt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__gt=OuterRef("pk")),
        visibility_at_least(Visibility.RECIPIENTS),
        recipient=OuterRef("recipient"),
        address=OuterRef("address"),
        group_id=OuterRef("group_id"),
    )
    listed_as_unreached = Membership.objects.active().filter(
        cohort=OuterRef("group_id"),
        user=OuterRef("recipient"),
        user__email__in=SuppressedAddress.objects.values("address"),
    )
    is_about_address = ~Q(outcome=Outcome.OUR_ERROR) & (
        Q(address="") | Q(address=F("recipient__email"))
    )
    return CompiledSelect(
        Message.objects.filter(group_id=BindParam("cohort"))
        .undelivered()
        .annotate(known_at=Coalesce("bounced_at", "failed_at"))
        .filter(visibility_at_least(Visibility.RECIPIENTS), ~Exists(later), ~Exists(newer))
        .exclude(is_about_address & Exists(listed_as_unreached))
        .order_by("-due_at", "-pk")
        .values_list(*COLUMNS, "recipient__name", "recipient__email")[:MOST_UNDELIVERED],
        prepare=True,
    )


def message_of(row: tuple[Any, ...]) -> Message:
    """Return the message of a row of `undelivered_query`, with all but COLUMNS deferred."""
    *values, name, email = row
    message = Message.from_db(connection.alias, COLUMNS, values)
    if message.recipient_id:
        message.recipient = User(pk=message.recipient_id, name=name, email=email)
    return message
