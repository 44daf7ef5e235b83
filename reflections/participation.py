"""Numbers of the people who write reflections and start experiments, without their names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Value, When

from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from reflections.models import Audience, Experiment, Reflection, Tombstone


@dataclass(frozen=True)
class Writing:
    """The number of people who wrote a reflection about a workshop, and of those who share one.

    Reflections that erasure has deleted count as written, but not as shared.
    """

    writers: int = 0
    sharers: int = 0


COHORT: Any = BindParam("cohort")


def written_query() -> QuerySet[Any, Any]:
    """Return rows of workshop, author and audience for the reflections of participants."""
    about = {"cohort": COHORT, "workshop__isnull": False}
    participants = Membership.objects.filter(cohort=COHORT).participating().values("user")
    entries = Reflection.objects.filter(**about, author__in=participants).order_by()
    deleted = Tombstone.objects.filter(
        **about, author__in=participants, kind=Tombstone.Kind.REFLECTION
    ).order_by()
    return entries.values_list("workshop", "author", "audience").union(
        deleted.values_list("workshop", "author", Value(Audience.ONLY_ME.value))
    )


def started_query() -> QuerySet[Any, Any]:
    """Return rows of author and has_learning for the experiments of participants."""
    participants = Membership.objects.filter(cohort=COHORT).participating().values("user")
    kinds = Tombstone.Kind
    learned = Case(
        When(kind=kinds.LEARNING, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    existing = Experiment.objects.filter(cohort=COHORT, author__in=participants).order_by()
    deleted = Tombstone.objects.filter(
        cohort=COHORT, author__in=participants, kind__in=(kinds.EXPERIMENT, kinds.LEARNING)
    ).order_by()
    return existing.values_list("author", "has_learning").union(
        deleted.values_list("author", learned), all=True
    )


# Compiled once in each process, because building these queries takes longer than running them.
WRITTEN = CompiledSelect(written_query(), prepare=True)
STARTED = CompiledSelect(started_query(), prepare=True)


def writing_per_workshop(cohort: Cohort) -> dict[int, Writing]:
    """Return a dict that maps each workshop's pk to the numbers of participants who wrote.

    Workshops about which nobody wrote are left out. Makes one query.
    """
    # Sets, so that a person with several reflections about a workshop counts once.
    writers, sharers = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for workshop, author, audience in WRITTEN(cohort=cohort.pk):
        writers[workshop].add(author)
        if audience != Audience.ONLY_ME:
            sharers[workshop].add(author)
    return {
        workshop: Writing(len(found), len(sharers[workshop])) for workshop, found in writers.items()
    }


def started_experiments(cohort: Cohort) -> list[tuple[int, bool]]:
    """Return a tuple for each experiment of the cohort's participants.

    Each tuple has the author's pk, and whether the author wrote down what they learned. Experiments
    that erasure has deleted are included. Makes one query.
    """
    return [(author, bool(has_learning)) for author, has_learning in STARTED(cohort=cohort.pk)]
