"""Message rules: who is owed which e-mail, and when.

Each rule is in the app that its messages are about. settings.MESSAGE_RULES lists all rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from outbox.content.email import Attachment, EmailContent
from outbox.content.placeholders import Words
from outbox.models import Message, MessageOverride, MessageTemplate, OptOut
from outbox.models.messages import NO_COHORT
from ui import dates

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


ON_THE_DAY = _("on the day itself")


@dataclass(frozen=True, eq=False)
class Timing:
    """The timing of a kind of message: when it is due. Programmes and cohorts can change it.

    The default is given by `days` and the local time `at`, or by `minutes`. A `MessageTemplate`
    stores values that differ from the default. `label` follows the number on a form: “days before
    the workshop”. `phrase` is the label with %(count)d, for ngettext; `phrase_at_zero` is the text
    for 0.

    The rows of a rule with a timing are annotated with `timing_changed_at`, the time when their
    cohort last changed the timing. A message that the new timing puts in the past is not sent,
    unless `catches_up` is true.
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
        """Return the timing in words: “7 days before the workshop, at 9am”.

        Values of a programme's or cohort's `own` template replace the defaults.
        """
        days = self.days if own is None or own.days is None else own.days
        at = self.at if own is None or own.at is None else own.at
        minutes = self.minutes if own is None or own.minutes is None else own.minutes
        count = minutes if days is None else days
        day = self.phrase % {"count": count} if count else str(self.phrase_at_zero)
        if days is None or at is None:
            return day
        return gettext("%(day)s, at %(time)s") % {"day": day, "time": dates.clock_time(at)}


class Visibility(IntEnum):
    """A level of visibility: how much of a kind of message the pages of its cohort show.

    Being a recipient can reveal behaviour: people who are reminded of a survey haven't answered.
    """

    NOTHING = 0
    """Nothing: even a count would reveal that somebody did something."""
    SCHEDULE = 1
    """When the message is due, as if nobody had acted yet; not whether anybody got it."""
    OUTCOME = 2
    """Also whether the message was sent; neither names nor numbers of recipients."""
    RECIPIENTS = 3
    """Also each recipient by name, and what became of their message."""

    @property
    def shows_recipients(self) -> bool:
        return self >= Visibility.RECIPIENTS


@dataclass(frozen=True, eq=False)
class RuleText:
    """The sentences that describe a kind of message to people, and its default wording.

    `for_recipient` describes the kind on the page for e-mail preferences; for a kind that is not
    optional, it also says why people can't opt out. `why` says who gets the message; {when} stands
    for the timing. `wording` is None if programmes and cohorts can't edit the text.
    """

    title: StrOrPromise
    for_recipient: StrOrPromise = ""
    why: StrOrPromise = ""
    wording: Words | None = None


@dataclass(frozen=True, eq=False)
class Schedule:
    """The schedule of a kind of message: who is owed it, when it is due, and when it expires.

    `rows(since, until)` returns a queryset with a row for each message due after `since` and no
    later than `until`. It may return more rows, because `Rule` filters them by `owed_due` again.
    The annotations of the rows are

        owed_key, owed_recipient (a user's pk), owed_group (a cohort's pk), owed_subject (the pk of
        what the message is about), owed_due, owed_expires; optionally owed_membership (a pk) and
        owed_version

    `plan`, for `Visibility.SCHEDULE`, returns a row for each subject instead: the message as it
    would be due if everybody had been asked on time and nobody had acted yet. Its rows have only
    owed_group, owed_subject, owed_due and owed_expires.

    A message must be queued within `window` after its due time, or it is never sent. `timing` is
    None if programmes and cohorts can't change when the message is due.
    """

    rows: Callable[[datetime, datetime], QuerySet[Any]]
    window: timedelta
    timing: Timing | None = None
    plan: Callable[[datetime, datetime], QuerySet[Any]] | None = None


@dataclass(frozen=True, eq=False)
class Overrides:
    """What facilitators may do with messages of a kind: add a note, skip them, send them early.

    `early(moment)` returns a `Q` object for the rows that may be sent before they are due. If
    `early` is None, no row may be. `too_early` is the sentence that pages show if there are no such
    rows.
    """

    early: Callable[[datetime], Q] | None = None
    too_early: StrOrPromise = ""


