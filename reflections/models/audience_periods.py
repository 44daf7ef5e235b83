from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reflections.audience.rules import Audience
from reflections.models.entries import Reflection


class AudiencePeriod(models.Model):
    """A period during which a reflection was shared with one audience.

    `shared_at` and `changed_at` are the reflection's own values at the start of the period. They
    decide which members of the audience could read the reflection: see
    `reflections.audience.rules`.
    """

    reflection = models.ForeignKey(
        Reflection, on_delete=models.CASCADE, related_name="audience_periods"
    )
    audience = models.CharField(max_length=20, choices=Audience.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(
        help_text=_(
            "Since when its readers could read the reflection; earlier than began_at if it was "
            "narrowed."
        )
    )
    changed_at = models.DateTimeField(help_text=_("The last edit before the period began."))

    class Meta:
        ordering = ("began_at", "pk")
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=~Q(audience=Audience.ONLY_ME),
                name="audience_period_is_shared",
                violation_error_message=_(
                    "An audience period must have an audience other than “Only me”."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="audience_period_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.UniqueConstraint(
                fields=("reflection",),
                condition=Q(ended_at=None),
                name="audience_period_one_current",
                violation_error_message=_("A reflection can have only one current audience."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.audience} from {self.began_at:%Y-%m-%d %H:%M}"
