"""Sealing everything afresh with the newest key, so that an older one can be thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast

from reflections.encryption import SealedTextField, reseal

BATCH = 200
# How many of what could not be opened are named; and after how many texts it is said how far it has come.
MOST_NAMED = 20
TOLD_EVERY = 10_000


@dataclass
class Rotation:
    """What was done so far. Each batch is kept as it ends: stopped and started again, it goes on where it was.

    No more than a batch is ever held in memory. `tell` is given a line now and then, without a word of any text.
    """

    tell: Callable[[str], object] = lambda line: None
    resealed: int = 0
    already: int = 0
    unreadable: int = 0
    named: list[str] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.resealed + self.already + self.unreadable

    def run(self) -> None:
        for model, name in sealed_fields():
            begun = self.seen
            last: int | None = 0
            while last is not None:
                before = self.seen
                last = self.take_batch(model, name, after=last)
                if self.seen // TOLD_EVERY > before // TOLD_EVERY:
                    self.tell(f"{self}, so far")
            self.tell(f"{model._meta.verbose_name_plural}, {name}: {self.seen - begun} looked at")

    def take_batch(self, model: type[models.Model], name: str, *, after: int) -> int | None:
        """The primary key to go on from; None when there is nothing left."""
        with transaction.atomic():
            rows = list(
                as_sealed(model, name)
                .filter(pk__gt=after)
                .order_by("pk")
                .values_list("pk", "sealed")[:BATCH]
            )
            for pk, token in rows:
                self.take(model, name, pk, token)
        return rows[-1][0] if rows else None

    def take(self, model: type[models.Model], name: str, pk: int, token: str | None) -> None:
        """One text, read as `token`. If somebody changed it in this very moment, what they wrote is taken instead."""
        while token:  # nothing is sealed in a field that is empty
            fresh = reseal(token)
            if fresh is None:
                self.unreadable += 1
                if len(self.named) < MOST_NAMED:
                    self.named.append(f"{model._meta.verbose_name} {pk}")
                return
            if fresh == token:
                self.already += 1
                return
            same = as_sealed(model, name).filter(pk=pk, sealed=token)
            if same.update(**{name: Value(fresh, output_field=models.TextField())}):
                self.resealed += 1
                return
            token = as_sealed(model, name).filter(pk=pk).values_list("sealed", flat=True).first()

    def __str__(self) -> str:
        return f"{self.resealed} sealed afresh with the newest key, {self.already} already were"


def as_sealed(model: type[models.Model], name: str) -> QuerySet[models.Model]:
    """The model's rows, with the field as it stands in the database in `sealed`."""
    return model._base_manager.annotate(sealed=Cast(name, models.TextField()))


def sealed_fields() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, SealedTextField):
                yield model, column.name