@dataclass(frozen=True, eq=False)
class Outsiders:
    """How a kind of message reaches people who have no account.

    The rows of such a kind have NO_RECIPIENT as `owed_recipient`. `address_of(message)` returns the
    person's address; empty if it has been deleted. `at(subject, address)` returns a queryset that
    has a row if the person that the message is about still has this address; both are parameters of
    a query. Don't use it for people who have an account: they couldn't opt out.
    """

    address_of: Callable[[Message], str]
    at: Callable[[Any, Any], QuerySet[Any]]


NO_RECIPIENT = Cast(Value(None), BigIntegerField())


@dataclass(frozen=True, eq=False)
class Rule:
    """A kind of message: who is owed it, what it says, and who may see or change that.

    `compose(message)` returns the e-mail, with PRIVATE_LINK as the placeholder for the URL that
    `link(message)` returns when the e-mail is sent. `attachment(message)` returns the file to
    attach, if there is one. People can opt out of an optional kind. Messages about an archived
    group are not owed, unless `is_sent_if_archived`. `outsiders` is set if the recipients have no
    account. If `concerns(user)` is False, the user never gets the kind, so their preferences don't
    list it; None stands for a kind that concerns everybody. `feature` is the switch, such as
    "uses_sets", without which a programme's or cohort's pages don't list the kind, nor ask the rule
    what is to come; the rule's rows leave out such cohorts themselves.
    """

    kind: str
    text: RuleText
    schedule: Schedule
    compose: Callable[[Message], EmailContent]
    link: Callable[[Message], str]
    attachment: Callable[[Message], Attachment | None] | None = None
    visibility: Visibility = Visibility.RECIPIENTS
    is_optional: bool = False
    is_sent_if_archived: bool = False
    overrides: Overrides | None = None
    outsiders: Outsiders | None = None
    concerns: Callable[[User], bool] | None = None
    feature: str = ""

    def due(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows due after `since` and no later than `until`.

        Leaves out inactive recipients, those without an address, and those who opted out.
        """
        rows = self.schedule.rows(since, until)
        if self.outsiders is None:
            recipient = User.objects.filter(pk=OuterRef("owed_recipient"), is_active=True)
            rows = rows.filter(Exists(recipient.exclude(email="")))
        return self.wanted(rows, since, until)

    def visible_rows(self, since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows due after `since` and no later than `until` that pages may show.

        Leaves out inactive recipients, those without an address, those who opted out, and archived
        groups. Returns no rows for kinds with less than `Visibility.OUTCOME`.
        """
        rows = self.schedule.rows(since, until)
        if self.visibility < Visibility.OUTCOME:
            return rows.none()
        if self.outsiders:
            return self.wanted(rows, since, until)
        # Not EXISTS, as in `due`: for one group, PostgreSQL may turn that into a join that reads
        # all users for each row. It took seconds in a cohort of 1,900 people.
        recipient = User.objects.filter(pk=OuterRef("owed_recipient")).order_by()
        in_reach = recipient.values_list(
            ExpressionWrapper(Q(is_active=True) & ~Q(email=""), BooleanField())
        )
        return self.wanted(rows.filter(Subquery(in_reach)), since, until)

    def planned(self, since: datetime, until: datetime) -> QuerySet[Any] | None:
        """Return the rows of the schedule's plan due after `since` and no later than `until`.

        Leaves out archived groups, and what a change of timing put in the past. Returns None if the
        schedule has no plan.
        """
        if self.schedule.plan is None:
            return None
        rows = self.of_groups_in_use(self.schedule.plan(since, until), since, until)
        return self.not_put_in_the_past(rows)

    def wanted(self, rows: QuerySet[Any], since: datetime, until: datetime) -> QuerySet[Any]:
        """Return the rows due after `since` and no later than `until` whose recipients want them.

        Leaves out those who opted out, and archived groups.
        """
        rows = self.of_groups_in_use(rows, since, until)
        if self.is_optional:
            opted_out = OptOut.objects.filter(kind=self.kind, person=OuterRef("owed_recipient"))
            rows = rows.exclude(Exists(opted_out))
        return rows

    def of_groups_in_use(
        self, rows: QuerySet[Any], since: datetime, until: datetime
    ) -> QuerySet[Any]:
        """Return the rows due after `since` and no later than `until`, without archived groups."""
        rows = rows.filter(owed_due__gt=since, owed_due__lte=until)
        if not self.is_sent_if_archived:
            archived = import_string(settings.ARCHIVED_GROUPS)()
            rows = rows.exclude(Exists(archived.filter(pk=OuterRef("owed_group"))))
        return rows

    def address_of(self, message: Message) -> str:
        """Return the address to which the message goes now; empty if there is none any more."""
        if self.outsiders:
            return self.outsiders.address_of(message)
        person = message.recipient
        return person.email if person and person.is_active else ""

    def owed(self, moment: datetime, since: datetime | None = None) -> QuerySet[Any]:
        """Return the rows that are due at `moment`, and neither skipped nor expired.

        They came due after `since`, by default within the schedule's window before `moment`.
        Messages that have been sent are included.
        """
        since = moment - self.schedule.window if since is None else since
        return self.without_skipped(self.due(since, moment).filter(owed_expires__gt=moment))

    def missed(self, since: datetime, moment: datetime) -> QuerySet[Any]:
        """Return the rows that came due after `since`, have expired and were not skipped."""
        return self.without_skipped(self.due(since, moment).filter(owed_expires__lte=moment))

    def due_early(self, moment: datetime, until: datetime) -> QuerySet[Any] | None:
        """Return the rows due after `moment` and no later than `until` that may be sent early.

        Returns None for a kind that can't be sent early.
        """
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
        """Return the rows that have no message yet.

        Leaves out rows that a change of timing put in the past, unless the timing catches up.
        """
        rows = self.not_put_in_the_past(rows)
        # PostgreSQL makes a join of NOT EXISTS, and evaluates it last. It evaluates a subquery that
        # selects a value before the rule's costlier conditions, so it rejects written rows first.
        written = Message.objects.filter(key=OuterRef("owed_key")).order_by().values("pk")[:1]
        found: QuerySet[Any] = rows.alias(owed_written=Subquery(written)).filter(owed_written=None)
        return found

    def not_put_in_the_past(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows without those that a change of timing put in the past.

        Returns all rows if the kind has no timing, or one that catches up.
        """
        timing = self.schedule.timing
        if timing is None or timing.catches_up:
            return rows
        return rows.filter(Q(timing_changed_at=None) | Q(timing_changed_at__lt=F("owed_due")))


def null_if_sent(due: Combinable) -> Case:
    """Return an expression for `owed_due`: `due`, or NULL if the row's message has been sent.

    The rows must have an `owed_key`. Use this if `due` and the rule's other conditions are
    subqueries. PostgreSQL then evaluates none of them for the many rows whose message was sent
    days ago, because the filters of `Rule.wanted` reject NULL.
    """
    sent = Message.objects.filter(key=OuterRef("owed_key"), sent_at__isnull=False)
    return Case(When(Exists(sent), then=None), default=due, output_field=DateTimeField())


class UsesFeatures(Protocol):
    """A programme or cohort. `uses("")` is True (see `Rule.feature`)."""

    def uses(self, feature: str) -> bool: ...


@cache
def all_rules() -> dict[str, Rule]:
    """Return a dict that maps each kind to its rule, in the order of settings.MESSAGE_RULES."""
    rules: list[Rule] = [import_string(path) for path in settings.MESSAGE_RULES]
    return {rule.kind: rule for rule in rules}


def kinds_used_by(group: UsesFeatures) -> list[str]:
    """Return the kinds that belong to no feature, or to one that the programme or cohort uses."""
    return [rule.kind for rule in all_rules().values() if group.uses(rule.feature)]


def title_of(kind: str) -> str:
    """Return the title of the kind; the kind itself if it has no rule any more."""
    rule = all_rules().get(kind)
    return str(rule.text.title) if rule else kind


def visibility_of(kind: str) -> Visibility:
    """Return the visibility of the kind; OUTCOME if it has no rule any more."""
    rule = all_rules().get(kind)
    return rule.visibility if rule else Visibility.OUTCOME


def shows_recipient(message: Message) -> bool:
    """Return whether the pages of its cohort may show who gets the message."""
    return message.group_id != NO_COHORT and visibility_of(message.kind).shows_recipients


def visibility_at_least(least: Visibility) -> Q:
    """Return a `Q` object for messages in a cohort whose kind has at least this visibility.

    A kind without a rule counts as `Visibility.OUTCOME`.
    """
    listed = ~Q(group_id=NO_COHORT)
    if least <= Visibility.OUTCOME:  # includes kinds without a rule
        return listed & ~Q(
            kind__in=[one.kind for one in all_rules().values() if one.visibility < least]
        )
    return listed & Q(
        kind__in=[one.kind for one in all_rules().values() if one.visibility >= least]
    )
