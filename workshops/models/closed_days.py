from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.public_id import PublicIdField
from cohorts.models import Cohort


class ClosedDaysQuerySet(models.QuerySet["ClosedDays"]):
    def of(self, cohort: Cohort) -> ClosedDaysQuerySet:
        """The cohort's own, and those that hold for every cohort."""
        return self.filter(Q(cohort=cohort) | Q(cohort=None))


class ClosedDays(models.Model):
    """Days on which no workshop should be: a school holiday, or when the host is closed."""

    class Kind(models.TextChoices):
        SCHOOL = "school", "School holidays"
        HOST = "host", "Our own closed days"

    public_id = PublicIdField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=120, help_text="“Easter holidays”, “Office closed”.")
    first = models.DateField()
    last = models.DateField(help_text="The last day of them, itself among them.")
    cohort = models.ForeignKey(
        Cohort,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="closed_days",
        help_text="Empty: for every cohort.",
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects: ClassVar = ClosedDaysQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "closed days"
        ordering = ("first", "last", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="closed_days_in_order",
                violation_error_message="The last day is not before the first.",
            ),
            models.UniqueConstraint(
                fields=("cohort", "kind", "name", "first", "last"),
                condition=Q(cohort__isnull=False),
                name="closed_days_once_a_cohort",
                violation_error_message="These days are in the list already.",
            ),
            models.UniqueConstraint(
                fields=("kind", "name", "first", "last"),
                condition=Q(cohort=None),
                name="closed_days_once_for_all",
                violation_error_message="These days are in the list already.",
            ),
        )

    def __str__(self) -> str:
        return self.name
