from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership
from workshops.models.workshop import Workshop


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def attended(self) -> AttendanceQuerySet:
        """Present, or partly present for at least half the time. An unknown length counts as half."""
        return self.filter(
            Q(mark=Attendance.Mark.PRESENT)
            | Q(mark=Attendance.Mark.PARTLY)
            & (Q(minutes=None) | Q(minutes__gte=F("workshop__length_minutes") / 2.0))
        )

    def excused(self) -> AttendanceQuerySet:
        """Apologies sent before the workshop began: as the RSVP, or as marked on the register."""
        return self.filter(
            Q(mark=Attendance.Mark.APOLOGIES)
            | Q(answer=Attendance.Answer.APOLOGIES, answered_at__lt=F("workshop__starts_at"))
        )

    def marked(self) -> AttendanceQuerySet:
        return self.exclude(mark="")

    def in_the_room(self) -> AttendanceQuerySet:
        """Present or partly present, however briefly. These people are asked for feedback."""
        return self.filter(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))

    def save_latest(self, marks: Sequence[Attendance]) -> None:
        """Save each of these marks, at most one a person, unless a later mark is stored. One query.

        The result does not depend on the order in which marks arrive or on repeats. Between two
        marks with the same `marked_at` the values themselves decide.
        """
        if not marks:
            return
        columns = [field for field in Attendance._meta.concrete_fields if not field.primary_key]
        # Rows are always written in the same order, so that concurrent calls cannot deadlock.
        rows = [
            [
                field.get_db_prep_save(field.pre_save(mark, add=True), connection)
                for field in columns
            ]
            for mark in sorted(marks, key=lambda mark: mark.membership_id)
        ]
        row = f"({', '.join(['%s'] * len(columns))})"
        statement = (  # built only from the names of our own table and columns
            f"INSERT INTO {TABLE} ({', '.join(str(field.column) for field in columns)}) "  # noqa: S608
            f"VALUES {', '.join([row] * len(rows))} "
            f"ON CONFLICT (workshop_id, membership_id) DO UPDATE SET "
            f"{', '.join(f'{name} = excluded.{name}' for name in MARK_COLUMNS)} "
            f"WHERE {TABLE}.marked_at IS NULL OR ({sort_key(TABLE)}) < ({sort_key('excluded')})"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for values in rows for value in values])


TABLE = "workshops_attendance"
MARK_COLUMNS = ("mark", "minutes", "came_at", "went_at", "marked_at", "marked_by_id")


def sort_key(table: str) -> str:
    """Return the SQL expressions that order marks: by `marked_at`, then by every other column."""
    # SQL compares nothing with NULL, so each time is preceded by whether it is set.
    times = (
        f"{table}.{name} IS NOT NULL, coalesce({table}.{name}, {table}.marked_at)"
        for name in ("came_at", "went_at")
    )
    return ", ".join(
        (f"{table}.marked_at", f"{table}.mark", *times, f"coalesce({table}.marked_by_id, 0)")
    )


class Attendance(models.Model):
    """One member at one workshop: their RSVP, and how they were marked on the register."""

    class Answer(models.TextChoices):
        COMING = "coming", _("Coming")
        APOLOGIES = "apologies", _("Apologies")

    class Mark(models.TextChoices):
        PRESENT = "present", _("Present")
        PARTLY = "partly", _("Partly present")
        APOLOGIES = "apologies", _("Apologies")
        ABSENT = "absent", _("Absent")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="attendances")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="attendances")
    answer = models.CharField(max_length=20, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    word = models.TextField(
        max_length=1000,
        blank=True,
        help_text=_("Sent with apologies. Only the facilitators read it."),
    )
    mark = models.CharField(max_length=20, choices=Mark.choices, blank=True)
    minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("How long somebody partly present stayed. Empty counts as half the time."),
    )
    came_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: when it began."))
    went_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: when it ended."))
    marked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the mark was made or cleared. Of two marks the later one counts."),
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
                violation_error_message=_("This person is already on the register."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | ~Q(answer="") & Q(answered_at__isnull=False),
                name="attendance_answer_has_time",
                violation_error_message=_("An answer must have a time."),
            ),
            models.CheckConstraint(
                condition=Q(mark="") | Q(marked_at__isnull=False),
                name="attendance_mark_has_time",
                violation_error_message=_("A mark must have a time."),
            ),
            models.CheckConstraint(
                condition=Q(minutes=None, came_at=None, went_at=None) | Q(mark="partly"),
                name="attendance_times_if_partly",
                violation_error_message=_("Only somebody partly present can have times."),
            ),
            models.CheckConstraint(
                condition=Q(word="") | Q(answer="apologies"),
                name="attendance_word_with_apologies",
                violation_error_message=_("Only apologies can have a note."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.workshop_id}: {self.status}"

    @property
    def status(self) -> str:
        """The mark if there is one, else the RSVP, else “expected”. A key, not shown to people."""
        return self.mark or self.answer or "expected"
