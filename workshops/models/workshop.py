from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from programmes.models import PlanContent
from workshops.times import Arrangement, Slot


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def on(self) -> WorkshopQuerySet:
        """Dated and not cancelled."""
        return self.filter(starts_at__isnull=False, cancelled_at=None)

    def held(self, moment: datetime) -> WorkshopQuerySet:
        """Over, as planned."""
        return self.on().filter(ends_at__lte=moment)

    def to_come(self, moment: datetime) -> WorkshopQuerySet:
        """Not over yet, the next one first."""
        return self.on().filter(ends_at__gt=moment).order_by("starts_at")

    def visible_to(self, user: User) -> WorkshopQuerySet:
        return self.filter(cohort__in=Cohort.objects.visible_to(user))


class Workshop(PlanContent):
    """A cohort's half day: its plan, and once it is planned a date, a venue or link, and a register."""

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="workshops")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    scheduled_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was given the time it has: nothing due before is sent.",
    )
    version = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Rises each time it gets another time or is reinstated.",
    )
    sequence = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Rises with each change that calendars must hear of: time, place, cancelled, reinstated.",
    )
    kept_because = models.CharField(
        max_length=300,
        blank=True,
        editable=False,
        help_text="Why it is on this date although something speaks against it.",
    )
    venue = models.CharField(
        max_length=300, blank=True, help_text="With the address, so that people find it."
    )
    joining_link = models.URLField(
        max_length=500, blank=True, help_text="For a workshop that meets online."
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
                violation_error_message="Another workshop stands at this place.",
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
                violation_error_message="A workshop ends after it starts.",
            ),
        )
        # By which the rules of messages find what is near, or was dated or cancelled lately, among all that ever was.
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

    def is_held(self, moment: datetime) -> bool:
        """Over and not cancelled."""
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
        kept_because: str = "",
    ) -> Change | None:
        """Gives it a time and a place, or others, or takes its time away; None if that changes neither.

        Messages and calendars follow by themselves: they are worked out from it. Another time to come takes back what
        people said of the one before, so that they are asked again.
        """
        self.hold()
        before = self.arrangement
        self.kept_because = kept_because if arrangement.slot else ""
        if arrangement == before:
            self.save(update_fields=["kept_because"])
            return None
        change = Change.before(
            self, kind=Change.kind_of(before, arrangement), by=by, at=at, reason=reason
        )
        self.venue, self.joining_link = arrangement.venue, arrangement.joining_link
        if arrangement.slot != before.slot:
            self._retime(arrangement.slot, at)
        self.sequence += 1
        self.save(update_fields=["kept_because", *self.ARRANGED])
        change.save()
        return change

    # What an arrangement changes.
    ARRANGED: ClassVar = (
        *("starts_at", "ends_at", "scheduled_at", "version", "sequence", "venue", "joining_link"),
        "length_minutes",
    )

    def hold(self) -> None:
        """Reads it afresh and holds its row until the transaction ends, so that of two changes one comes second."""
        fields = [*self.ARRANGED, "kept_because", "cancelled_at", "cancelled_by"]
        self.refresh_from_db(fields=fields, from_queryset=Workshop.objects.select_for_update())

    def _retime(self, slot: Slot | None, at: datetime) -> None:
        if slot is None:
            self.starts_at = self.ends_at = self.scheduled_at = None
        else:
            self.starts_at, self.ends_at, self.scheduled_at = slot.starts_at, slot.ends_at, at
            self.length_minutes = slot.minutes
            self.version += 1
        if slot is None or slot.starts_at > at:
            self.attendances.exclude(answer="").update(answer="", answered_at=None, word="")

    @transaction.atomic
    def cancel(self, *, by: User, at: datetime, reason: str = "") -> Change | None:
        """Nothing more is sent about it and it counts nowhere until it is reinstated. None if it was off already."""
        self.hold()
        change = Change.before(self, kind=Change.Kind.CANCELLED, by=by, at=at, reason=reason)
        on = Workshop.objects.filter(pk=self.pk, cancelled_at=None)
        if not on.update(cancelled_at=at, cancelled_by=by, sequence=F("sequence") + 1):
            return None
        change.save()
        self.hold()
        return change

    @transaction.atomic
    def reinstate(
        self, *, at: datetime, by: User | None = None, reason: str = "", kept_because: str = ""
    ) -> Change | None:
        """As good as new: whatever is due from now on is sent. None if it was on already."""
        self.hold()
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
            kept_because=kept_because,
        ):
            return None
        change.save()
        self.hold()
        return change


class Change(models.Model):
    """What was done to a workshop's time or place: by whom, when and why, and how it stood before."""

    class Kind(models.TextChoices):
        PLANNED = "planned", "Planned"
        MOVED = "moved", "Moved"
        RELOCATED = "relocated", "Given another place"
        UNDATED = "undated", "Date taken away"
        CANCELLED = "cancelled", "Cancelled"
        REINSTATED = "reinstated", "Reinstated"

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(
        max_length=500, blank=True, help_text="As those read it who are told."
    )
    sequence = models.PositiveIntegerField(help_text="The workshop's, as this change left it.")
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
                violation_error_message="Somebody else has just changed this workshop.",
            ),
        )
        indexes = (models.Index(fields=("at",), name="change_at"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.workshop}"

    @classmethod
    def before(
        cls, workshop: Workshop, *, kind: str, by: User | None, at: datetime, reason: str
    ) -> Change:
        """A change about to be made to the workshop as it stands; not saved."""
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
