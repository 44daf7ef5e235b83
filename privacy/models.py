from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from cohorts.models import Cohort

USUAL_MONTHS, FEWEST_MONTHS, MOST_MONTHS = 12, 1, 60


class Retention(models.Model):
    """How long after its end a cohort's words and people are kept, where that is not a year."""

    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, related_name="retention")
    months = models.PositiveSmallIntegerField(
        "months after the last workshop",
        default=USUAL_MONTHS,
        validators=[MinValueValidator(FEWEST_MONTHS), MaxValueValidator(MOST_MONTHS)],
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Its members can read it.")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(months__gte=FEWEST_MONTHS, months__lte=MOST_MONTHS),
                name="retention_months_in_bounds",
                violation_error_message=f"From {FEWEST_MONTHS} to {MOST_MONTHS} months.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort}: {self.months} months"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def standing(self) -> NoticeQuerySet:
        """Those by which something is still to go."""
        return self.filter(withdrawn_at=None, finished_at=None)


class Notice(models.Model):
    """That a cohort's words and people go on a day, which everybody in it is told a month ahead."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="removal_notices")
    given_at = models.DateTimeField()
    goes_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The cohort ends later now, or is kept for longer: it goes another day.",
    )
    finished_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last of it was gone."
    )

    objects: ClassVar = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(goes_at__gt=F("given_at")),
                name="notice_before_it_goes",
                violation_error_message="Nothing goes before people were told.",
            ),
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(withdrawn_at=None, finished_at=None),
                name="notice_one_standing",
                violation_error_message="This cohort has been told already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort} goes on {self.goes_at:%Y-%m-%d}"


class Erasure(models.Model):
    """That words or a person were erased: when, by whom, and how much. Of a person who went it knows no name.

    One of a whole cohort's keeping (`cohort`) was by nobody: its time had come.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "The person"
        WORDS = "words", "All their words"
        COHORT = "cohort", "What was kept of them in one cohort"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="erasures"
    )
    cohort = models.ForeignKey(
        Cohort, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    counts = models.JSONField(help_text="How many of each kind went.")

    class Meta:
        ordering: ClassVar = ("-at", "-pk")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("person",),
                condition=Q(kind="person"),
                name="erasure_of_a_person_once",
                violation_error_message="This person is erased already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d}"

    @property
    def whose_wish(self) -> str:
        """By whom it was, without a name that would tell who it was of."""
        if self.by_id is None:
            return "The time of their last cohort was over"
        return "By themself" if self.by_id == self.person_id else f"By {self.by}, on request"
