"""The rules that say who is owed what. Each lives with what it speaks of; settings.MESSAGE_RULES lists them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from accounts.models import User
from outbox.content.email import Letter
from outbox.content.placeholders import Words
from outbox.models import Message, MessageOverride, MessageTemplate, OptOut
from ui import dates


@dataclass(frozen=True)
class Timing:
    """When a kind comes to be owed, where programmes and cohorts may say so (`MessageTemplate.days`, `at`, `minutes`).

    By days and the clock of the cohort's place, or by minutes. `words` follow the number on a form: “days before the
    workshop”. Rows of a rule that has one are annotated with `timing_changed_at`, when their cohort last said so: what
    would have been due before is not sent, unless the kind `catches_up`.
    """

    words: str
    days: int | None = None
    at: time | None = None
    minutes: int | None = None
    least: int = 0
    most: int = 28
    catches_up: bool = False

    def said(self, own: MessageTemplate | None = None) -> str:
        """“a week before the workshop, at 9am”: as their `own` wording has it, or as is usual."""
        days = self.days if own is None or own.days is None else own.days
        at = self.at if own is None or own.at is None else own.at
        minutes = self.minutes if own is None or own.minutes is None else own.minutes
        _unit, direction = self.words.split(" ", 1)
        if days is None:
            return f"{minutes_long(minutes) if minutes else 'right'} {direction}"
        day = f"{days_long(days)} {direction}" if days else "on the day itself"
        return f"{day}, at {dates.clock_time(at)}" if at else day


def days_long(days: int) -> str:
    if days % 7 == 0:
        return "a week" if days == 7 else f"{days // 7} weeks"
    return "a day" if days == 1 else f"{days} days"


def minutes_long(minutes: int) -> str:
    if minutes % 60 == 0:
        return "an hour" if minutes == 60 else f"{minutes // 60} hours"
    return "half an hour" if minutes == 30 else f"{minutes} minutes"


@dataclass(frozen=True)
class Rule:
    """One kind of message.

    `rows(since, until)` is a queryset with a row for each message that comes to be owed after `since` and no later than
    `until` (it may hold more: the bounds are asked again of `owed_due`), annotated with

        owed_key, owed_recipient (a person's pk), owed_group (a cohort's pk), owed_subject (a pk),
        owed_due, owed_expires; and where it has them owed_membership (a pk), owed_version

    Whom a `confidential` kind went to would say what somebody did (who has not answered, say): pages tell numbers only.
    Where it would say so that there is one at all, or none, pages tell of `planned` rows: the same, as if nobody had
    done anything. Of an `unlisted` kind they tell nothing at all: there would be fewer if nobody had done anything.
    `compose(message)` writes the e-mail, with letters.PRIVATE_LINK where `link(message)` goes as it is sent.
    `why` says in a sentence who gets it, and when, which is put in for {when}.
    A person may refuse an `optional` kind. `for_recipient` says what it is to them, where they choose; of a kind that
    they can't refuse, why.
    Of an `adjustable` one facilitators may add a note, skip it, or send it now:
    before it is due only what `early(moment)` finds among the rows. The others are not true yet, as `waits` tells.
    Programmes and cohorts may say otherwise than its `timing` and its `wording`, where it has them.
    """

    kind: str
    title: str
    window: timedelta
    rows: Callable[[datetime, datetime], QuerySet[Any]]
    compose: Callable[[Message], Letter]
    link: Callable[[Message], str]
    confidential: bool = False
    unlisted: bool = False
    optional: bool = False
    for_recipient: str = ""
    adjustable: bool = False
    timing: Timing | None = None
    wording: Words | None = None
    why: str = ""
    early: Callable[[datetime], Q] | None = None
    planned: Callable[[datetime, datetime], QuerySet[Any]] | None = None
    waits: str = ""

    def due(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """The rows that come to be owed after `since` and no later than `until`, to whoever is here and wants them."""
        return self.wanted(self.rows(since, until), since, until)

    def told(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """The same as far as pages may tell of it."""
        if self.unlisted:
            return self.rows(since, until).none()
        return self.wanted((self.planned or self.rows)(since, until), since, until)

    def wanted(self, rows: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
        here = User.objects.filter(pk=OuterRef("owed_recipient"), is_active=True)
        rows = rows.filter(Exists(here), owed_due__gt=since, owed_due__lte=until)
        if self.optional:
            refused = OptOut.objects.filter(kind=self.kind, person=OuterRef("owed_recipient"))
            rows = rows.exclude(Exists(refused))
        return rows

    def owed(self, moment: datetime, since: datetime | None = None) -> QuerySet[Any]:
        """The rows that are owed as of `moment`: due, not skipped, and not yet too late. Sent ones are among them.

        They came to be due within the window, or after `since`.
        """
        rows = self.due(moment - self.window if since is None else since, moment)
        return self.kept(rows.filter(owed_expires__gt=moment))

    def missed(self, since: datetime, moment: datetime) -> QuerySet[Any]:
        """The rows that came to be due after `since` and by now are too late, not skipped."""
        return self.kept(self.due(since, moment).filter(owed_expires__lte=moment))

    def due_early(self, moment: datetime, until: datetime) -> QuerySet[Any] | None:
        """The rows owed only after `moment` that may be sent now: true, not skipped. None: none of this kind may."""
        if not self.adjustable or self.early is None:
            return None
        return self.kept(self.due(moment, until).filter(self.early(moment)))

    def kept(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that nobody skips."""
        if not self.adjustable:
            return rows
        about_this = MessageOverride.objects.of(self.kind, OuterRef("owed_subject"))
        return rows.exclude(Exists(about_this.reaching(OuterRef("owed_recipient")).skipping()))

    def unwritten(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that have no message yet, and were still to come as their cohort changed the timing."""
        if self.timing and not self.timing.catches_up:
            rows = rows.filter(Q(timing_changed_at=None) | Q(timing_changed_at__lt=F("owed_due")))
        return rows.exclude(Exists(Message.objects.filter(key=OuterRef("owed_key"))))


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its kind, in the order of settings.MESSAGE_RULES."""
    rules: list[Rule] = [import_string(path) for path in settings.MESSAGE_RULES]
    return {rule.kind: rule for rule in rules}
