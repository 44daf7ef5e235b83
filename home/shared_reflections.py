"""The reflections shared in a cohort, by workshop, and the figures that facilitators see beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from reflections.models import Reflection, Reply
from reports.attendance import call_rolls
from reports.reflection_rate import Band, reflection_rates
from workshops.models import Workshop

REFLECTIONS_A_PAGE = 30
READER: Any = BindParam("user")
# Compiled once: building the conditions of who can read what costs more than running them.
SHARED = CompiledSelect(
    Reflection.objects.shared_with(READER, BindParam("cohort"))  # type: ignore[arg-type]
    .order_by("-written_at", "-pk")
    .values_list("pk", "workshop")
)
REPLY_COUNTS = CompiledSelect(
    Reply.objects.readable_by(READER)
    .filter(reflection__cohort=BindParam("cohort"))
    .order_by()
    .values_list("reflection")
    .annotate(Count("pk"))
)


@dataclass(frozen=True)
class Entry:
    """A shared reflection, with the number of replies that the reader can read."""

    reflection: Reflection
    author: User
    reply_count: int


@dataclass(frozen=True)
class Group:
    """The entries about one workshop on this page. `count` is their number on all pages."""

    workshop: Workshop | None
    count: int
    entries: list[Entry]


@dataclass(frozen=True)
class SharedReflections:
    """What others in the cohort share with one reader: a page of it, and how much there is by workshop's pk."""

    page: Page[tuple[int, int | None]]
    groups: list[Group]
    counts: Counter[int | None]


def shared_reflections(
    user: User,
    cohort: Cohort,
    workshops: Sequence[Workshop],
    members: Sequence[Membership],
    number: str | None,
) -> SharedReflections:
    """Return a page: the last workshop's first, newest first, those about no workshop at the end.

    `workshops` and `members` are all of the cohort's, with their users. Makes three queries.
    """
    by_pk: dict[int | None, Workshop] = {workshop.pk: workshop for workshop in workshops}
    index: list[tuple[Any, ...]] = SHARED(user=user.pk, cohort=cohort.pk)
    # A stable sort: within a workshop, the newest stay first.
    index.sort(key=lambda row: -by_pk[row[1]].position if row[1] in by_pk else 1)
    counts = Counter(workshop for _, workshop in index)
    page = Paginator(index, REFLECTIONS_A_PAGE).get_page(number)
    reply_counts = dict(REPLY_COUNTS(user=user.pk, cohort=cohort.pk))
    found = entries([pk for pk, _ in page.object_list], members, reply_counts)
    groups = [
        Group(
            by_pk.get(workshop),
            counts[workshop],
            [found[pk] for pk, _ in rows if pk in found],
        )
        for workshop, rows in groupby(page.object_list, key=lambda row: row[1])
    ]
    return SharedReflections(page, groups, counts)


def entries(
    pks: Sequence[int], members: Sequence[Membership], reply_counts: dict[int, int]
) -> dict[int, Entry]:
    """Return the reflections by pk. Makes one query."""
    authors = {member.user_id: member.user for member in members}
    return {
        reflection.pk: Entry(
            reflection, authors[reflection.author_id], reply_counts.get(reflection.pk, 0)
        )
        for reflection in Reflection.objects.filter(pk__in=pks)
    }


@dataclass(frozen=True)
class Line:
    """A workshop that took place: the number of shared reflections, and the band of how many wrote at all."""

    workshop: Workshop
    shared: int
    wrote: Band


def lines(
    cohort: Cohort,
    workshops: Sequence[Workshop],
    members: Sequence[Membership],
    counts: Counter[int | None],
    moment: datetime,
) -> list[Line]:
    """Return the lines for facilitators, the last workshop first.

    They can't be used to work out who has written nothing. Makes two queries.
    """
    held = sorted(
        (workshop for workshop in workshops if workshop.took_place(moment)),
        key=lambda workshop: -workshop.position,
    )
    rolls = call_rolls(held, [member for member in members if not member.is_facilitator])
    bands = reflection_rates(cohort, rolls)
    return [Line(workshop, counts[workshop.pk], bands[workshop.pk]) for workshop in held]
