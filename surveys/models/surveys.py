from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.feedback import SurveyKind, default_questions
from programmes.questions import QuestionsField
from workshops.models import Workshop


class SurveyManager(models.Manager["Survey"]):
    def about(self, workshop: Workshop) -> Survey:
        """Return the workshop's survey or, if there is none yet, a new one that is not saved."""
        return self.filter(workshop=workshop).first() or self.new(workshop)

    def new(self, workshop: Workshop) -> Survey:
        """Return an unsaved survey, with its own copy of the questions as they are now.

        A question that the workshop and its cohort both have is asked once.
        """
        cohort = workshop.cohort
        asked = {question.id for question in cohort.questions}
        own = (question for question in workshop.own_questions if question.id not in asked)
        return self.model(
            workshop=workshop, kind=cohort.survey_kind, questions=(*cohort.questions, *own)
        )

    def strengthen(self, cohort: Cohort, *, at: datetime) -> None:
        """Give the cohort's kind of survey to those of its surveys that are still open.

        The caller has checked that the kind is at least as strong as the one before.
        """
        still_open = Q(closing_at=None) | Q(closing_at__gt=at)
        self.filter(still_open, workshop__cohort=cohort).update(kind=cohort.survey_kind)


class Survey(models.Model):
    """The survey after a workshop.

    Its row is created when the first invitation goes, or when somebody answers or closes it before.
    From then on the survey has its own copy of the questions, and its kind can only become more
    anonymous.
    """

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
    kind = models.CharField(
        max_length=10, choices=SurveyKind.choices, default=SurveyKind.ANONYMOUS, editable=False
    )
    questions = QuestionsField(default=default_questions, editable=False)
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
            models.CheckConstraint(
                condition=Q(kind__in=SurveyKind.values),
                name="survey_kind_known",
                violation_error_message=_("Choose a kind of survey."),
            ),
        )

    def __str__(self) -> str:
        return f"Survey after {self.workshop}"

    @property
    def closes_at(self) -> datetime | None:
        """Return when it closes: `closing_at` or else the cohort's number of days after the end.

        None if the workshop has no date and `closing_at` is not set.
        """
        if self.closing_at or not self.workshop.ends_at:
            return self.closing_at
        return self.workshop.ends_at + timedelta(days=self.workshop.cohort.survey_days)

    @property
    def is_anonymous(self) -> bool:
        return self.kind == SurveyKind.ANONYMOUS

    @property
    def is_named(self) -> bool:
        return self.kind == SurveyKind.NAMED

    @property
    def promise(self) -> str:
        """Who can see a person's answers, as it is printed on the survey."""
        return str(SurveyKind(self.kind).promise)

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
