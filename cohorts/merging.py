"""Merging an organisation into another that it is a duplicate of. A merge can be undone for a day.

The duplicate stays as an alias of the other organisation. Imports and forms that use its name find
the other organisation, and don't create the duplicate again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Membership, Organisation

UNDOABLE_FOR = timedelta(days=1)


@dataclass(frozen=True)
class MergePlan:
    """What a merge moves: people, the cohorts that they are or were in, and other effects."""

    people: int
    cohorts: int
    effects: list[str]


def plan_merge(duplicate: Organisation, into: Organisation) -> MergePlan:
    """Return what merging would move now. The number of queries is constant."""
    counts = Membership.objects.filter(organisation=duplicate).aggregate(
        people=Count("user", distinct=True), cohorts=Count("cohort", distinct=True)
    )
    effects = (import_string(path)(duplicate, into) for path in settings.MERGE_EFFECTS)
    return MergePlan(**counts, effects=[sentence for found in effects for sentence in found])


@transaction.atomic
def merge(duplicate: Organisation, *, into: Organisation, by: User, at: datetime) -> None:
    """Move everything that refers to the duplicate, and mark it as merged. Locks both.

    Raises ValidationError if either organisation has been merged already.
    """
    locked = _locked(duplicate.pk, into.pk)
    if duplicate == into or len(locked) < 2 or any(one.merged_into_id for one in locked.values()):
        raise ValidationError(_("One of these has just been merged. Choose again."))
    duplicate = locked[duplicate.pk]
    duplicate.moved = _move(duplicate, into)
    duplicate.merged_into, duplicate.merged_at, duplicate.merged_by = into, at, by
    duplicate.save(update_fields=["moved", "merged_into", "merged_at", "merged_by"])


@transaction.atomic
def undo_merge(duplicate: Organisation, *, at: datetime) -> bool:
    """Move back what the merge moved, unless it has been changed since. Locks the organisations.

    Returns False if the merge was undone already, or is over a day old.
    """
    locked = _locked(duplicate.pk, duplicate.merged_into_id)
    duplicate = locked[duplicate.pk]
    if not can_be_undone(duplicate, at=at):
        return False
    for model, field in _references():
        moved = model._base_manager.filter(
            pk__in=duplicate.moved.get(_key(model, field), ()), **{field: duplicate.merged_into_id}
        )
        moved.update(**{field: duplicate})
    duplicate.moved, duplicate.merged_into = {}, None
    duplicate.merged_at = duplicate.merged_by = None
    duplicate.save(update_fields=["moved", "merged_into", "merged_at", "merged_by"])
    return True


def can_be_undone(organisation: Organisation, *, at: datetime) -> bool:
    return organisation.merged_at is not None and at < organisation.merged_at + UNDOABLE_FOR


def undoable(*, at: datetime) -> models.QuerySet[Organisation]:
    """Return the organisations that were merged in the last day, the latest first."""
    merged = Organisation.objects.filter(merged_at__gt=at - UNDOABLE_FOR)
    return merged.select_related("merged_into").order_by("-merged_at", "-pk")


def finish_merges(*, at: datetime) -> None:
    """Delete the records of moved rows of merges that can't be undone any more.

    First moves what a request that ran concurrently with the merge has added to the duplicate.
    """
    for merged in Organisation.objects.exclude(merged_into=None).exclude(moved={}):
        with transaction.atomic():
            duplicate = _locked(merged.pk)[merged.pk]
            if duplicate.merged_into is None:
                continue
            for key, added in _move(duplicate, duplicate.merged_into).items():
                duplicate.moved[key] = [*duplicate.moved.get(key, ()), *added]
            if not can_be_undone(duplicate, at=at):
                duplicate.moved = {}
            duplicate.save(update_fields=["moved"])


def _locked(*keys: int | None) -> dict[int, Organisation]:
    """Lock and return organisations by primary key, in a fixed order so that none deadlock."""
    known = [key for key in keys if key is not None]
    found = Organisation.objects.select_for_update().filter(pk__in=known).order_by("pk")
    return {one.pk: one for one in found}


def _references() -> Iterator[tuple[type[models.Model], str]]:
    """Yield the model and the name of each foreign key to organisations, in all apps."""
    for relation in Organisation._meta.related_objects:
        yield relation.related_model, relation.field.name


def _key(model: type[models.Model], field: str) -> str:
    return f"{model._meta.label}.{field}"


def _move(duplicate: Organisation, into: Organisation) -> dict[str, list[Any]]:
    """Make all rows that refer to the duplicate refer to `into`. Return their pks by field.

    Every foreign key has an entry, even an empty one.
    """
    moved = {}
    for model, field in _references():
        rows = model._base_manager.filter(**{field: duplicate})
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        model._base_manager.filter(pk__in=keys).update(**{field: into})
        moved[_key(model, field)] = keys
    return moved
