from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from cohorts.models import Cohort
from workshops.models import Workshop


class Tombstone(models.Model):
    """That something was written, when the words themselves are gone: so a cohort's figures stay as they were."""

    class Kind(models.TextChoices):
        REFLECTION = "reflection", "A reflection"
        EXPERIMENT = "experiment", "An experiment"
        LEARNING = "learning", "An experiment with what was learned from it"

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="remains"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="remains")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="remains"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        verbose_name_plural = "remains"
        ordering: ClassVar = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, of which the words are gone"
