"""Numbers of the people who write reflections and start experiments, without their names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Value, When

from cohorts.models import Cohort, Membership
from outbox.compiled_query import BindParam, CompiledSelect
from reflections.models import Audience, Experiment, Reflection, Tombstone
from workshops.models import Workshop


@dataclass(frozen=True)
class Writing:
    """The number of people who wrote a reflection about a workshop, and of those who share one.

    Reflections that erasure has deleted count as written, but not as shared.
    """

    writers: int = 0
    sharers: int = 0


COHORT: Any = BindParam("cohort")


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


# Compiled once in each process, because building the query takes longer than running it.
STARTED = CompiledSelect(started_query(), prepare=True)


def writing_about(workshop: Workshop, *, among: Collection[int], until: datetime) -> Writing:
    """Return the numbers of people who had written about the workshop by the time `until`.

    Only users whose pks are in `among` count. A deleted reflection counts whenever it was written,
    because the time is not known. Makes two queries.
    """
    written = Reflection.objects.filter(
        workshop=workshop, author__in=among, written_at__lte=until
    ).order_by()
    deleted = Tombstone.objects.filter(
        workshop=workshop, author__in=among, kind=Tombstone.Kind.REFLECTION
    ).order_by()
    audiences = list(written.values_list("author", "audience"))
    # Use sets, so that a person with several reflections about a workshop counts once.
    sharers = {author for author, audience in audiences if audience != Audience.ONLY_ME}
    writers = {author for author, _ in audiences} | set(deleted.values_list("author", flat=True))
    return Writing(len(writers), len(sharers))


def started_experiments(cohort: Cohort) -> list[tuple[int, bool]]:
    """Return a tuple for each experiment of the cohort's participants.

    Each tuple has the author's pk, and whether the author wrote down what they learned. Experiments
    that erasure has deleted are included. Makes one query.
    """
    return [(author, bool(has_learning)) for author, has_learning in STARTED(cohort=cohort.pk)]
