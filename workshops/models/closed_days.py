from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from cohorts.models import Cohort


class ClosedDaysQuerySet(models.QuerySet["ClosedDays"]):
    def of(self, cohort: Cohort) -> ClosedDaysQuerySet:
        """Return the closed days of this cohort, and those that apply to every cohort."""
        return self.filter(Q(cohort=cohort) | Q(cohort=None))


class ClosedDays(models.Model):
    """A period without workshops: a school holiday, or days on which the host is closed."""

    class Kind(models.TextChoices):
        SCHOOL = "school", _("School holidays")
        HOST = "host", _("Our own closed days")

    public_id = PublicIdField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(
        max_length=120, help_text=_("For example, “Easter holidays” or “Office closed”.")
    )
    first = models.DateField()
    last = models.DateField(help_text=_("Inclusive."))
    cohort = models.ForeignKey(
        Cohort,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="closed_days",
        help_text=_("Leave empty for every cohort."),
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
        verbose_name_plural = _("closed days")
        ordering = ("first", "last", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="closed_days_in_order",
                violation_error_message=_("Enter a last day on or after the first day."),
            ),
            models.UniqueConstraint(
                fields=("cohort", "kind", "name", "first", "last"),
                condition=Q(cohort__isnull=False),
                name="closed_days_once_a_cohort",
                violation_error_message=_("These days are already in the list."),
            ),
            models.UniqueConstraint(
                fields=("kind", "name", "first", "last"),
                condition=Q(cohort=None),
                name="closed_days_once_for_all",
                violation_error_message=_("These days are already in the list."),
            ),
        )

    def __str__(self) -> str:
        return self.name
