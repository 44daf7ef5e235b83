"""How many write: in numbers, never who."""

from __future__ import annotations

from collections import Counter

from django.db.models import BooleanField, Case, Count, Value, When

from cohorts.models import Cohort, Membership
from reflections.models import Experiment, Reflection, Remains


def writers_per_workshop(cohort: Cohort) -> dict[int, int]:
    """How many of the cohort's participants have or had an entry about each workshop, by its pk. One query."""
    about = {"cohort": cohort, "workshop__isnull": False}
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    entries = Reflection.objects.filter(**about, author__in=participants)
    gone = Remains.objects.filter(**about, author__in=participants, kind=Remains.Kind.REFLECTION)
    # A union has each pair once: who wrote again after their words went is one writer.
    writers = entries.order_by().values_list("workshop", "author")
    return Counter(
        workshop for workshop, _ in writers.union(gone.order_by().values_list("workshop", "author"))
    )


def sharers_per_workshop(cohort: Cohort) -> dict[int, int]:
    """How many of them share an entry about it: their facilitators know them by name. One query."""
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    entries = Reflection.objects.shared().filter(
        cohort=cohort, workshop__isnull=False, author__in=participants
    )
    return dict(entries.order_by().values_list("workshop").annotate(Count("author", distinct=True)))


def begun_experiments(cohort: Cohort) -> list[tuple[int, bool]]:
    """What the cohort's participants try or tried, also where the words are gone: whose each is, by number, and whether
    what was learned was written down. One query.
    """
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    kinds = Remains.Kind
    learned = Case(
        When(kind=kinds.LEARNING, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    kept = Experiment.objects.filter(cohort=cohort, author__in=participants).order_by()
    gone = Remains.objects.filter(
        cohort=cohort, author__in=participants, kind__in=(kinds.EXPERIMENT, kinds.LEARNING)
    ).order_by()
    rows = kept.values_list("author", "has_learning").union(gone.values_list("author", learned), all=True)
    return [(author, bool(has_learning)) for author, has_learning in rows]
