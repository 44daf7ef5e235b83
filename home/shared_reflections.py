"""A cohort's shared reflections by workshop, and the figures that facilitators see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Reflection, ReflectionQuerySet, Reply
from reports.attendance import call_rolls
from reports.reflection_rate import Band, reflection_rates
from workshops.models import Workshop


@dataclass(frozen=True)
class Group:
    """A workshop's entries on this page, each with its number of readable replies.

    `count` includes the entries on other pages.
    """

    workshop: Workshop | None
    count: int
    entries: list[tuple[Reflection, int]]


def grouped(
    page: Iterable[Reflection], counts: dict[int | None, int], user: User
) -> Iterator[Group]:
    """Group the entries by workshop, in their order. One query."""
    entries = list(page)
    replies = Reply.objects.readable_by(user).filter(reflection__in=[entry.pk for entry in entries])
    answered = dict(replies.order_by().values_list("reflection").annotate(Count("pk")))
    for workshop, about_it in groupby(entries, key=lambda entry: entry.workshop):
        shown = [(entry, answered.get(entry.pk, 0)) for entry in about_it]
        yield Group(workshop, counts[workshop.pk if workshop else None], shown)


def counts_by_workshop(shared: ReflectionQuerySet) -> dict[int | None, int]:
    """Return the number of entries by the pk of their workshop, or None. One query."""
    return dict(shared.order_by().values_list("workshop").annotate(Count("pk")))


@dataclass(frozen=True)
class Line:
    """A workshop's number of shared entries, and its band of people who wrote one, shared or not."""

    workshop: Workshop
    shared: int
    wrote: Band


def lines(cohort: Cohort, counts: dict[int | None, int], moment: datetime) -> list[Line]:
    """Return the lines, the latest workshop first. Nobody's silence can be inferred. Five queries."""
    held = list(Workshop.objects.filter(cohort=cohort).held(moment).order_by("-position"))
    rolls = call_rolls(held, list(cohort.memberships.participating()))
    bands = reflection_rates(cohort, rolls)
    return [Line(workshop, counts.get(workshop.pk, 0), bands[workshop.pk]) for workshop in held]
