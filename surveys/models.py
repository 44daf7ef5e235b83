from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.models import User
from cohorts.models import Membership
from workshops.models import Workshop

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RANDOM = SystemRandom()

# One person's answers: the fields of a response, without its survey.
Answers = dict[str, Any]


class SurveyManager(models.Manager["Survey"]):
    def of(self, workshop: Workshop) -> Survey:
        """Return the workshop's survey. Saves a new one with a ballot box if there is none.

        Call this only to answer or close the survey.
        """
        return self.filter(workshop=workshop).first() or self.get_or_create_with_box(workshop)

    @transaction.atomic
    def get_or_create_with_box(self, workshop: Workshop) -> Survey:
        survey, is_new = self.get_or_create(workshop=workshop)
        if is_new:
            BallotBox.objects.create(survey=survey, content=padded([]))
        return survey

    def about(self, workshop: Workshop) -> Survey:
        """Return the workshop's survey or, if there is none yet, a new one that is not saved."""
        return self.filter(workshop=workshop).first() or Survey(workshop=workshop)


class Survey(models.Model):
    """The survey after a workshop. Its row is created when somebody first answers or closes it."""

    OPEN_FOR = timedelta(days=14)

    workshop = models.OneToOneField(Workshop, on_delete=models.CASCADE, related_name="survey")
    # A closed survey must never open again: two results that differ by one answer reveal that
    # answer. So the first answer fixes the closing time, even if the workshop moves later.
    closing_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_(
            "When it closes. Set by the first answer or by closing it early; until then it depends "
            "on the workshop’s end."
        ),
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Who closed it early."),
    )

    objects: ClassVar[SurveyManager] = SurveyManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_by=None) | Q(closing_at__isnull=False),
                name="survey_closed_has_time",
                violation_error_message=_(
                    "A survey that was closed early must have a closing time."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"Survey after {self.workshop}"

    @property
    def closes_at(self) -> datetime | None:
        """Return when the survey closes: `closing_at` or else two weeks after the workshop's end.

        None if the workshop has no date and `closing_at` is not set.
        """
        if self.closing_at or not self.workshop.ends_at:
            return self.closing_at
        return self.workshop.ends_at + self.OPEN_FOR

    def is_closed(self, moment: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= moment

    def is_open(self, moment: datetime) -> bool:
        """Return whether the workshop took place and the survey has not closed yet."""
        return self.workshop.took_place(moment) and not self.is_closed(moment)

    def close(self, *, by: User, at: datetime) -> None:
        """Close the survey early, so that it takes no more answers. Do nothing if it is closed."""
        if not self.is_closed(at):
            open_still = Q(closing_at=None) | Q(closing_at__gt=at)
            Survey.objects.filter(open_still, pk=self.pk).update(closing_at=at, closed_by=by)
        self.refresh_from_db(fields=["closing_at", "closed_by"])


class UnreadableBoxError(Exception):
    """Raised if a ballot box can't be decrypted, because its encryption key is missing."""


class BallotBox(models.Model):
    """The answers to a survey until it closes, encrypted together in one row of a fixed size.

    The box is created with the survey and deleted when its answers are released (see
    surveys.release), so a survey without a box takes no answers. Every answer replaces the whole
    ciphertext. Somebody who compares two versions without the key learns nothing about an answer,
    unless the box has grown.
    """

    # The size in bytes before encryption. It is enough for 30 people who each write as much as they
    # can in Latin letters. If the answers don't fit, the box grows by this size again. Comparing
    # two copies of the database then reveals after whose answer it grew, by the new receipt.
    SIZE = 64 * 1024

    survey = models.OneToOneField(
        Survey, on_delete=models.CASCADE, primary_key=True, related_name="ballot_box"
    )
    content = EncryptedTextField()

    class Meta:
        verbose_name_plural = "ballot boxes"

    def __str__(self) -> str:
        return f"Ballot box {self.survey_id}"

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the answers is missing."""
        return isinstance(self.content, Unreadable)

    def read(self) -> list[Answers]:
        """Return the answers in random order. Raises UnreadableBoxError."""
        if self.is_unreadable:
            raise UnreadableBoxError
        answers: list[Answers] = json.loads(self.content)
        return shuffled(answers)

    def add(self, answers: Answers) -> None:
        """Add one person's answers, and save. Raises UnreadableBoxError, and then saves nothing.

        The caller must have locked the survey's row.
        """
        self.content = padded(shuffled([*self.read(), answers]))
        self.save(update_fields=["content"])


def shuffled(answers: list[Answers]) -> list[Answers]:
    return RANDOM.sample(answers, len(answers))


def padded(answers: list[Answers]) -> str:
    """Return the answers as JSON, padded with spaces to a multiple of `BallotBox.SIZE` bytes."""
    text = json.dumps(answers, ensure_ascii=False)
    return text + " " * (-len(text.encode()) % BallotBox.SIZE)


class Receipt(models.Model):
    """A record that a member has answered a survey, without their answers or the time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="receipts")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="receipts")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("survey", "membership"),
                name="receipt_once",
                violation_error_message=_("You have already answered this survey."),
            ),
        )

    def __str__(self) -> str:
        return f"Receipt {self.survey_id}"


@dataclass(frozen=True)
class Question:
    """A question answered from 1 (`low`) to 5 (`high`). `name` is the field of `Response`."""

    name: str
    text: StrOrPromise
    low: StrOrPromise
    high: StrOrPromise


QUESTIONS = (
    Question("spoke_openly", _("I could speak openly"), _("Not at all"), _("Completely")),
    Question(
        "new_perspective",
        _("I met a perspective that was new to me"),
        _("Not at all"),
        _("Several times"),
    ),
    Question(
        "do_differently", _("I know one thing I will do differently"), _("Not yet"), _("Clearly")
    ),
    Question("worth_time", _("The half day was worth my time"), _("No"), _("Yes")),
)
SCORES = tuple(question.name for question in QUESTIONS)


def score(question: Question) -> models.PositiveSmallIntegerField[int | None, int | None]:
    return models.PositiveSmallIntegerField(
        question.text,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )


class Response(models.Model):
    """One person's answers to a survey that has closed, without the person or the time."""

    LONGEST = 2000

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    spoke_openly, new_perspective, do_differently, worth_time = map(score, QUESTIONS)
    change = models.TextField(
        _("What should we change for next time?"),
        max_length=LONGEST,
        blank=True,
        validators=[ProhibitNullCharactersValidator()],
    )

    class Meta:
        constraints = tuple(
            models.CheckConstraint(
                condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 5}),
                name=f"response_{name}_1_to_5",
                violation_error_message=_("Answers must be from 1 to 5."),
            )
            for name in SCORES
        )

    def __str__(self) -> str:
        return f"Response {self.survey_id}"
