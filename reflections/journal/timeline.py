"""A person's journal: their reflections, experiments, and replies to others. Only they see it.

A reply to somebody else's reflection is in the journal only while the person can read that
reflection.
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
from reflections.audience.readers import name_list
from reflections.journal.search import contains_all, excerpt, search_terms
from reflections.models import Experiment, Reflection, Reply
from workshops.models import Workshop

PAGE = 30
ENTRY, EXPERIMENT, REPLY = "entry", "experiment", "reply"
MOST_SHOWN = 50

Thing = Reflection | Experiment | Reply


@dataclass(frozen=True)
class Item:
    """An item of the journal, or a search result.

    `answered_by` has the names of the people who replied to a reflection. `found` is an HTML
    excerpt of a search result, with the search terms in `<mark>` elements.
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


def journal_page(user: User, number: str | None) -> Page[Any]:
    """Return a page of the journal, with the latest cohort and workshop first.

    Within a cohort, items about no workshop come last. Makes a constant number of queries, and
    decrypts only the items on the page.
    """
    page: Page[Any] = Paginator(index(user), PAGE).get_page(number)
    wanted: dict[str, list[int]] = {ENTRY: [], EXPERIMENT: [], REPLY: []}
    for kind, pk, *_ in page.object_list:
        wanted[kind].append(pk)
    items = {(item.kind, item.thing.pk): item for item in load_items(user, wanted)}
    page.object_list = [items[kind, pk] for kind, pk, *_ in page.object_list if (kind, pk) in items]
    return page


def index(user: User) -> list[tuple[Any, ...]]:
    """Return a row for each item of the journal, in order: kind, pk and sort keys. One query."""
    rows = [
        index_rows(entries(user), ENTRY, "", "written_at"),
        index_rows(experiments(user), EXPERIMENT, "", "started_at"),
        index_rows(replies_to_others(user), REPLY, "reflection__", "written_at"),
    ]
    return sorted(rows[0].union(*rows[1:], all=True), key=sort_key)


def index_rows(things: QuerySet[Any], kind: str, through: str, at: str) -> QuerySet[Any, Any]:
    return things.order_by().values_list(
        Value(kind, CharField()),
        "pk",
        F(f"{through}cohort"),
        F(f"{through}cohort__made_at"),
        F(f"{through}workshop__position"),
        F(at),
    )


def sort_key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _kind, pk, cohort, made_at, position, at = row
    return (-made_at.timestamp(), cohort, position is None, -(position or 0), -at.timestamp(), -pk)


def entries(user: User) -> QuerySet[Reflection]:
    return Reflection.objects.by(user).select_related("cohort", "workshop")


def experiments(user: User) -> QuerySet[Experiment]:
    return Experiment.objects.by(user).select_related("cohort", "workshop", "look_back_workshop")


def replies_to_others(user: User) -> QuerySet[Reply]:
    """Return the user's replies to other people's reflections that the user can read now."""
    own = Reply.objects.readable_by(user).filter(author=user).exclude(reflection__author=user)
    return own.select_related(
        "author", "reflection__author", "reflection__cohort", "reflection__workshop"
    )


def load_items(user: User, wanted: dict[str, list[int]]) -> list[Item]:
    """Return the items with the wanted pks, by kind, in no particular order. Makes four queries."""
    written = list(entries(user).filter(pk__in=wanted[ENTRY]))
    answered_by = repliers(user, written)
    return [
        *(entry_item(one, answered_by.get(one.pk, "")) for one in written),
        *(experiment_item(one) for one in experiments(user).filter(pk__in=wanted[EXPERIMENT])),
        *(reply_item(one) for one in replies_to_others(user).filter(pk__in=wanted[REPLY])),
    ]


def repliers(user: User, written: Iterable[Reflection]) -> dict[int, str]:
    """Return a dict that maps each reflection's pk to the names of the people who replied to it.

    Leaves out the user, and reflections without replies. Makes one query.
    """
    replies = (
        Reply.objects.readable_by(user)
        .filter(reflection__in=[one.pk for one in written], author__isnull=False)
        .exclude(author=user)
    )
    people: dict[int, dict[User, None]] = {}
    for reply in replies.select_related("author").defer("body"):
        if reply.author:
            people.setdefault(reply.reflection_id, {})[reply.author] = None
    return {entry: name_list(list(writers)) for entry, writers in people.items()}


def entry_item(one: Reflection, answered_by: str = "", found: str = "") -> Item:
    return Item(ENTRY, one, one.cohort, one.workshop, one.written_at, answered_by, found)


def experiment_item(one: Experiment, found: str = "") -> Item:
    return Item(EXPERIMENT, one, one.cohort, one.workshop, one.started_at, found=found)


def reply_item(one: Reply, found: str = "") -> Item:
    about = one.reflection
    return Item(REPLY, one, about.cohort, about.workshop, one.written_at, found=found)


@dataclass(frozen=True)
class SearchResults:
    """The latest items that match a search, and how many match in total (`count`)."""

    items: Sequence[Item]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.items)


def search_journal(user: User, query: str) -> SearchResults:
    """Return the items with all words of the query, latest first: at most `MOST_SHOWN`.

    Searches everything that the user wrote, and the replies to their reflections. Decrypts all of
    those texts. Makes three queries.
    """
    words = search_terms(query)
    if not words:
        return SearchResults([], 0)
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
    found = [(item, texts) for item, texts in everything if contains_all(texts, words)]
    found.sort(key=lambda one: one[0].at, reverse=True)
    latest = [
        Item(
            item.kind, item.thing, item.cohort, item.workshop, item.at, found=excerpt(texts, words)
        )
        for item, texts in found[:MOST_SHOWN]
    ]
    return SearchResults(latest, len(found))
