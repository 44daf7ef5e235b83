from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.models.parties import Party
from partnerships.models.partnerships import ALIVE, TEXT_LENGTH, Partnership, Status

MONTHS = (3, 6, 12)


class Contribution(models.TextChoices):
    """Whether the work would exist without the programme."""

    NO = "no", _("No, it would not have happened")
    LATER = "later", _("Yes, but later or smaller")
    ANYWAY = "anyway", _("Yes, it would have happened anyway")
    UNKNOWN = "unknown", _("I can’t say")


class Check(models.Model):
    """A question to a partnership, 3, 6 or 12 months after it began: is the work still running?

    The due time depends on the day the work began: see `partnerships.checks.due`.
    """

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="checks")
    months = models.PositiveSmallIntegerField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    status = models.CharField(max_length=20, choices=Status.choices, blank=True)
    happened = models.TextField(max_length=TEXT_LENGTH, blank=True)
    noticed = models.CharField(max_length=300, blank=True)
    contribution = models.CharField(max_length=20, choices=Contribution.choices, blank=True)

    class Meta:
        ordering: ClassVar = ("months",)
        constraints = (
            models.UniqueConstraint(
                fields=("partnership", "months"),
                name="check_once",
                violation_error_message=_("This check exists already."),
            ),
            models.CheckConstraint(
                condition=Q(months__in=MONTHS),
                name="check_months_known",
                violation_error_message=_("A check is after 3, 6 or 12 months."),
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, status="", contribution="")
                | Q(answered_at__isnull=False, status__in=Status.values)
                & Q(contribution__in=("", *Contribution.values)),
                name="check_answered_has_status",
                violation_error_message=_("Choose how far it has come."),
            ),
        )

    def __str__(self) -> str:
        return f"Check {self.pk}"

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    @property
    def is_alive(self) -> bool:
        """Return whether the answer says that the work is still running."""
        return self.status in ALIVE
