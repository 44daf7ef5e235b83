"""A person's words along the journey: what they wrote, what they try, and what they said to others' words.

Theirs alone. What they said to others stands here as long as they can read what it was said to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, Q, QuerySet, Value

from accounts.models import User
from cohorts.models import Cohort
from reflections.audience_names import named
from reflections.journal.search import excerpt, holds_all, words_of
from reflections.models import Experiment, Reflection, Reply
from workshops.models import Workshop

PAGE = 30
ENTRY, EXPERIMENT, REPLY = "entry", "experiment", "reply"
MOST_FOUND = 50

Thing = Reflection | Experiment | Reply


@dataclass(frozen=True)
class Item:
    """One thing on the way.

    `answered_by` names those who replied to an entry; `found` is the HTML of where a word stands in it.
    """

    kind: str
    thing: Thing
    cohort: Cohort
    workshop: Workshop | None
    at: datetime
    answered_by: str = ""
    found: str = ""

    @property
    def template(self) -> str:
        return f"reflections/journey_{self.kind}.html"


def journey(user: User, number: str | None) -> Page[Any]:
    """A page of it: of each cohort and workshop, the latest first; what is about no workshop after them.

    As many queries for five hundred as for one; only what is on the page is opened.
    """
    page: Page[Any] = Paginator(index(user), PAGE).get_page(number)
    wanted: dict[str, list[int]] = {ENTRY: [], EXPERIMENT: [], REPLY: []}
    for kind, pk, *_ in page.object_list:
        wanted[kind].append(pk)
    items = {(item.kind, item.thing.pk): item for item in opened(user, wanted)}
    page.object_list = [items[kind, pk] for kind, pk, *_ in page.object_list if (kind, pk) in items]
    return page


def index(user: User) -> list[tuple[Any, ...]]:
    """Kind and number of each thing, in order. One query."""
    rows = [
        located(entries(user), ENTRY, "", "written_at"),
        located(experiments(user), EXPERIMENT, "", "started_at"),
        located(replies_to_others(user), REPLY, "reflection__", "written_at"),
    ]
    return sorted(rows[0].union(*rows[1:], all=True), key=place_on_the_way)


def located(things: QuerySet[Any], kind: str, through: str, at: str) -> QuerySet[Any, Any]:
    return things.order_by().values_list(
        Value(kind, CharField()),
        "pk",
        F(f"{through}cohort"),
        F(f"{through}cohort__made_at"),
        F(f"{through}workshop__position"),
        F(at),
    )


def place_on_the_way(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _kind, pk, cohort, made_at, position, at = row
    return (-made_at.timestamp(), cohort, position is None, -(position or 0), -at.timestamp(), -pk)


def entries(user: User) -> QuerySet[Reflection]:
    return Reflection.objects.by(user).select_related("cohort", "workshop")


def experiments(user: User) -> QuerySet[Experiment]:
    return Experiment.objects.by(user).select_related("cohort", "workshop", "look_back_workshop")


def replies_to_others(user: User) -> QuerySet[Reply]:
    """What the person said to what others wrote."""
    theirs = Reply.objects.readable_by(user).filter(author=user).exclude(reflection__author=user)
    return theirs.select_related(
        "author", "reflection__author", "reflection__cohort", "reflection__workshop"
    )


def opened(user: User, wanted: dict[str, list[int]]) -> list[Item]:
    """Four queries."""
    written = list(entries(user).filter(pk__in=wanted[ENTRY]))
    answered_by = repliers(user, written)
    return [
        *(entry_item(one, answered_by.get(one.pk, "")) for one in written),
        *(experiment_item(one) for one in experiments(user).filter(pk__in=wanted[EXPERIMENT])),
        *(reply_item(one) for one in replies_to_others(user).filter(pk__in=wanted[REPLY])),
    ]


def repliers(user: User, written: Iterable[Reflection]) -> dict[int, str]:
    """Who replied to each of these entries of the person's, by its number. One query."""
    replies = (
        Reply.objects.readable_by(user)
        .filter(reflection__in=[one.pk for one in written], author__isnull=False)
        .exclude(author=user)
    )
    people: dict[int, dict[User, None]] = {}
    for reply in replies.select_related("author").defer("body"):
        if reply.author:
            people.setdefault(reply.reflection_id, {})[reply.author] = None
    return {entry: named(list(writers)) for entry, writers in people.items()}


def entry_item(one: Reflection, answered_by: str = "", found: str = "") -> Item:
    return Item(ENTRY, one, one.cohort, one.workshop, one.written_at, answered_by, found)


def experiment_item(one: Experiment, found: str = "") -> Item:
    return Item(EXPERIMENT, one, one.cohort, one.workshop, one.started_at, found=found)


def reply_item(one: Reply, found: str = "") -> Item:
    about = one.reflection
    return Item(REPLY, one, about.cohort, about.workshop, one.written_at, found=found)


# Looking for something ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Findings:
    """The latest of what was found, and how much there is in all."""

    items: Sequence[Item]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.items)


def look_for(user: User, query: str) -> Findings:
    """In all that the person wrote, and in what was replied to it. All is opened for it. Three queries."""
    words = words_of(query)
    if not words:
        return Findings([], 0)
    in_threads = Reply.objects.readable_by(user).filter(Q(author=user) | Q(reflection__author=user))
    replies = in_threads.select_related(
        "author", "reflection__author", "reflection__cohort", "reflection__workshop"
    )
    everything: list[tuple[Item, list[str]]] = [
        *((entry_item(one), [one.body, one.prompt]) for one in entries(user)),
        *(
            (experiment_item(one), [one.words, one.happened, one.learned])
            for one in experiments(user)
        ),
        *((reply_item(one), [one.body]) for one in replies),
    ]
    found = [(item, texts) for item, texts in everything if holds_all(texts, words)]
    found.sort(key=lambda one: one[0].at, reverse=True)
    latest = [
        Item(
            item.kind, item.thing, item.cohort, item.workshop, item.at, found=excerpt(texts, words)
        )
        for item, texts in found[:MOST_FOUND]
    ]
    return Findings(latest, len(found))
