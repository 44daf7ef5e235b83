"""Sealing everything afresh with the newest key, so that an older one can be thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Cast

from reflections.sealing import SealedTextField, reseal

BATCH = 200


@dataclass
class Rotation:
    """What was done so far. Each batch is kept as it ends: stopped and started again, it goes on where it was."""

    resealed: int = 0
    already: int = 0
    unreadable: int = 0

    def run(self) -> None:
        for model, field in sealed_fields():
            last: int | None = 0
            while last is not None:
                last = self.take_batch(model, field, after=last)

    def take_batch(self, model: type[models.Model], field: str, *, after: int) -> int | None:
        """The primary key to go on from; None when there is nothing left."""
        with transaction.atomic():
            sealed = Cast(field, models.TextField())  # as it stands in the database
            rows = list(
                model._default_manager.filter(pk__gt=after).order_by("pk").values_list("pk", sealed)[:BATCH]
            )
            for pk, token in rows:
                self.take(model, field, pk, token)
        return rows[-1][0] if rows else None

    def take(self, model: type[models.Model], field: str, pk: int, token: str) -> None:
        fresh = reseal(token)
        if fresh is None:
            self.unreadable += 1
        elif fresh == token:
            self.already += 1
        else:
            # What its author changed in this very moment is left to them: it is sealed with the newest key already.
            same = model._default_manager.annotate(sealed=Cast(field, models.TextField())).filter(
                pk=pk, sealed=token
            )
            same.update(**{field: Value(fresh, output_field=models.TextField())})
            self.resealed += 1

    def __str__(self) -> str:
        return f"{self.resealed} sealed afresh with the newest key, {self.already} already were"


def sealed_fields() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedTextField):
                yield model, field.name
