from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from outbox.models import OptOut

# The kind of e-mail that asks whether to introduce somebody. People who opt out of this kind are
# not introduced.
ASKING_KIND = "introduction"


class IntroductionOptInQuerySet(models.QuerySet["IntroductionOptIn"]):
    def taking_part(self) -> IntroductionOptInQuerySet:
        """Return the opt-ins of active participants who have an address and get these e-mails."""
        refused = OptOut.objects.filter(kind=ASKING_KIND, person=OuterRef("membership__user"))
        return self.filter(
            ~Exists(refused),
            membership__role=Membership.Role.PARTICIPANT,
            membership__left_at=None,
            membership__user__is_active=True,
        ).exclude(membership__user__email="")


class IntroductionOptIn(models.Model):
    """A participant's wish to be introduced, once a month, to somebody they haven't met yet.

    The row is deleted when they stop taking part. Nobody else can see who takes part.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="introduction_opt_in"
    )
    since = models.DateTimeField()

    objects: ClassVar = IntroductionOptInQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"Opt-in {self.pk}"


class IntroductionRound(models.Model):
    """The introductions of one month in a cohort."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="introduction_rounds")
    month = models.DateField(help_text=_("The first day of the month."))
    made_at = models.DateTimeField()
    answer_by = models.DateTimeField(help_text=_("Until when people can say yes."))

    objects: ClassVar = models.Manager()

    class Meta:
        ordering = ("month", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "month"),
                name="introduction_round_once_a_month",
                violation_error_message=_("This month’s introductions have been made."),
            ),
            models.CheckConstraint(
                condition=Q(answer_by__gt=models.F("made_at")),
                name="introduction_round_answered_after_made",
                violation_error_message=_("Choose a time to answer by that is in the future."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort}, {self.month:%Y-%m}"


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def pending(self) -> IntroductionQuerySet:
        """Return the introductions that have neither been made nor ended."""
        return self.filter(introduced_at=None, ended_at=None)


class Introduction(models.Model):
    """Two or three participants who are asked whether to introduce them to each other.

    The e-mail that introduces them is sent once all have said yes or, when the time to answer is
    over (`round.answer_by`), to those who said yes if there are at least two. Otherwise the
    introduction ends, and the e-mails about its end don't say who did not say yes.
    """

    round = models.ForeignKey(
        IntroductionRound, on_delete=models.CASCADE, related_name="introductions"
    )
    introduced_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it ended without anybody being introduced.")
    )

    objects: ClassVar = IntroductionQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(introduced_at=None) | Q(ended_at=None),
                name="introduction_made_or_ended",
                violation_error_message=_("An introduction can’t both be made and end."),
            ),
        )

    def __str__(self) -> str:
        return f"Introduction {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.introduced_at is None and self.ended_at is None

    def takes_answers(self, moment: datetime) -> bool:
        """Return whether people can still say yes or no. The round must be loaded."""
        return self.is_pending and moment < self.round.answer_by


class IntroduceeQuerySet(models.QuerySet["Introducee"]):
    def present(self) -> IntroduceeQuerySet:
        """Return the introducees who are still in the cohort, active and with an address."""
        return self.filter(membership__left_at=None, membership__user__is_active=True).exclude(
            membership__user__email=""
        )

    def introduced(self) -> IntroduceeQuerySet:
        """Return the introducees who have been introduced to somebody."""
        return self.filter(introduction__introduced_at__isnull=False, answer=Introducee.Answer.YES)


class Introducee(models.Model):
    """A participant who took part in a round: in an introduction, or without anybody to meet."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes, introduce us")
        NOT_NOW = "not-now", _("Not this time")

    public_id = PublicIdField()
    round = models.ForeignKey(
        IntroductionRound, on_delete=models.CASCADE, related_name="introducees"
    )
    introduction = models.ForeignKey(
        Introduction,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="introducees",
        help_text=_("Empty if there was nobody for them."),
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="introductions"
    )
    # Cleared from “Not this time” to "" when the introduction is made or ends, so that the database
    # doesn't record who declined.
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)

    objects: ClassVar = IntroduceeQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("round", "membership"),
                name="introducee_once_a_round",
                violation_error_message=_("This person is in the round already."),
            ),
            models.CheckConstraint(
                condition=Q(answer__in=("", "yes", "not-now")),
                name="introducee_answer_known",
                violation_error_message=_("Choose yes or not this time."),
            ),
            models.CheckConstraint(
                condition=Q(introduction__isnull=False) | Q(answer=""),
                name="introducee_answers_about_somebody",
                violation_error_message=_("There is nobody to say yes to."),
            ),
        )

    def __str__(self) -> str:
        return f"Introducee {self.pk}"

    @property
    def said_yes(self) -> bool:
        return self.answer == self.Answer.YES
