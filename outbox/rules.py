"""The rules that say who is owed what. Each lives with what it speaks of; settings.MESSAGE_RULES lists them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.module_loading import import_string

from outbox.letters import Letter
from outbox.models import Message


@dataclass(frozen=True)
class Rule:
    """One kind of message.

    `rows(since, until)` is a queryset with a row for each message that comes to be owed after `since` and no later than
    `until` (it may hold more: the bounds are asked again of `owed_due`), annotated with

        owed_key, owed_recipient (a person's pk), owed_stream (a cohort's pk), owed_about (a pk), owed_due, owed_expires

    Whom a `confidential` kind went to would say what somebody did (who has not answered, say): pages tell numbers only.
    `compose(message)` writes the e-mail, with letters.PRIVATE_LINK where `link(message)` goes as it is sent.
    """

    kind: str
    title: str
    window: timedelta
    rows: Callable[[datetime, datetime], QuerySet[Any]]
    compose: Callable[[Message], Letter]
    link: Callable[[Message], str]
    confidential: bool = False

    def due(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """The rows that come to be owed after `since` and no later than `until`."""
        return self.rows(since, until).filter(owed_due__gt=since, owed_due__lte=until)

    def owed(self, moment: datetime) -> QuerySet[Any]:
        """The rows that are owed as of `moment`: due, and not yet too late. Sent ones are among them."""
        return self.due(moment - self.window, moment).filter(owed_expires__gt=moment)

    def unwritten(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that have no message yet."""
        return rows.exclude(Exists(Message.objects.filter(key=OuterRef("owed_key"))))


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its kind, in the order of settings.MESSAGE_RULES."""
    rules: list[Rule] = [import_string(path) for path in settings.MESSAGE_RULES]
    return {rule.kind: rule for rule in rules}
