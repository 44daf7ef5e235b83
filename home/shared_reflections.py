"""What was shared in a cohort, workshop by workshop: everybody's page of it, and what facilitators see besides."""

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
from reports.reflection_rate import practice_of
from workshops.models import Workshop


@dataclass(frozen=True)
class Group:
    """One workshop's entries on this page, each with how many replies one may read; `count` is all there are of it."""

    workshop: Workshop | None
    count: int
    entries: list[tuple[Reflection, int]]


def grouped(
    page: Iterable[Reflection], counts: dict[int | None, int], user: User
) -> Iterator[Group]:
    """In their order. One query."""
    entries = list(page)
    replies = Reply.objects.readable_by(user).filter(reflection__in=[entry.pk for entry in entries])
    answered = dict(replies.order_by().values_list("reflection").annotate(Count("pk")))
    for workshop, about_it in groupby(entries, key=lambda entry: entry.workshop):
        shown = [(entry, answered.get(entry.pk, 0)) for entry in about_it]
        yield Group(workshop, counts[workshop.pk if workshop else None], shown)


def counted(shared: ReflectionQuerySet) -> dict[int | None, int]:
    """How many there are of each workshop, by its pk, and of none. One query."""
    return dict(shared.order_by().values_list("workshop").annotate(Count("pk")))


@dataclass(frozen=True)
class Line:
    """What facilitators see of one held workshop: how much was shared, and how large a part wrote, shared or not."""

    workshop: Workshop
    shared: int
    practice: str


def lines(cohort: Cohort, counts: dict[int | None, int], moment: datetime) -> list[Line]:
    """The last workshop first. Who wrote nothing is in none, and cannot be worked out from them. Five queries."""
    held = list(Workshop.objects.filter(cohort=cohort).held(moment).order_by("-position"))
    rolls = call_rolls(held, list(cohort.memberships.participating()))
    practice = practice_of(cohort, rolls)
    return [Line(workshop, counts.get(workshop.pk, 0), practice[workshop.pk]) for workshop in held]
