from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reflections.models.entries import Audience, Reflection


class AudiencePeriod(models.Model):
    """A time through which a reflection had one audience: its author's record of who could read it when.

    What is only its author's has none. `shared_at` and `changed_at` are the entry's own as the time began: from them
    follows who in the audience was told (`reflections.audience.told`).
    """

    reflection = models.ForeignKey(
        Reflection, on_delete=models.CASCADE, related_name="audience_periods"
    )
    audience = models.CharField(max_length=20, choices=Audience.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(
        help_text="Before it began, where it was narrowed: its readers could read it from then on."
    )
    changed_at = models.DateTimeField(help_text="When the words were last changed, as it began.")

    class Meta:
        ordering = ("began_at", "pk")
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=~Q(audience=Audience.ONLY_ME),
                name="sharing_with_somebody",
                violation_error_message="What is only its author's is shared with nobody.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="sharing_ends_after_it_began",
                violation_error_message="What ends began before.",
            ),
            models.UniqueConstraint(
                fields=("reflection",),
                condition=Q(ended_at=None),
                name="sharing_one_at_a_time",
                violation_error_message="A reflection has one audience at a time.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_audience_display()}, from {self.began_at:%Y-%m-%d %H:%M}"
