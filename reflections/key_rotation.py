"""Key rotation: re-encryption of all text with the primary key, so that old keys can be retired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.encryption import EncryptedTextField, reencrypt

# The number of rows that are re-encrypted in one transaction.
BATCH = 200
# The error message names at most this many rows that could not be decrypted.
MOST_NAMED = 20
# A line about progress is printed each time this many more texts have been processed.
REPORT_EVERY = 10_000


@dataclass
class Rotation:
    """One run of the key rotation over every encrypted field, and how many texts it processed.

    Each batch of rows is committed, so a run that was stopped can be started again. Only one batch
    is in memory at a time. `report` is called with lines about the progress, which contain none of
    the texts. `named` has the model and pk of the first unreadable rows.
    """

    report: Callable[[str], object] = lambda line: None
    reencrypted: int = 0
    up_to_date: int = 0
    unreadable: int = 0
    named: list[str] = field(default_factory=list)

    @property
    def processed(self) -> int:
        return self.reencrypted + self.up_to_date + self.unreadable

    def run(self) -> None:
        for model, name in encrypted_fields():
            at_start = self.processed
            last: int | None = 0
            while last is not None:
                before = self.processed
                last = self.rotate_batch(model, name, after=last)
                if self.processed // REPORT_EVERY > before // REPORT_EVERY:
                    self.report(_("%(result)s, so far") % {"result": self})
            self.report(
                _("%(model)s, %(field)s: %(count)d checked")
                % {
                    "model": model._meta.verbose_name_plural,
                    "field": name,
                    "count": self.processed - at_start,
                }
            )

    def rotate_batch(self, model: type[models.Model], name: str, *, after: int) -> int | None:
        """Re-encrypt a field of up to `BATCH` rows whose pk is greater than `after`.

        Returns the pk of the last row, or None if there were no rows.
        """
        with transaction.atomic():
            rows = list(
                with_ciphertext(model, name)
                .filter(pk__gt=after)
                .order_by("pk")
                .values_list("pk", "ciphertext")[:BATCH]
            )
            for pk, token in rows:
                self.rotate(model, name, pk, token)
        return rows[-1][0] if rows else None

    def rotate(self, model: type[models.Model], name: str, pk: int, token: str | None) -> None:
        """Re-encrypt one text, and count the result.

        `token` is the text's ciphertext. If somebody has saved the text since `token` was read,
        retries with the new ciphertext.
        """
        while token:  # None if the field is NULL, or the row has been deleted.
            fresh = reencrypt(token)
            if fresh is None:
                self.unreadable += 1
                if len(self.named) < MOST_NAMED:
                    self.named.append(f"{model._meta.verbose_name} {pk}")
                return
            if fresh == token:
                self.up_to_date += 1
                return
            unchanged = with_ciphertext(model, name).filter(pk=pk, ciphertext=token)
            if unchanged.update(**{name: Value(fresh, output_field=models.TextField())}):
                self.reencrypted += 1
                return
            current = with_ciphertext(model, name).filter(pk=pk)
            token = current.values_list("ciphertext", flat=True).first()

    def __str__(self) -> str:
        return _(
            "%(reencrypted)d re-encrypted with the primary key, %(up_to_date)d already up to date"
        ) % {"reencrypted": self.reencrypted, "up_to_date": self.up_to_date}


def with_ciphertext(model: type[models.Model], name: str) -> QuerySet[models.Model]:
    """Return the model's rows, annotated with the field's encrypted value as `ciphertext`."""
    return model._base_manager.annotate(ciphertext=Cast(name, models.TextField()))


def encrypted_fields() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, EncryptedTextField):
                yield model, column.name
