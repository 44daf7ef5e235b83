from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User
from cohorts.models import Membership
from workshops.models import Workshop


class SurveyManager(models.Manager["Survey"]):
    def of(self, workshop: Workshop) -> Survey:
        """The workshop's survey, opened the first time that somebody is asked, answers or looks."""
        return self.get_or_create(workshop=workshop)[0]


class Survey(models.Model):
    """The feedback asked for after one workshop."""

    OPEN_FOR = timedelta(days=14)

    workshop = models.OneToOneField(Workshop, on_delete=models.CASCADE, related_name="survey")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When a facilitator closed it early.")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar[SurveyManager] = SurveyManager()

    def __str__(self) -> str:
        return f"Survey after {self.workshop}"

    @property
    def closes_at(self) -> datetime | None:
        """When it takes no more answers: two weeks after the workshop, or when it was closed; None without a date."""
        if self.closed_at or not self.workshop.ends_at:
            return self.closed_at
        return self.workshop.ends_at + self.OPEN_FOR

    def is_closed(self, moment: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= moment

    def close(self, *, by: User, at: datetime) -> None:
        """Takes no more answers from now on. A second call changes nothing."""
        Survey.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at, closed_by=by)
        self.refresh_from_db(fields=["closed_at", "closed_by"])


class Receipt(models.Model):
    """That somebody has answered: not what, and not when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="receipts")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="receipts")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("survey", "membership"),
                name="receipt_once",
                violation_error_message="This link has been used: your answers are in.",
            ),
        )

    def __str__(self) -> str:
        return f"Receipt {self.survey_id}"


def score(question: str) -> models.PositiveSmallIntegerField:
    """An answer from 1 to 5, or none."""
    return models.PositiveSmallIntegerField(
        question, null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )


class Response(models.Model):
    """What somebody answered. Nothing in it, around it or about it says who, or when."""

    SCORES: ClassVar[tuple[str, ...]] = ("spoke_openly", "new_perspective", "do_differently", "worth_time")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    spoke_openly = score("I could speak openly")
    new_perspective = score("I met a perspective that was new to me")
    do_differently = score("I know one thing I will do differently")
    worth_time = score("The half day was worth my time")
    change = models.TextField("What should we change for next time?", max_length=2000, blank=True)

    class Meta:
        constraints = tuple(
            models.CheckConstraint(
                condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 5}),
                name=f"response_{name}_1_to_5",
                violation_error_message="Answers go from 1 to 5.",
            )
            for name in ("spoke_openly", "new_perspective", "do_differently", "worth_time")
        )

    def __str__(self) -> str:
        return f"Response {self.survey_id}"
