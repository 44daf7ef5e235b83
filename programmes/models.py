from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField

HALF_DAY_MINUTES = 210


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class PlanContent(models.Model):
    """What a workshop is for and asks of people; a programme's plan and a cohort's workshop both hold it."""

    CONTENT: ClassVar[tuple[str, ...]] = (
        "position",
        "title",
        "theme",
        "purpose",
        "outcomes",
        "prework",
        "prework_minutes",
        "prompts",
        "length_minutes",
    )

    position = models.PositiveSmallIntegerField(editable=False)
    title = models.CharField(max_length=120)
    theme = models.CharField(max_length=120, blank=True, help_text="What it is about, in two or three words.")
    purpose = models.TextField(max_length=1000, help_text="Why people give it half a day.")
    outcomes = models.TextField(
        max_length=2000, blank=True, help_text="What people can do afterwards; one a line."
    )
    prework = models.TextField(max_length=2000, blank=True, help_text="What to do before it.")
    prework_minutes = models.PositiveSmallIntegerField(
        "minutes of prework", default=0, validators=[MaxValueValidator(600)]
    )
    prompts = models.TextField(
        "reflection prompts",
        max_length=2000,
        blank=True,
        help_text="Questions to write about afterwards; one a line.",
    )
    length_minutes = models.PositiveSmallIntegerField(
        "length in minutes",
        default=HALF_DAY_MINUTES,
        validators=[MinValueValidator(30), MaxValueValidator(720)],
        help_text="A half day is 210.",
    )

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """The facts that a copy takes along."""
        return {name: getattr(self, name) for name in self.CONTENT}

    @property
    def outcome_list(self) -> list[str]:
        return lines_of(self.outcomes)

    @property
    def prompt_list(self) -> list[str]:
        return lines_of(self.prompts)


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def current(self) -> ProgrammeQuerySet:
        """Those that a new cohort can be made from."""
        return self.filter(retired_at=None)


class Programme(models.Model):
    """A template of workshops that cohorts are made from."""

    public_id = PublicIdField()
    name = models.CharField(max_length=120)
    purpose = models.TextField(
        max_length=1000, blank=True, help_text="What the programme is for, in a sentence or two."
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects: ClassVar = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("name",),
                condition=Q(retired_at=None),
                name="programme_name_once",
                violation_error_message="There is a programme of this name. Give this one another.",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None)
                | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="programme_retired_by_somebody",
                violation_error_message="A retired programme says who retired it.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programmes:programme_detail", args=[self.public_id])

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    def retire(self, *, by: User, at: datetime) -> None:
        """No new cohort is made from it; those that run go on."""
        self.retired_at, self.retired_by = at, by
        self.save(update_fields=["retired_at", "retired_by"])

    def bring_back(self) -> None:
        """Raises IntegrityError if another programme has taken its name meanwhile; ask full_clean first."""
        self.retired_at = self.retired_by = None
        self.save(update_fields=["retired_at", "retired_by"])


class WorkshopPlan(PlanContent):
    """One of a programme's workshops, before it has a date."""

    public_id = PublicIdField()
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="plans")

    class Meta:
        ordering = ("programme", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "position"),
                name="plan_position_once",
                violation_error_message="Another workshop stands at this place.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    @transaction.atomic
    def move_to(self, position: int) -> None:
        """Puts this plan at `position` (from 1; beyond the ends means at the end) and closes up the others."""
        plans = list(
            WorkshopPlan.objects.select_for_update().filter(programme=self.programme_id).exclude(pk=self.pk)
        )
        plans.insert(max(0, position - 1), self)
        renumber(plans)


def renumber(plans: list[WorkshopPlan]) -> None:
    """Numbers the plans from 1 in this order; by way of high numbers, as no two may share one even for a moment."""
    for offset in (10_000, 1):
        for number, plan in enumerate(plans, offset):
            plan.position = number
            plan.save(update_fields=["position"])
