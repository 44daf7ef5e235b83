from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from programmes.models import PlanContent


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

    def with_expected(self) -> WorkshopQuerySet:
        """One row for each dated workshop and each participant expected at it, as `member_id` and `member_user_id`.

        Expected is who was in the cohort as the workshop began; for one to come, who is in it now.
        """
        return (
            self.on()
            .filter(
                Q(cohort__memberships__left_at=None) | Q(cohort__memberships__left_at__gt=F("starts_at")),
                cohort__memberships__role=Membership.Role.PARTICIPANT,
                cohort__memberships__joined_at__lte=F("starts_at"),
            )
            .annotate(member_id=F("cohort__memberships__pk"), member_user_id=F("cohort__memberships__user"))
        )


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
        default=0, editable=False, help_text="Rises each time it gets another time or is reinstated."
    )
    venue = models.CharField(
        max_length=300, blank=True, help_text="With the address, so that people find it."
    )
    joining_link = models.URLField(max_length=500, blank=True, help_text="For a workshop that meets online.")
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
                    | Q(starts_at__isnull=False, scheduled_at__isnull=False, ends_at__gt=F("starts_at"))
                ),
                name="workshop_ends_after_start",
                violation_error_message="A workshop ends after it starts.",
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

    def schedule(self, *, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
        """Gives it a time, or another one. Messages follow by themselves: they are worked out from it."""
        if (self.starts_at, self.ends_at) == (starts_at, ends_at):
            return
        self.starts_at, self.ends_at, self.scheduled_at = starts_at, ends_at, at
        self.version += 1
        self.save(update_fields=["starts_at", "ends_at", "scheduled_at", "version"])

    def unschedule(self) -> None:
        """Takes its time away: its date is to be agreed, and nothing is sent about it until it has one."""
        self.starts_at = self.ends_at = self.scheduled_at = None
        self.save(update_fields=["starts_at", "ends_at", "scheduled_at"])

    def cancel(self, *, by: User, at: datetime) -> None:
        """Nothing more is sent about it and it counts nowhere until it is reinstated. A second call changes nothing."""
        Workshop.objects.filter(pk=self.pk, cancelled_at=None).update(cancelled_at=at, cancelled_by=by)
        self.refresh_from_db(fields=["cancelled_at", "cancelled_by"])

    def reinstate(self, *, at: datetime) -> None:
        """As good as new: whatever is due from now on is sent. A second call changes nothing."""
        Workshop.objects.filter(pk=self.pk, cancelled_at__isnull=False).update(
            cancelled_at=None,
            cancelled_by=None,
            version=F("version") + 1,
            scheduled_at=models.Case(
                models.When(scheduled_at__isnull=False, then=models.Value(at)), default=None
            ),
        )
        self.refresh_from_db(fields=["cancelled_at", "cancelled_by", "version", "scheduled_at"])


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def attended(self) -> AttendanceQuerySet:
        """Present, or partly present for at least half the time (a part of unknown length counts)."""
        return self.filter(
            Q(mark=Attendance.Mark.PRESENT)
            | Q(mark=Attendance.Mark.PARTLY)
            & (Q(minutes=None) | Q(minutes__gte=F("workshop__length_minutes") / 2.0))
        )

    def excused(self) -> AttendanceQuerySet:
        """Apologies sent before it began: by the person's own answer, or as the register notes that they came."""
        return self.filter(
            Q(mark=Attendance.Mark.APOLOGIES)
            | Q(answer=Attendance.Answer.APOLOGIES, answered_at__lt=F("workshop__starts_at"))
        )

    def in_the_room(self) -> AttendanceQuerySet:
        """Present or partly present, however briefly: those whose feedback is asked for."""
        return self.filter(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))


class Attendance(models.Model):
    """What is known of one member at one workshop: what they said beforehand, and how they were marked."""

    class Answer(models.TextChoices):
        COMING = "coming", "Coming"
        APOLOGIES = "apologies", "Apologies"

    class Mark(models.TextChoices):
        PRESENT = "present", "Present"
        PARTLY = "partly", "Partly present"
        APOLOGIES = "apologies", "Apologies"
        ABSENT = "absent", "Absent"

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="attendances")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="attendances")
    answer = models.CharField(max_length=20, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    mark = models.CharField(max_length=20, choices=Mark.choices, blank=True)
    minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How long somebody partly present stayed; empty: at least half the time.",
    )
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ("workshop", "membership")
        constraints = (
            models.UniqueConstraint(
                fields=("workshop", "membership"),
                name="attendance_once",
                violation_error_message="This person is on the register already.",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="attendance_answer_has_time",
                violation_error_message="An answer has a time.",
            ),
            models.CheckConstraint(
                condition=Q(mark="", marked_at=None) | ~Q(mark="") & Q(marked_at__isnull=False),
                name="attendance_mark_has_time",
                violation_error_message="A mark has a time.",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(mark="partly"),
                name="attendance_minutes_if_partly",
                violation_error_message="Minutes are for somebody partly present.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.workshop_id}: {self.status}"

    @property
    def status(self) -> str:
        """The mark, else what the person said, else “expected”."""
        return self.mark or self.answer or "expected"
