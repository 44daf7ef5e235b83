from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from workshops.times import HalfDay


class AvailabilityPollQuerySet(models.QuerySet["AvailabilityPoll"]):
    def open(self, moment: datetime) -> AvailabilityPollQuerySet:
        """Those that people can still answer."""
        return self.filter(closed_at=None, closes_at__gt=moment)


class AvailabilityPoll(models.Model):
    """A cohort's members are asked on which half days they can't come."""

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="availability_polls")
    first = models.DateField()
    last = models.DateField()
    weekdays = models.JSONField(help_text="Which days of the week are asked about; Monday is 0.")
    halves = models.JSONField(help_text="Which halves of these days: morning, afternoon.")
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
                violation_error_message="The last day is not before the first.",
            ),
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(closed_at=None),
                name="availability_poll_one_open",
                violation_error_message="People are being asked already.",
            ),
        )

    def __str__(self) -> str:
        return f"When people of {self.cohort} are free"

    def half_days(self) -> list[tuple[date, HalfDay]]:
        """All that is asked about, in order."""
        days = (
            self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1)
        )
        return [
            (day, half)
            for day in days
            if day.weekday() in self.weekdays
            for half in HalfDay
            if half in self.halves
        ]

    def is_open(self, moment: datetime) -> bool:
        return self.closed_at is None and moment < self.closes_at

    def close(self, *, by: User, at: datetime) -> None:
        """What was answered stays. A second call changes nothing."""
        AvailabilityPoll.objects.filter(pk=self.pk, closed_at=None).update(
            closed_at=at, closed_by=by
        )
        self.refresh_from_db(fields=["closed_at", "closed_by"])


class AvailabilityAnswer(models.Model):
    """That somebody has said when they can't come; a new answer takes the place of the one before."""

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
                violation_error_message="This person has answered already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} to {self.poll_id}"


class Unavailability(models.Model):
    """One half day on which somebody can't come."""

    answer = models.ForeignKey(AvailabilityAnswer, on_delete=models.CASCADE, related_name="cannot")
    day = models.DateField()
    half = models.CharField(max_length=20, choices=HalfDay.choices)

    class Meta:
        ordering = ("day", "-half")
        constraints = (
            models.UniqueConstraint(
                fields=("answer", "day", "half"),
                name="unavailability_once",
                violation_error_message="That half day is in the answer already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.half}"
