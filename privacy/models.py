from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort

# The default retention period, and the shortest and the longest that can be chosen.
USUAL_MONTHS, FEWEST_MONTHS, MOST_MONTHS = 12, 1, 60


class Retention(models.Model):
    """The retention period of a cohort's personal data; without a row, it is USUAL_MONTHS."""

    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, related_name="retention")
    months = models.PositiveSmallIntegerField(
        _("months after the last workshop"),
        default=USUAL_MONTHS,
        validators=[MinValueValidator(FEWEST_MONTHS), MaxValueValidator(MOST_MONTHS)],
    )
    reason = models.CharField(
        max_length=300, blank=True, help_text=_("Members of the cohort can read it.")
    )
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(months__gte=FEWEST_MONTHS, months__lte=MOST_MONTHS),
                name="retention_months_in_bounds",
                violation_error_message=format_lazy(
                    _("Enter between {fewest} and {most} months."),
                    fewest=FEWEST_MONTHS,
                    most=MOST_MONTHS,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort}: {self.months} months"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def active(self) -> NoticeQuerySet:
        """Return the notices that are neither withdrawn nor finished."""
        return self.filter(withdrawn_at=None, finished_at=None)


class Notice(models.Model):
    """A deletion notice: from `goes_at` on, a cohort's personal data is deleted.

    Members are sent an e-mail about it (`privacy.retention_warnings`) at `given_at`. A cohort has
    at most one active notice.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="removal_notices")
    given_at = models.DateTimeField()
    goes_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_(
            "When the deletion was put off, because the cohort ends later or is kept longer."
        ),
    )
    finished_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When everything was deleted.")
    )

    objects: ClassVar = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(goes_at__gt=F("given_at")),
                name="notice_before_it_goes",
                violation_error_message=_("The deletion must be after the notice."),
            ),
            models.UniqueConstraint(
                fields=("cohort",),
                condition=Q(withdrawn_at=None, finished_at=None),
                name="notice_one_active",
                violation_error_message=_("This cohort already has an active notice."),
            ),
        )

    def __str__(self) -> str:
        return f"Notice for {self.cohort}, {self.goes_at:%Y-%m-%d}"


class Erasure(models.Model):
    """A record that a user, their writing, or their data in one cohort was deleted.

    The record has the time, who requested the deletion, and the number of deleted items of each
    kind. `by` is None if the data was deleted because the retention period of `cohort` was over.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("The person")
        WORDS = "words", _("Everything they wrote")
        COHORT = "cohort", _("Their data in one cohort")

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
    counts = models.JSONField(help_text=_("How many of each kind were deleted."))

    class Meta:
        ordering: ClassVar = ("-at", "-pk")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("person",),
                condition=Q(kind="person"),
                name="erasure_of_a_person_once",
                violation_error_message=_("This person is already erased."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d}"

    @property
    def whose_wish(self) -> str:
        """A phrase that says who requested the erasure, without revealing whose data it was."""
        if self.by_id is None:
            return gettext("The retention period of their last cohort was over")
        if self.by_id == self.person_id:
            return gettext("By themselves")
        return gettext("By %(person)s, on request") % {"person": self.by}
