"""Deletion of everything that a person wrote. Tombstones preserve the cohort's figures."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import delete_reply
from reflections.models import Draft, Experiment, Quote, Reflection, Reply, Tombstone

# The models of what people write, each with the lookup path to its cohort.
COHORT_OF = {
    Reflection: "cohort",
    Reply: "reflection__cohort",
    Draft: "cohort",
    Experiment: "cohort",
    Quote: "cohort",
}


def has_words_in(cohort: str, *, author: str = "") -> Q:
    """Return a `Q` object that matches rows in whose cohort somebody has written something.

    `cohort` is the field of the filtered model that refers to a cohort. If `author` is given, it is
    the field of that model that refers to a user, and only this user's writing counts.
    """
    by_author = {"author": OuterRef(author)} if author else {}
    kinds = (
        model._default_manager.filter(**{of: OuterRef(cohort)}, **by_author)
        for model, of in COHORT_OF.items()
    )
    return Q(*(Q(Exists(kind)) for kind in kinds), _connector=Q.OR)


def has_written(author: User) -> bool:
    """Return whether the author has written anything that `delete_words` would delete."""
    return any(model._default_manager.filter(author=author).exists() for model in COHORT_OF)


@transaction.atomic
def delete_words(author: User, *, at: datetime, cohort: Cohort | None = None) -> dict[str, int]:
    """Delete everything that the author wrote, in one cohort or in all, and the replies to it.

    Returns the number of objects that the author had written, by kind. A tombstone replaces each
    reflection and experiment. If others have answered a reply by the author, its row stays without
    text and author. Quotes that are printed in a frozen report stay in the report.
    """
    where = {"cohort": cohort} if cohort else {}
    replies = {"reflection__cohort": cohort} if cohort else {}
    # The rows are locked, so that concurrent replies and edits wait until the rows are deleted.
    reflections = list(
        Reflection.objects.select_for_update().filter(author=author, **where).order_by("pk")
    )
    experiments = list(
        Experiment.objects.select_for_update().filter(author=author, **where).order_by("pk")
    )
    Tombstone.objects.bulk_create(
        [tombstone_of(entry, Tombstone.Kind.REFLECTION) for entry in reflections]
        + [
            tombstone_of(
                one, Tombstone.Kind.LEARNING if one.has_learning else Tombstone.Kind.EXPERIMENT
            )
            for one in experiments
        ]
    )
    querysets = {
        "drafts": Draft.objects.filter(author=author, **where),
        "words offered to a report": Quote.objects.filter(author=author, **where),
        "experiments": Experiment.objects.filter(pk__in=[one.pk for one in experiments]),
        "reflections": Reflection.objects.filter(pk__in=[one.pk for one in reflections]),
    }
    replies_written = list(
        Reply.objects.filter(author=author, **replies).order_by("reflection", "pk")
    )
    counts = {
        "replies": len(replies_written),
        **{kind: rows.count() for kind, rows in querysets.items()},
    }
    for one in replies_written:
        delete_reply(reply=one, by=author, at=at)
    for rows in querysets.values():
        rows.delete()
    return {kind: count for kind, count in counts.items() if count}


def tombstone_of(one: Reflection | Experiment, kind: Tombstone.Kind) -> Tombstone:
    return Tombstone(
        author_id=one.author_id, cohort_id=one.cohort_id, workshop_id=one.workshop_id, kind=kind
    )
