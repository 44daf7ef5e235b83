"""Forecasts: a group's messages that have no row yet, from the same rules that send them.

Such messages are called unwritten. A group is a cohort. Each forecast is one query, however many
rules and people there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from accounts.models import User
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect, DateTimeParam
from outbox.content.email import EmailContent
from outbox.models import Message, MessageOverride, SuppressedAddress
from outbox.rules import Rule, Visibility, all_rules, title_of, visibility_of

# How far back and how far ahead to look for unwritten messages.
BEHIND, AHEAD = timedelta(days=400), timedelta(days=400)
COLUMNS = ("owed_kind", "owed_subject", "owed_due", "owed_recipient")
TALLY_COLUMNS = (
    *("owed_kind", "owed_subject", "owed_due"),
    *("tally_people", "tally_missed", "tally_skipped", "tally_unreached"),
)


@dataclass(frozen=True, order=True)
class Foreseen:
    """A message that the rules will send unless something changes.

    `subject_id` is the pk of the object that the message is about, for example a workshop.
    `recipient` is a user's pk.
    """

    due_at: datetime
    kind: str
    subject_id: int
    recipient: int

    @property
    def title(self) -> str:
        return title_of(self.kind)

    @property
    def shows_recipients(self) -> bool:
        return visibility_of(self.kind).shows_recipients


@dataclass(frozen=True, order=True)
class Unwritten:
    """An unwritten message, with the fields of `Foreseen` and the time at which it expires."""

    due_at: datetime
    kind: str
    subject_id: int
    recipient: int
    expires_at: datetime

    def phase(self, moment: datetime) -> str:
        """Return “coming”, “due” (the next run will send it) or “missed” (it has expired)."""
        if self.due_at > moment:
            return "coming"
        return "due" if self.expires_at > moment else "missed"


@dataclass(frozen=True, order=True)
class Tally:
    """The number of unwritten messages of one kind about one object, all due at the same time.

    For a kind with `Visibility.SCHEDULE`, one message stands for everybody's.
    """

    due_at: datetime
    kind: str
    subject_id: int
    people: int
    missed: int
    skipped: int
    """How many are skipped for their recipient alone."""
    unreached: int
    """How many of the rest have a suppressed address. 0 unless the kind shows its recipients."""


def unwritten(group_id: int, moment: datetime, kind: str) -> list[Unwritten]:
    """Return the kind's unwritten messages, ordered by due time, if pages may show its recipients.

    Messages that a facilitator has skipped are included.
    """
    rows = unwritten_query(all_rules()[kind])(group_id=group_id, moment=moment)
    return sorted(
        Unwritten(due, kind, subject_id, person, expires)
        for kind, subject_id, due, person, expires in rows
    )


@cache
def unwritten_query(rule: Rule) -> CompiledSelect:
    rows = rule.visible_rows(MOMENT - BEHIND, MOMENT + AHEAD)
    if not rule.visibility.shows_recipients:
        rows = rows.none()
    return CompiledSelect(in_group(rule, rows).values_list(*COLUMNS, "owed_expires"), prepare=True)


def tallies(
    group_id: int,
    moment: datetime,
    kinds: Collection[str] = (),
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Tally]:
    """Return the tallies of the unwritten messages that pages may show, ordered by due time.

    An empty `kinds` means all kinds. The messages are due after `since`, by default BEHIND before
    `moment`, and no later than `until`, by default AHEAD after it.
    """
    rules = tuple(rule for rule in all_rules().values() if not kinds or rule.kind in kinds)
    rows = tallies_query(rules)(
        group_id=group_id,
        moment=moment,
        since=since or moment - BEHIND,
        until=until or moment + AHEAD,
    )
    return sorted(
        Tally(due, kind, subject_id, people, missed, skipped, unreached)
        for kind, subject_id, due, people, missed, skipped, unreached in rows
    )


@cache
def tallies_query(rules: tuple[Rule, ...]) -> CompiledSelect:
    since: Any = DateTimeParam("since")
    until: Any = DateTimeParam("until")
    parts = [tallies_of(rule, since, until) for rule in rules]
    return CompiledSelect(parts[0].union(*parts[1:], all=True), prepare=True)


def tallies_of(rule: Rule, since: datetime, until: datetime) -> QuerySet[Any]:
    """Return the columns of the rule's tallies, in the group of the parameter `group_id`."""
    planned = rule.planned(since, until)
    if planned is None:
        return tallied(rule, in_group(rule, rule.visible_rows(since, until)))
    is_missed = Case(When(owed_expires__lte=MOMENT, then=1), default=0, output_field=IntegerField())
    columns = {
        "owed_kind": Value(rule.kind, CharField()),
        "tally_people": Value(1),
        "tally_missed": is_missed,
        "tally_skipped": Value(0),
        "tally_unreached": Value(0),
    }
    rows = planned.filter(owed_group=BindParam("group_id")).order_by().annotate(**columns)
    listed: QuerySet[Any] = rows.values_list(*TALLY_COLUMNS)
    return listed


