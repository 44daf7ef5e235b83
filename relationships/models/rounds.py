from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership


class Occasion(models.TextChoices):
    """The occasions on which “Who do you know here?” is asked, in order of time."""

    START = "start", _("At the start")
    END = "end", _("At the end")
    LATER = "later", _("Six months on")


class RoundQuerySet(models.QuerySet["Round"]):
    def in_use(self) -> RoundQuerySet:
        """Return the rounds of cohorts that use relationships."""
        return self.filter(cohort__uses_relationships=True)

    def visible_to(self, user: User) -> RoundQuerySet:
        return self.in_use().filter(cohort__in=Cohort.objects.visible_to(user))

    def opened(self) -> RoundQuerySet:
        return self.filter(opened_at__isnull=False)

    def open_at(self, moment: datetime) -> RoundQuerySet:
        """Return the rounds that take answers at `moment`."""
        return self.in_use().filter(
            opened_at__lte=moment, closing_at__gt=moment, cohort__archived_at=None
        )


class Round(models.Model):
    """One asking of “Who do you know here?” in a cohort.

    A cohort that uses relationships has a round for each occasion. Until a round opens, its times
    depend on the workshops (see `relationships.timing`); from then on they are fixed.
    """

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="rounds")
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    made_at = models.DateTimeField(
        default=timezone.now,
        help_text=_("When it was planned. It doesn’t open by itself for a workshop before then."),
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Who opened it; empty if it opened by itself."),
    )
    closing_at = models.DateTimeField(null=True, blank=True, help_text=_("When it stops."))
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its answers were counted.")
    )

    objects: ClassVar = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("cohort", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "occasion"),
                name="round_once",
                violation_error_message=_("This cohort has this round already."),
            ),
            models.CheckConstraint(
                condition=Q(occasion__in=Occasion.values),
                name="round_occasion_known",
                violation_error_message=_("Choose an occasion."),
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, closing_at=None)
                | Q(
                    opened_at__isnull=False,
                    closing_at__isnull=False,
                    closing_at__gt=models.F("opened_at"),
                ),
                name="round_closes_after_opening",
                violation_error_message=_("Enter a closing time after the opening time."),
            ),
            models.CheckConstraint(
                condition=Q(opened_by=None) | Q(opened_at__isnull=False),
                name="round_opened_by_somebody_at_a_time",
                violation_error_message=_("Only a round that was opened was opened by somebody."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None)
                | Q(closing_at__isnull=False, closed_at__gte=models.F("closing_at")),
                name="round_closed_after_opening",
                violation_error_message=_("A round can’t be counted before it closes."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort}: {self.get_occasion_display()}"

    @property
    def is_opened(self) -> bool:
        return self.opened_at is not None

    def is_open(self, moment: datetime) -> bool:
        """Return whether the round takes answers."""
        return (
            self.opened_at is not None
            and self.closing_at is not None
            and self.opened_at <= moment < self.closing_at
        )

    def is_over(self, moment: datetime) -> bool:
        """Return whether the round has taken answers and takes no more."""
        return self.closing_at is not None and self.closing_at <= moment


class RosterEntryQuerySet(models.QuerySet["RosterEntry"]):
    def listed(self) -> RosterEntryQuerySet:
        """Return the entries without those of people who took themselves off the list."""
        return self.filter(is_left_off=False)

    def answering(self) -> RosterEntryQuerySet:
        """Return the listed entries of people who are still in the cohort."""
        return self.listed().filter(membership__left_at=None)


class RosterEntry(models.Model):
    """A participant on the list of a round. People who join before it closes are added."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="roster")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="roster_entries"
    )
    is_left_off = models.BooleanField(
        default=False,
        help_text=_("Nobody is asked about this person, and they are asked about nobody."),
    )

    objects: ClassVar = RosterEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "roster entries"
        constraints = (
            models.UniqueConstraint(
                fields=("round", "membership"),
                name="roster_entry_once",
                violation_error_message=_("This person is on the list already."),
            ),
        )

    def __str__(self) -> str:
        return f"Roster entry {self.round_id}"
