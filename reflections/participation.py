"""How many write: in numbers, never who."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Value, When

from cohorts.models import Cohort, Membership
from reflections.models import Audience, Experiment, Reflection, Tombstone


@dataclass(frozen=True)
class Writing:
    """How many have or had an entry about a workshop, and how many share one: their facilitators know these by name."""

    writers: int = 0
    sharers: int = 0


def writing_per_workshop(cohort: Cohort) -> dict[int, Writing]:
    """Of the cohort's participants, by the workshop's pk; none of one about which nobody wrote. One query."""
    about = {"cohort": cohort, "workshop__isnull": False}
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    entries = Reflection.objects.filter(**about, author__in=participants).order_by()
    gone = Tombstone.objects.filter(
        **about, author__in=participants, kind=Tombstone.Kind.REFLECTION
    ).order_by()
    rows = entries.values_list("workshop", "author", "audience").union(
        gone.values_list("workshop", "author", Value(Audience.ONLY_ME.value))
    )
    # Who wrote again after their words went is one writer.
    writers, sharers = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for workshop, author, audience in rows:
        writers[workshop].add(author)
        if audience != Audience.ONLY_ME:
            sharers[workshop].add(author)
    return {
        workshop: Writing(len(found), len(sharers[workshop])) for workshop, found in writers.items()
    }


def begun_experiments(cohort: Cohort) -> list[tuple[int, bool]]:
    """What the cohort's participants try or tried, also where the words are gone: whose each is, by number, and whether
    what was learned was written down. One query.
    """
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    kinds = Tombstone.Kind
    learned = Case(
        When(kind=kinds.LEARNING, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    kept = Experiment.objects.filter(cohort=cohort, author__in=participants).order_by()
    gone = Tombstone.objects.filter(
        cohort=cohort, author__in=participants, kind__in=(kinds.EXPERIMENT, kinds.LEARNING)
    ).order_by()
    rows = kept.values_list("author", "has_learning").union(
        gone.values_list("author", learned), all=True
    )
    return [(author, bool(has_learning)) for author, has_learning in rows]
