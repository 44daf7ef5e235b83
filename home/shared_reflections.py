"""The reflections shared in a cohort, by workshop, and the figures that only facilitators see."""

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
from reports.reflection_rate import Band, bands_of
from workshops.models import Workshop

REFLECTIONS_A_PAGE = 20
READER: Any = BindParam("user")
# Compiled once in each process, because building these queries takes longer than running them.
# SHARED selects the reflections that others share with the reader; REPLY_COUNTS maps reflections to
# the number of replies that the reader can read.
SHARED = CompiledSelect(
    Reflection.objects.shared_with(READER, BindParam("cohort"))  # type: ignore[arg-type]
    .order_by("-written_at", "-pk")
    .values_list("pk", "workshop"),
    prepare=True,
)
REPLY_COUNTS = CompiledSelect(
    Reply.objects.readable_by(READER)
    .filter(reflection__cohort=BindParam("cohort"))
    .order_by()
    .values_list("reflection")
    .annotate(Count("pk")),
    prepare=True,
)


@dataclass(frozen=True)
class Entry:
    """A shared reflection, and how many of its replies the reader can read."""

    reflection: Reflection
    author: User
    reply_count: int


@dataclass(frozen=True)
class Group:
    """The entries about one workshop on one page of the paginated list.

    `workshop` is None for entries that are about no workshop. `count` is the number of entries
    about the workshop on all pages.
    """

    workshop: Workshop | None
    count: int
    entries: list[Entry]


@dataclass(frozen=True)
class SharedReflections:
    """One page of the reflections that others in the cohort share with one reader.

    `page` has tuples of a reflection's pk and its workshop's pk, and `groups` has the same
    reflections as entries. `counts` has the number of reflections on all pages by the pk of their
    workshop; the key None stands for reflections about no workshop.
    """

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
    """Return page `number` of the reflections that others in the cohort share with the user.

    Reflections about the last workshop come first, and those about no workshop come last. Within a
    workshop, the newest come first. `workshops` and `members` must be all of the cohort's, and
    the members' users must be loaded. Makes at most three queries.
    """
    by_pk: dict[int | None, Workshop] = {workshop.pk: workshop for workshop in workshops}
    index: list[tuple[Any, ...]] = SHARED(user=user.pk, cohort=cohort.pk)
    # The sort is stable: within a workshop, reflections stay in the order of SHARED, newest first.
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
    """Return a dict that maps each reflection's pk to its entry. Makes one query."""
    authors = {member.user_id: member.user for member in members}
    return {
        reflection.pk: Entry(
            reflection, authors[reflection.author_id], reply_counts.get(reflection.pk, 0)
        )
        for reflection in Reflection.objects.filter(pk__in=pks)
    }


@dataclass(frozen=True)
class WorkshopFigures:
    """Figures about the reflections on a workshop that took place.

    `shared` is the number of reflections shared with the reader. `wrote` is the band of the share
    of attendees who wrote anything, shared or not.
    """

    workshop: Workshop
    shared: int
    wrote: Band


def workshop_figures(
    workshops: Sequence[Workshop],
    counts: Counter[int | None],
    moment: datetime,
) -> list[WorkshopFigures]:
    """Return the figures of each workshop that took place, the last workshop first.

    They are for facilitators. The bands are too wide to work out who has written nothing.
    Makes one query.
    """
    held = sorted(
        (workshop for workshop in workshops if workshop.took_place(moment)),
        key=lambda workshop: -workshop.position,
    )
    bands = bands_of(held)
    return [WorkshopFigures(workshop, counts[workshop.pk], bands[workshop.pk]) for workshop in held]
