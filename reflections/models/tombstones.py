from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from workshops.models import Workshop


class Tombstone(models.Model):
    """A record that somebody wrote a reflection or an experiment that erasure has deleted.

    A tombstone has none of the text. Figures count tombstones, so that erasure doesn't change the
    figures.
    """

    class Kind(models.TextChoices):
        REFLECTION = "reflection", _("A reflection")
        EXPERIMENT = "experiment", _("An experiment")
        LEARNING = "learning", _("An experiment with what was learned from it")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tombstones"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="tombstones")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="tombstones"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        ordering: ClassVar = ("pk",)

    def __str__(self) -> str:
        return f"Tombstone of {self.kind} {self.pk}"
