from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from reflections.models.entries import Reflection
from reflections.models.shareable import Shareable, ShareableQuerySet
from workshops.models import Workshop

EXPERIMENT_LENGTH = 1_000


class ExperimentQuerySet(ShareableQuerySet["Experiment"]):
    def open(self) -> ExperimentQuerySet:
        """Return the experiments that have no outcome, or the outcome “Not yet”."""
        return self.filter(outcome__in=("", Experiment.Outcome.NOT_YET))


class Experiment(Shareable):
    """Something small that a member intends to try and, later, what happened."""

    class Outcome(models.TextChoices):
        TRIED = "tried", _("I tried it")
        NOT_YET = "not-yet", _("Not yet")
        LET_GO = "let-go", _("I let it go")

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
        help_text=_("The reflection that it was written with, if any."),
    )
    workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="experiments",
        help_text=_("The workshop that it follows."),
    )
    words = EncryptedTextField(max_length=EXPERIMENT_LENGTH, help_text=_("One thing I’ll try."))
    started_at = models.DateTimeField()
    look_back_workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="look_backs",
        help_text=_("Follow up before this workshop, whatever its date."),
    )
    look_back_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("Follow up on this day instead, in the cohort’s time zone."),
    )
    follow_up_number = models.PositiveIntegerField(
        default=1,
        help_text=_("Increases with each new follow-up date. Each number gets one e-mail."),
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    happened = EncryptedTextField(max_length=EXPERIMENT_LENGTH, blank=True)
    learned = EncryptedTextField(max_length=EXPERIMENT_LENGTH, blank=True)
    has_learning = models.BooleanField(
        default=False,
        help_text=_("Whether “learned” has text. The database can’t tell: it is encrypted."),
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ExperimentQuerySet.as_manager()

    class Meta(Shareable.Meta):
        ordering = ("-started_at", "-pk")
        constraints: ClassVar[tuple[models.CheckConstraint, ...]] = (
            *Shareable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(outcome="", answered_at=None)
                | ~Q(outcome="") & Q(answered_at__isnull=False),
                name="experiment_answered_has_time",
                violation_error_message=_(
                    "An experiment with an outcome must have an answered_at time."
                ),
            ),
            models.CheckConstraint(
                condition=Q(look_back_workshop=None) | Q(look_back_on=None),
                name="experiment_one_look_back",
                violation_error_message=_(
                    "Choose either a workshop or a day to look back, not both."
                ),
            ),
        )

    def __str__(self) -> str:
        """Return a name without any of the author's text, because logs and error pages print it."""
        return f"Experiment {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("reflections:experiment_detail", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        """Return whether the experiment has no outcome, or the outcome “Not yet”."""
        return self.outcome in ("", self.Outcome.NOT_YET)

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of any of the experiment's text is lost."""
        return any(
            isinstance(text, Unreadable) for text in (self.words, self.happened, self.learned)
        )
