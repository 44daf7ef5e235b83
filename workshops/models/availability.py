from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from workshops.times import HalfDay


class AvailabilityPollQuerySet(models.QuerySet["AvailabilityPoll"]):
    def open(self, moment: datetime) -> AvailabilityPollQuerySet:
        """Return the polls that can be answered at `moment`."""
        return self.filter(closed_at=None, closes_at__gt=moment)


class AvailabilityPoll(models.Model):
    """A poll that asks a cohort's members which half days they can't make."""

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="availability_polls")
    first = models.DateField()
    last = models.DateField()
    weekdays = models.JSONField(help_text=_("The days of the week in the poll; Monday is 0."))
    halves = models.JSONField(help_text=_("The halves of these days: morning, afternoon."))
    closed_days = models.JSONField(
        default=list,
        help_text=_("Closed days when the poll was opened, which it does not ask about."),
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = AvailabilityPollQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="availability_poll_days_in_order",
                violation_error_message=_("Enter a last day on or after the first day."),
            ),
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(closed_at=None),
                name="availability_poll_one_open",
                violation_error_message=_("This cohort already has an open poll."),
            ),
        )

    def __str__(self) -> str:
        return gettext("When people are free: %(cohort)s") % {"cohort": self.cohort}

    def half_days(self) -> list[tuple[date, HalfDay]]:
        """Return the local date and half of each half day in the poll, in order of time.

        Days that were closed when the poll was opened are left out.
        """
        days = (
            self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1)
        )
        return [
            (day, half)
            for day in days
            if day.weekday() in self.weekdays and day.isoformat() not in self.closed_days
            for half in HalfDay
            if half in self.halves
        ]

    def is_open(self, moment: datetime) -> bool:
        return self.closed_at is None and moment < self.closes_at

    def close(self, *, by: User, at: datetime) -> None:
        """Close the poll and retain its answers. Does nothing if the poll is already closed."""
        AvailabilityPoll.objects.filter(pk=self.pk, closed_at=None).update(
            closed_at=at, closed_by=by
        )
        self.refresh_from_db(fields=["closed_at", "closed_by"])


class AvailabilityAnswer(models.Model):
    """One member's answer to a poll. A member who answers again replaces their answer."""

    poll = models.ForeignKey(AvailabilityPoll, on_delete=models.CASCADE, related_name="answers")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="availability_answers"
    )
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ("poll", "membership")
        constraints = (
            models.UniqueConstraint(
                fields=("poll", "membership"),
                name="availability_answer_once",
                violation_error_message=_("This person has already answered."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} to {self.poll_id}"


class Unavailability(models.Model):
    """A half day that a member can't make, according to their answer to a poll."""

    answer = models.ForeignKey(
        AvailabilityAnswer, on_delete=models.CASCADE, related_name="unavailable"
    )
    day = models.DateField()
    half = models.CharField(max_length=20, choices=HalfDay.choices)

    class Meta:
        ordering = ("day", "-half")
        constraints = (
            models.UniqueConstraint(
                fields=("answer", "day", "half"),
                name="unavailability_once",
                violation_error_message=_("That half day is already in the answer."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.half}"