def tallied(rule: Rule, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the counts of a `Tally` for each subject and due time among the rule's rows."""
    nobody = Value(0, IntegerField())
    is_missed = Q(owed_expires__lte=MOMENT)  # nothing expires before it is due
    is_skipped = Exists(
        MessageOverride.objects.of(rule.kind, OuterRef("owed_subject"))
        .filter(recipient=OuterRef("owed_recipient"))
        .skipping()
    )
    suppressed = SuppressedAddress.objects.values("address")
    is_unreached = Exists(User.objects.filter(pk=OuterRef("owed_recipient"), email__in=suppressed))
    counts: dict[str, Any] = {"people": Count("*")}
    if rule.overrides is None:
        counts |= {"missed": Count("owed_recipient", filter=is_missed), "skipped": nobody}
        is_left = ~is_missed
    else:
        rows = rows.annotate(is_skipped=is_skipped)
        counts |= {
            "missed": Count("owed_recipient", filter=Q(is_skipped=False) & is_missed),
            "skipped": Count("owed_recipient", filter=Q(is_skipped=True)),
        }
        is_left = Q(is_skipped=False) & ~is_missed
    if rule.visibility.shows_recipients:
        rows = rows.annotate(is_unreached=is_unreached)
        # Few are unreached, so PostgreSQL seldom evaluates `is_left`, which may be slow.
        counts["unreached"] = Count("owed_recipient", filter=Q(is_unreached=True) & is_left)
    else:
        counts["unreached"] = nobody
    named = {f"tally_{name}": count for name, count in counts.items()}
    grouped: QuerySet[Any] = (
        rows.values("owed_kind", "owed_subject", "owed_due")
        .annotate(**named)
        .values_list(*TALLY_COLUMNS)
    )
    return grouped


def preview_email(
    person: User,
    *,
    kind: str,
    subject_id: int,
    group_id: int,
    membership_id: int,
    due_at: datetime,
) -> EmailContent:
    """Return the e-mail that the person would get if it were rendered now. Saves nothing."""
    message = Message(
        kind=kind,
        subject_id=subject_id,
        group_id=group_id,
        membership_id=membership_id,
        recipient=person,
        made_at=due_at,
        due_at=due_at,
        expires_at=due_at,
        try_at=due_at,
    )
    return all_rules()[kind].compose(message)


def foresee(group_id: int, moment: datetime, until: datetime) -> list[Foreseen]:
    """Return the unwritten messages that are owed at `moment` or come due by `until`.

    They are ordered by due time. Leaves out kinds with `Visibility.NOTHING`.
    """
    found = foreseen_query(tuple(all_rules().values()))(
        group_id=group_id, moment=moment, until=until
    )
    return sorted(
        Foreseen(due, kind, subject_id, person) for kind, subject_id, due, person in found
    )


@cache
def foreseen_query(rules: tuple[Rule, ...]) -> CompiledSelect:
    until: Any = DateTimeParam("until")
    listed = [rule for rule in rules if rule.visibility is not Visibility.NOTHING]
    return union_of(
        (rule, rows) for rule in listed for rows in (rule.owed(MOMENT), rule.due(MOMENT, until))
    )


def foresee_after(
    act: Callable[[], object], group_id: int, moment: datetime, until: datetime
) -> list[Foreseen]:
    """Return what `foresee` would return after `act()`.

    Calls `act` in a transaction and rolls it back.
    """
    with transaction.atomic():
        act()
        found = foresee(group_id, moment, until)
        transaction.set_rollback(True)
    return found


def due_between(group_id: int, since: datetime, until: datetime) -> list[Foreseen]:
    """Return the unwritten messages due after `since` and no later than `until`.

    They are ordered by due time. Kinds with `Visibility.NOTHING` are included, so don't show the
    result on a cohort's pages.
    """
    found = due_query(tuple(all_rules().values()))(group_id=group_id, since=since, until=until)
    return sorted(
        Foreseen(due, kind, subject_id, person) for kind, subject_id, due, person in found
    )


@cache
def due_query(rules: tuple[Rule, ...]) -> CompiledSelect:
    since: Any = DateTimeParam("since")
    until: Any = DateTimeParam("until")
    return union_of((rule, rule.due(since, until)) for rule in rules)


def union_of(rows: Iterable[tuple[Rule, QuerySet[Any]]]) -> CompiledSelect:
    parts = [in_group(rule, some).values_list(*COLUMNS) for rule, some in rows]
    return CompiledSelect(parts[0].union(*parts[1:], all=True), prepare=True)


def in_group(rule: Rule, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rule's rows that have no message yet, in the group of the parameter `group_id`."""
    rows = rule.unwritten(rows.filter(owed_group=BindParam("group_id"))).order_by()
    named: QuerySet[Any] = rows.annotate(owed_kind=Value(rule.kind, CharField()))
    return named
