from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from reflections.audience import everybody, facilitators, told
from reflections.encryption import SealedTextField, Unreadable
from reflections.models.entries import Audience, Reflection
from workshops.models import Workshop

EXPERIMENT_LENGTH = 1_000


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def by(self, user: User) -> ExperimentQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> ExperimentQuerySet:
        """One's own, and those shared with a circle one was in as it happened. Being an administrator adds none."""
        theirs = Membership.objects.filter(user=user, cohort=OuterRef("cohort"))
        times = {"shared_at": OuterRef("shared_at"), "changed_at": OuterRef("changed_at")}
        return self.filter(
            Q(author=user)
            | Q(audience=Audience.COHORT) & told(theirs, everybody, **times)
            | Q(audience=Audience.FACILITATORS) & told(theirs, facilitators, **times)
        )

    def open(self) -> ExperimentQuerySet:
        """Those of which nobody has said how they went, and those put off to another day."""
        return self.filter(outcome__in=("", Experiment.Outcome.NOT_YET))

    def shared_with(self, user: User, cohort: Cohort) -> ExperimentQuerySet:
        """What others in the cohort let the person read, with who tries it, the latest shared first."""
        others = self.readable_by(user).filter(cohort=cohort).exclude(author=user)
        return others.select_related("author", "workshop", "cohort").order_by("-shared_at", "-pk")


class Experiment(models.Model):
    """One small thing a participant says they will try, and later what happened."""

    class Outcome(models.TextChoices):
        TRIED = "tried", "I tried it"
        NOT_YET = "not-yet", "Not yet"
        LET_GO = "let-go", "I let it go"

    public_id = PublicIdField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="experiments"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="experiments")
    reflection = models.ForeignKey(
        Reflection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="experiments",
        help_text="The entry that it was written down with, if it was with one.",
    )
    workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="experiments",
        help_text="The one that it came out of.",
    )
    words = SealedTextField(max_length=EXPERIMENT_LENGTH, help_text="One thing I’ll try.")
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.ONLY_ME)
    shared_at = models.DateTimeField(null=True, blank=True)
    look_back_workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="look_backs",
        help_text="Asked about before this workshop, whenever it comes to be.",
    )
    look_back_on = models.DateField(
        null=True, blank=True, help_text="Asked about on this day instead, in the cohort's place."
    )
    asking = models.PositiveIntegerField(
        default=1, help_text="Grows each time another day is set to look back: one question each."
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    happened = SealedTextField(max_length=EXPERIMENT_LENGTH, blank=True)
    learned = SealedTextField(max_length=EXPERIMENT_LENGTH, blank=True)
    has_learning = models.BooleanField(
        default=False, help_text="Something stands under “what I learned”: the database can't look."
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ExperimentQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=(
                    Q(audience=Audience.ONLY_ME, shared_at=None)
                    | Q(
                        audience__in=(Audience.FACILITATORS, Audience.COHORT),
                        shared_at__isnull=False,
                    )
                ),
                name="experiment_shared_has_time",
                violation_error_message="What is shared has a time from which it is.",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", answered_at=None)
                | ~Q(outcome="") & Q(answered_at__isnull=False),
                name="experiment_answered_has_time",
                violation_error_message="What was answered was answered at some time.",
            ),
            models.CheckConstraint(
                condition=Q(look_back_workshop=None) | Q(look_back_on=None),
                name="experiment_one_look_back",
                violation_error_message="Look back before a workshop or on a day, not both.",
            ),
        )

    def __str__(self) -> str:
        """Without a word of what it says."""
        return f"Experiment {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("reflections:experiment_detail", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        """Nobody has said how it went, or it was put off."""
        return self.outcome in ("", self.Outcome.NOT_YET)

    @property
    def is_shared(self) -> bool:
        return self.audience != Audience.ONLY_ME

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return any(
            isinstance(text, Unreadable) for text in (self.words, self.happened, self.learned)
        )
