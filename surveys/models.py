from __future__ import annotations

import uuid
from dataclasses import dataclass
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
        """The workshop's survey, written down when somebody first answers or closes it."""
        return self.get_or_create(workshop=workshop)[0]

    def about(self, workshop: Workshop) -> Survey:
        """The same for reading: not written down if it is not yet."""
        return self.filter(workshop=workshop).first() or Survey(workshop=workshop)


class Survey(models.Model):
    """The feedback asked for after one workshop."""

    OPEN_FOR = timedelta(days=14)

    workshop = models.OneToOneField(Workshop, on_delete=models.CASCADE, related_name="survey")
    # Two results that differ by one answer would give that answer away, so a closed survey must never open again:
    # with answers in it, its end no longer moves with the workshop.
    closing_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Its end, fixed by the first answer or by whoever closed it; until then it follows the workshop.",
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who closed it early.",
    )

    objects: ClassVar[SurveyManager] = SurveyManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_by=None) | Q(closing_at__isnull=False),
                name="survey_closed_has_time",
                violation_error_message="A survey that somebody closed says when.",
            ),
        )

    def __str__(self) -> str:
        return f"Survey after {self.workshop}"

    @property
    def closes_at(self) -> datetime | None:
        """When it takes no more answers: two weeks after the workshop, or when it was closed; None without a date."""
        if self.closing_at or not self.workshop.ends_at:
            return self.closing_at
        return self.workshop.ends_at + self.OPEN_FOR

    def is_closed(self, moment: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= moment

    def is_open(self, moment: datetime) -> bool:
        """Does it take answers: is the workshop over, not cancelled, and not too long ago?"""
        return self.workshop.is_held(moment) and not self.is_closed(moment)

    def close(self, *, by: User, at: datetime) -> None:
        """Takes no more answers from now on. Does nothing to one that is closed."""
        if not self.is_closed(at):
            open_still = Q(closing_at=None) | Q(closing_at__gt=at)
            Survey.objects.filter(open_still, pk=self.pk).update(closing_at=at, closed_by=by)
        self.refresh_from_db(fields=["closing_at", "closed_by"])


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


@dataclass(frozen=True)
class Question:
    """What is asked, to be answered from 1 to 5, with the words at both ends."""

    name: str
    text: str
    low: str
    high: str


QUESTIONS = (
    Question("spoke_openly", "I could speak openly", "Not at all", "Completely"),
    Question(
        "new_perspective", "I met a perspective that was new to me", "Not at all", "Several times"
    ),
    Question("do_differently", "I know one thing I will do differently", "Not yet", "Clearly"),
    Question("worth_time", "The half day was worth my time", "No", "Yes"),
)
SCORES = tuple(question.name for question in QUESTIONS)


def score(question: Question) -> models.PositiveSmallIntegerField[int | None, int | None]:
    """An answer from 1 to 5, or none."""
    return models.PositiveSmallIntegerField(
        question.text,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )


class Response(models.Model):
    """What somebody answered. Nothing in it, around it or about it says who, or when."""

    LONGEST = 2000

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    spoke_openly, new_perspective, do_differently, worth_time = map(score, QUESTIONS)
    change = models.TextField(
        "What should we change for next time?", max_length=LONGEST, blank=True
    )

    class Meta:
        constraints = tuple(
            models.CheckConstraint(
                condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 5}),
                name=f"response_{name}_1_to_5",
                violation_error_message="Answers go from 1 to 5.",
            )
            for name in SCORES
        )

    def __str__(self) -> str:
        return f"Response {self.survey_id}"
