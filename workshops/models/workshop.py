from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from programmes.plan_content import PlanContent
from workshops.times import Arrangement, Slot


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def on(self) -> WorkshopQuerySet:
        """Return the workshops that have a date and are not cancelled."""
        return self.filter(starts_at__isnull=False, cancelled_at=None)

    def took_place(self, moment: datetime) -> WorkshopQuerySet:
        """Return the workshops that were over by `moment` and are not cancelled."""
        return self.on().filter(ends_at__lte=moment)

    def to_come(self, moment: datetime) -> WorkshopQuerySet:
        """Return the workshops that are not over at `moment` and are not cancelled, soonest first.

        Workshops without a date are left out.
        """
        return self.on().filter(ends_at__gt=moment).order_by("starts_at")

    def visible_to(self, user: User) -> WorkshopQuerySet:
        return self.filter(cohort__in=Cohort.objects.visible_to(user))


class Workshop(PlanContent):
    """A workshop of a cohort: its content, and once planned its date, place and register."""

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="workshops")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    scheduled_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the current date was set. Messages due before then are not sent."),
    )
    version = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_("Increases with each new time and each reinstatement."),
    )
    sequence = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_(
            "Increases with each change that calendars must show: time, place, title, cancelled, "
            "reinstated."
        ),
    )
    override_reason = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text=_("Why this date was chosen despite a clash."),
    )
    venue = models.CharField(
        max_length=300, blank=True, help_text=_("Include the address so that people can find it.")
    )
    joining_link = models.URLField(
        max_length=500, blank=True, help_text=_("For an online workshop.")
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects: ClassVar = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ("cohort", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "position"),
                name="workshop_position_once",
                violation_error_message=_("Another workshop of this cohort has this number."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(starts_at=None, ends_at=None, scheduled_at=None)
                    | Q(
                        starts_at__isnull=False,
                        scheduled_at__isnull=False,
                        ends_at__gt=F("starts_at"),
                    )
                ),
                name="workshop_ends_after_start",
                violation_error_message=_("Enter an end time after the start time."),
            ),
        )
        # The message rules use these indexes to find workshops that start or end soon, and those
        # that were given a date or cancelled recently.
        indexes = (
            models.Index(fields=("starts_at",), name="workshop_starts"),
            models.Index(fields=("ends_at",), name="workshop_ends", condition=Q(cancelled_at=None)),
            models.Index(fields=("scheduled_at",), name="workshop_scheduled"),
            models.Index(
                fields=("cancelled_at",),
                name="workshop_cancelled",
                condition=Q(cancelled_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("workshops:workshop_detail", args=[self.public_id])

    @property
    def is_planned(self) -> bool:
        return self.starts_at is not None

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    def has_begun(self, moment: datetime) -> bool:
        return self.starts_at is not None and self.starts_at <= moment

    def can_be_planned(self, moment: datetime) -> bool:
        """Return whether the date can be set: the workshop has not begun and is not cancelled."""
        return not self.is_cancelled and not self.has_begun(moment)

    def took_place(self, moment: datetime) -> bool:
        """Return whether the workshop was over by `moment` and is not cancelled."""
        return self.ends_at is not None and not self.is_cancelled and self.ends_at <= moment

    @property
    def slot(self) -> Slot | None:
        if self.starts_at is None or self.ends_at is None:
            return None
        return Slot(self.starts_at, self.ends_at)

    @property
    def arrangement(self) -> Arrangement:
        return Arrangement(self.slot, self.venue, self.joining_link)

    @transaction.atomic
    def arrange(
        self,
        arrangement: Arrangement,
        *,
        at: datetime,
        by: User | None = None,
        reason: str = "",
        override_reason: str = "",
    ) -> Change | None:
        """Set, change or remove the workshop's time and place. Return None if neither changes.

        Locks the workshop's row. The override reason is saved even if neither changes. RSVPs are
        deleted if the time is removed, or changed to one after `at`, so that participants are asked
        again. The message rules and calendar feeds read the workshop, so callers need not update
        them.
        """
        self.lock_for_update()
        before = self.arrangement
        self.override_reason = override_reason if arrangement.slot else ""
        if arrangement == before:
            self.save(update_fields=["override_reason"])
            return None
        change = Change.before(
            self, kind=Change.kind_of(before, arrangement), by=by, at=at, reason=reason
        )
        self.venue, self.joining_link = arrangement.venue, arrangement.joining_link
        if arrangement.slot != before.slot:
            self._retime(arrangement.slot, at)
        self.sequence += 1
        self.save(update_fields=["override_reason", *self.ARRANGED])
        change.save()
        return change

    # The fields that `arrange` changes, besides `override_reason`.
    ARRANGED: ClassVar = (
        *("starts_at", "ends_at", "scheduled_at", "version", "sequence", "venue", "joining_link"),
        "length_minutes",
    )

    def lock_for_update(self) -> None:
        """Lock the workshop's row and refresh its time, place and cancellation from the database.

        The lock serialises concurrent changes to one workshop.
        """
        fields = [*self.ARRANGED, "override_reason", "cancelled_at", "cancelled_by"]
        self.refresh_from_db(fields=fields, from_queryset=Workshop.objects.select_for_update())

    def _retime(self, slot: Slot | None, at: datetime) -> None:
        if slot is None:
            self.starts_at = self.ends_at = self.scheduled_at = None
        else:
            self.starts_at, self.ends_at, self.scheduled_at = slot.starts_at, slot.ends_at, at
            self.length_minutes = slot.minutes
            self.version += 1
        if slot is None or slot.starts_at > at:
            self.attendances.exclude(answer="").update(answer="", answered_at=None, note="")

    @transaction.atomic
    def cancel(self, *, by: User, at: datetime, reason: str = "") -> Change | None:
        """Cancel the workshop, which excludes it from messages and figures. Locks its row.

        Return None if it is already cancelled.
        """
        self.lock_for_update()
        change = Change.before(self, kind=Change.Kind.CANCELLED, by=by, at=at, reason=reason)
        on = Workshop.objects.filter(pk=self.pk, cancelled_at=None)
        if not on.update(cancelled_at=at, cancelled_by=by, sequence=F("sequence") + 1):
            return None
        change.save()
        self.lock_for_update()
        return change

    @transaction.atomic
    def reinstate(
        self, *, at: datetime, by: User | None = None, reason: str = "", override_reason: str = ""
    ) -> Change | None:
        """Undo the cancellation of the workshop. Locks its row. Return None if it is not cancelled.

        Messages about the workshop that were due before `at` are not sent.
        """
        self.lock_for_update()
        change = Change.before(self, kind=Change.Kind.REINSTATED, by=by, at=at, reason=reason)
        off = Workshop.objects.filter(pk=self.pk, cancelled_at__isnull=False)
        scheduled_at = models.Case(
            models.When(scheduled_at__isnull=False, then=models.Value(at)), default=None
        )
        if not off.update(
            cancelled_at=None,
            cancelled_by=None,
            version=F("version") + 1,
            sequence=F("sequence") + 1,
            scheduled_at=scheduled_at,
            override_reason=override_reason,
        ):
            return None
        change.save()
        self.lock_for_update()
        return change


class Change(models.Model):
    """A change to a workshop: planned, moved, renamed, cancelled and so on.

    It has the time and place that the workshop had before the change.
    """

    class Kind(models.TextChoices):
        PLANNED = "planned", _("Planned")
        MOVED = "moved", _("Moved")
        RELOCATED = "relocated", _("Place changed")
        UNDATED = "undated", _("Date removed")
        CANCELLED = "cancelled", _("Cancelled")
        REINSTATED = "reinstated", _("Reinstated")
        RENAMED = "renamed", _("Title changed")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(
        max_length=500, blank=True, help_text=_("Shown to everyone who is notified.")
    )
    sequence = models.PositiveIntegerField(
        help_text=_("The workshop’s sequence number after this change.")
    )
    starts_before = models.DateTimeField(null=True, blank=True)
    ends_before = models.DateTimeField(null=True, blank=True)
    venue_before = models.CharField(max_length=300, blank=True)
    joining_link_before = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("workshop", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("workshop", "sequence"),
                name="change_sequence_once",
                violation_error_message=_("Someone else has just changed this workshop."),
            ),
        )
        indexes = (models.Index(fields=("at",), name="change_at"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.workshop}"

    @classmethod
    def before(
        cls, workshop: Workshop, *, kind: str, by: User | None, at: datetime, reason: str
    ) -> Change:
        """Return an unsaved change that holds the workshop's current time and place."""
        return cls(
            workshop=workshop,
            kind=kind,
            by=by,
            at=at,
            reason=reason,
            sequence=workshop.sequence + 1,
            starts_before=workshop.starts_at,
            ends_before=workshop.ends_at,
            venue_before=workshop.venue,
            joining_link_before=workshop.joining_link,
        )

    @classmethod
    def kind_of(cls, before: Arrangement, after: Arrangement) -> Change.Kind:
        if before.slot == after.slot:
            return cls.Kind.RELOCATED
        if before.slot is None:
            return cls.Kind.PLANNED
        return cls.Kind.MOVED if after.slot else cls.Kind.UNDATED

    @property
    def arrangement_before(self) -> Arrangement:
        slot = (
            Slot(self.starts_before, self.ends_before)
            if self.starts_before and self.ends_before
            else None
        )
        return Arrangement(slot, self.venue_before, self.joining_link_before)
