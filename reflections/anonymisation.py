"""All that somebody wrote, gone at once; that they wrote stays where figures count it, without a word and a name."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import take_back
from reflections.models import Draft, Experiment, Quote, Reflection, Reply, Tombstone

# Where each kind of words says which cohort it is of. What is offered to a report goes with its reflection.
COHORT_OF = {
    Reflection: "cohort",
    Reply: "reflection__cohort",
    Draft: "cohort",
    Experiment: "cohort",
}


def words_in(cohort: str, *, author: str = "") -> Q:
    """Whether a row has words in the cohort that its column names: anybody's, or those of an author whom it names."""
    whose = {"author": OuterRef(author)} if author else {}
    kinds = (
        model._default_manager.filter(**{of: OuterRef(cohort)}, **whose)
        for model, of in COHORT_OF.items()
    )
    return Q(*(Q(Exists(kind)) for kind in kinds), _connector=Q.OR)


def keeps_words_of(author: User) -> bool:
    """Whether there is anything that `forget_words` would take."""
    return any(model._default_manager.filter(author=author).exists() for model in COHORT_OF)


@transaction.atomic
def forget_words(author: User, *, at: datetime, cohort: Cohort | None = None) -> dict[str, int]:
    """Reflections with what was replied to them, replies, drafts, experiments and words offered; of one cohort or all.

    How many of each kind went. A report that is frozen keeps what is printed in it.
    """
    where = {"cohort": cohort} if cohort else {}
    replies = {"reflection__cohort": cohort} if cohort else {}
    # Held, so that nobody answers what goes at the same moment, nor writes on in it.
    reflections = list(
        Reflection.objects.select_for_update().filter(author=author, **where).order_by("pk")
    )
    experiments = list(
        Experiment.objects.select_for_update().filter(author=author, **where).order_by("pk")
    )
    Tombstone.objects.bulk_create(
        [remains_of(entry, Tombstone.Kind.REFLECTION) for entry in reflections]
        + [
            remains_of(
                one, Tombstone.Kind.LEARNING if one.has_learning else Tombstone.Kind.EXPERIMENT
            )
            for one in experiments
        ]
    )
    going = {
        "drafts": Draft.objects.filter(author=author, **where),
        "words offered to a report": Quote.objects.filter(author=author, **where),
        "experiments": Experiment.objects.filter(pk__in=[one.pk for one in experiments]),
        "reflections": Reflection.objects.filter(pk__in=[one.pk for one in reflections]),
    }
    said = list(Reply.objects.filter(author=author, **replies).order_by("reflection", "pk"))
    gone = {"replies": len(said), **{kind: rows.count() for kind, rows in going.items()}}
    for one in said:
        take_back(reply=one, by=author, at=at)
    for rows in going.values():
        rows.delete()
    return {kind: count for kind, count in gone.items() if count}


def remains_of(one: Reflection | Experiment, kind: Tombstone.Kind) -> Tombstone:
    return Tombstone(
        author_id=one.author_id, cohort_id=one.cohort_id, workshop_id=one.workshop_id, kind=kind
    )
