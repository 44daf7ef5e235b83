from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from sets.models.groupings import Set


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def to_come(self, moment: datetime) -> MeetingQuerySet:
        """Return the meetings that are not over or cancelled, soonest first."""
        return self.filter(cancelled_at=None, ends_at__gt=moment).order_by("starts_at", "pk")


class Meeting(models.Model):
    """A date on which a set meets, which is in its members' calendars."""

    public_id = PublicIdField()
    set = models.ForeignKey(Set, on_delete=models.CASCADE, related_name="meetings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(_("place"), max_length=200, blank=True)
    joining_link = models.URLField(_("joining link"), max_length=500, blank=True)
    sequence = models.PositiveIntegerField(
        default=0, help_text=_("Increases with each change, as calendars require.")
    )
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("Enter an end time after the start time."),
            ),
        )

    def __str__(self) -> str:
        return f"Meeting {self.public_id}"

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None
