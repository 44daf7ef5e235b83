from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from workshops.models.workshop import Workshop


class Announcement(models.Model):
    """A message of the facilitators' own to their cohort, or to those of it who come or have not said so."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "Everybody"
        COMING = "coming", "Those who are coming"
        SILENT = "silent", "Those who have not answered"

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="announcements")
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.EVERYBODY)
    workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="announcements",
        help_text="To which they are coming, or of which they have not said so.",
    )
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000, help_text="Markdown with named fields.")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="From when it is owed; empty for a draft."
    )

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(audience="everybody", workshop=None)
                | Q(audience__in=("coming", "silent"), workshop__isnull=False),
                name="announcement_audience_of_workshop",
                violation_error_message="Choose the workshop that they are coming to, or have not answered.",
            ),
        )

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("workshops:announcement_detail", args=[self.public_id])

    @property
    def is_draft(self) -> bool:
        return self.confirmed_at is None

    def confirm(self, *, at: datetime) -> bool:
        """From now on it is owed to its audience. False if it was confirmed before: nobody gets it twice."""
        drafts = Announcement.objects.filter(pk=self.pk, confirmed_at=None)
        is_first = bool(drafts.update(confirmed_at=at))
        self.refresh_from_db(fields=["confirmed_at"])
        return is_first
