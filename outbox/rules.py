"""Message rules: who is owed which e-mail, and when.

Each rule is in the app of its subject. settings.MESSAGE_RULES lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from outbox.content.email import Letter
from outbox.content.placeholders import Words
from outbox.models import Message, MessageOverride, MessageTemplate, OptOut
from outbox.models.messages import NO_COHORT
from ui import dates

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


ON_THE_DAY = _("on the day itself")


@dataclass(frozen=True, eq=False)
class Timing:
    """When a kind is due, where programmes and cohorts may change that (see `MessageTemplate`).

    Either by `days` and the local time `at`, or by `minutes`. `label` follows the number on a form:
    “days before the workshop”. `phrase` is the same for ngettext, with %(count)d.

    The rows of a rule with a timing are annotated with `timing_changed_at`, when their cohort last
    changed it. What the new timing puts in the past is not sent, unless the kind `catches_up`.
    """

    label: StrOrPromise
    phrase: StrOrPromise
    phrase_at_zero: StrOrPromise = ON_THE_DAY
    days: int | None = None
    at: time | None = None
    minutes: int | None = None
    least: int = 0
    most: int = 28
    catches_up: bool = False

    def describe(self, own: MessageTemplate | None = None) -> str:
        """Return “7 days before the workshop, at 9am”, by their `own` template or the default."""
        days = self.days if own is None or own.days is None else own.days
        at = self.at if own is None or own.at is None else own.at
        minutes = self.minutes if own is None or own.minutes is None else own.minutes
        count = minutes if days is None else days
        day = self.phrase % {"count": count} if count else str(self.phrase_at_zero)
        if days is None or at is None:
            return day
        return gettext("%(day)s, at %(time)s") % {"day": day, "time": dates.clock_time(at)}


class Visibility(IntEnum):
    """How much of a kind of message the pages of its cohort show.

    Being a recipient can reveal behaviour: whoever gets the nudge has not answered the survey.
    """

    NOTHING = 0
    """No line at all: even a count would say that somebody did something."""
    SCHEDULE = 1
    """When it is due, as if nobody had acted yet; not whether anybody got it."""
    OUTCOME = 2
    """Also whether it was sent; neither names nor numbers."""
    RECIPIENTS = 3
    """Also each recipient by name, and what became of their message."""

    @property
    def shows_recipients(self) -> bool:
        return self >= Visibility.RECIPIENTS


@dataclass(frozen=True, eq=False)
class RuleText:
    """What people read about a kind of message.

    `for_recipient` says what it is to the person who chooses their e-mails; of a kind that they
    cannot opt out of, also why. `why` says in a sentence who gets it, with the timing in place of
    {when}. Programmes and cohorts may replace the `wording`, where there is one.
    """

    title: StrOrPromise
    for_recipient: StrOrPromise = ""
    why: StrOrPromise = ""
    wording: Words | None = None


@dataclass(frozen=True, eq=False)
class Schedule:
    """Who is owed a kind of message, from when and until when.

    `rows(since, until)` is a queryset with a row for each message due after `since` and no later
    than `until`. It may hold more, as `owed_due` is compared again. Its annotations are

        owed_key, owed_recipient (a person's pk), owed_group (a cohort's pk), owed_subject (a pk),
        owed_due, owed_expires; and where it has them owed_membership (a pk), owed_version

    `rows_as_planned` are the same as if nobody had acted yet, for `Visibility.SCHEDULE`. A message
    that was not written within `window` of its due time is never written. Programmes and cohorts
    may change the `timing`, where there is one.
    """

    rows: Callable[[datetime, datetime], QuerySet[Any]]
    window: timedelta
    timing: Timing | None = None
    rows_as_planned: Callable[[datetime, datetime], QuerySet[Any]] | None = None


@dataclass(frozen=True, eq=False)
class Overrides:
    """What facilitators may do to a kind of message: add a note, skip it, send it now.

    Before it is due, `early(moment)` selects the rows that may be sent; None selects none, and
    `too_early` says why.
    """

    early: Callable[[datetime], Q] | None = None
    too_early: StrOrPromise = ""


@dataclass(frozen=True, eq=False)
class Rule:
    """A kind of message: who is owed it, what it says, and who may see or change that.

    `compose(message)` writes the e-mail, with PRIVATE_LINK in place of the URL that
    `link(message)` makes while it is sent. People can opt out of an optional kind.
    """

    kind: str
    text: RuleText
    schedule: Schedule
    compose: Callable[[Message], Letter]
    link: Callable[[Message], str]
    visibility: Visibility = Visibility.RECIPIENTS
    is_optional: bool = False
    overrides: Overrides | None = None

    def due(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows due after `since` and no later than `until`, of people who want them."""
        return self.wanted(self.schedule.rows(since, until), since, until)

    def visible_rows(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows of `due` that pages may show."""
        if self.visibility is Visibility.NOTHING:
            return self.schedule.rows(since, until).none()
        rows = self.schedule.rows_as_planned or self.schedule.rows
        return self.wanted(rows(since, until), since, until)

    def wanted(self, rows: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows due between the two whose recipient is active and has not opted out."""
        active = User.objects.filter(pk=OuterRef("owed_recipient"), is_active=True)
        rows = rows.filter(Exists(active), owed_due__gt=since, owed_due__lte=until)
        if self.is_optional:
            opted_out = OptOut.objects.filter(kind=self.kind, person=OuterRef("owed_recipient"))
            rows = rows.exclude(Exists(opted_out))
        return rows

    def owed(self, moment: datetime, since: datetime | None = None) -> QuerySet[Any]:
        """Return the rows that are due, not skipped and not expired, sent ones among them.

        They came to be due within the window, or after `since`.
        """
        since = moment - self.schedule.window if since is None else since
        return self.without_skipped(self.due(since, moment).filter(owed_expires__gt=moment))

    def missed(self, since: datetime, moment: datetime) -> QuerySet[Any]:
        """Return the rows that came to be due after `since` and have expired, not skipped."""
        return self.without_skipped(self.due(since, moment).filter(owed_expires__lte=moment))

    def due_early(self, moment: datetime, until: datetime) -> QuerySet[Any] | None:
        """Return the rows due after `moment` that may be sent now; None if none of the kind may."""
        if self.overrides is None or self.overrides.early is None:
            return None
        rows = self.due(moment, until).filter(self.overrides.early(moment))
        return self.without_skipped(rows)

    def without_skipped(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.overrides is None:
            return rows
        on_subject = MessageOverride.objects.of(self.kind, OuterRef("owed_subject"))
        return rows.exclude(Exists(on_subject.reaching(OuterRef("owed_recipient")).skipping()))

    def unwritten(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows without a message yet, unless a change of timing put them in the past."""
        timing = self.schedule.timing
        if timing and not timing.catches_up:
            rows = rows.filter(Q(timing_changed_at=None) | Q(timing_changed_at__lt=F("owed_due")))
        return rows.exclude(Exists(Message.objects.filter(key=OuterRef("owed_key"))))


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its kind, in the order of settings.MESSAGE_RULES."""
    rules: list[Rule] = [import_string(path) for path in settings.MESSAGE_RULES]
    return {rule.kind: rule for rule in rules}


def title_of(kind: str) -> str:
    """Return the title of the kind; the kind itself if it has no rule any more."""
    rule = all_rules().get(kind)
    return str(rule.text.title) if rule else kind


def visibility_of(kind: str) -> Visibility:
    """Return the visibility of the kind; OUTCOME if it has no rule any more."""
    rule = all_rules().get(kind)
    return rule.visibility if rule else Visibility.OUTCOME


def visibility_at_least(least: Visibility) -> Q:
    """Return the condition that pages may show this much, or more, of a message."""
    listed = ~Q(group_id=NO_COHORT)
    if least <= Visibility.OUTCOME:  # kinds without a rule among them
        return listed & ~Q(
            kind__in=[one.kind for one in all_rules().values() if one.visibility < least]
        )
    return listed & Q(
        kind__in=[one.kind for one in all_rules().values() if one.visibility >= least]
    )
