from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import connection, models
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

    def marked(self) -> AttendanceQuerySet:
        return self.exclude(mark="")

    def in_the_room(self) -> AttendanceQuerySet:
        """Present or partly present, however briefly: those whose feedback is asked for."""
        return self.filter(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))

    def keep_latest(self, marks: Sequence[Attendance]) -> None:
        """Keeps each of these marks, at most one a person, unless a later one is kept already. One statement.

        So whatever order marks arrive in, and however often, the same ones are left. Of two of the same moment it is
        the mark's own value that decides.
        """
        if not marks:
            return
        columns = [field for field in Attendance._meta.concrete_fields if not field.primary_key]
        # In one order everywhere, so that two who write at once never wait for each other.
        rows = [
            [
                field.get_db_prep_save(field.pre_save(mark, add=True), connection)
                for field in columns
            ]
            for mark in sorted(marks, key=lambda mark: mark.membership_id)
        ]
        row = f"({', '.join(['%s'] * len(columns))})"
        statement = (  # made of the names of our own table and columns alone
            f"INSERT INTO {TABLE} ({', '.join(str(field.column) for field in columns)}) "  # noqa: S608
            f"VALUES {', '.join([row] * len(rows))} ON CONFLICT (workshop_id, membership_id) DO UPDATE SET "
            f"{', '.join(f'{name} = excluded.{name}' for name in MARKED)} "
            f"WHERE {TABLE}.marked_at IS NULL OR ({order(TABLE)}) < ({order('excluded')})"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for values in rows for value in values])


TABLE = "workshops_attendance"
MARKED = ("mark", "minutes", "came_at", "went_at", "marked_at", "marked_by_id")


def order(table: str) -> str:
    """By what one mark comes after another: when it was made, and for two of one moment anything that differs."""
    # A row with a NULL in it compares with nothing: so first if there is a time, then which.
    times = (
        f"{table}.{name} IS NOT NULL, coalesce({table}.{name}, {table}.marked_at)"
        for name in ("came_at", "went_at")
    )
    return ", ".join(
        (f"{table}.marked_at", f"{table}.mark", *times, f"coalesce({table}.marked_by_id, 0)")
    )


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
        max_length=1000,
        blank=True,
        help_text="With apologies: a word that the facilitators alone read.",
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
                condition=Q(answer="", answered_at=None)
                | ~Q(answer="") & Q(answered_at__isnull=False),
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
