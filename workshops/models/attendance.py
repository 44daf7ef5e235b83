from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cohorts.models import Membership
from workshops.models.workshop import Workshop


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
    word = models.TextField(
        max_length=1000, blank=True, help_text="With apologies: a word that the facilitators alone read."
    )
    mark = models.CharField(max_length=20, choices=Mark.choices, blank=True)
    minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How long somebody partly present stayed; empty: at least half the time.",
    )
    came_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as it began.")
    went_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as it ended.")
    marked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the mark was made, or taken back: of two, the later one counts.",
    )
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
                condition=Q(mark="") | Q(marked_at__isnull=False),
                name="attendance_mark_has_time",
                violation_error_message="A mark has a time.",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None, came_at=None, went_at=None) | Q(mark="partly"),
                name="attendance_times_if_partly",
                violation_error_message="Times are for somebody partly present.",
            ),
            models.CheckConstraint(
                condition=Q(word="") | Q(answer="apologies"),
                name="attendance_word_with_apologies",
                violation_error_message="A word goes with apologies.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.workshop_id}: {self.status}"

    @property
    def status(self) -> str:
        """The mark, else what the person said, else “expected”."""
        return self.mark or self.answer or "expected"
