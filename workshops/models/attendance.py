from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership
from workshops.models.workshop import Workshop


def has_attended() -> Q:
    """Return a `Q` object for rows marked present, or partly present for at least half of the time.

    Somebody partly present whose minutes are unknown counts as present for half.
    """
    return Q(mark=Attendance.Mark.PRESENT) | Q(mark=Attendance.Mark.PARTLY) & (
        Q(minutes=None) | Q(minutes__gte=F("workshop__length_minutes") / 2.0)
    )


def is_excused() -> Q:
    """Return a `Q` object for the rows of people who sent apologies.

    Either they are marked so on the register, or they answered so before the workshop began.
    """
    return Q(mark=Attendance.Mark.APOLOGIES) | Q(
        answer=Attendance.Answer.APOLOGIES, answered_at__lt=F("workshop__starts_at")
    )


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def attended(self) -> AttendanceQuerySet:
        return self.filter(has_attended())

    def excused(self) -> AttendanceQuerySet:
        return self.filter(is_excused())

    def marked(self) -> AttendanceQuerySet:
        return self.exclude(mark="")

    def in_the_room(self) -> AttendanceQuerySet:
        """Return the rows marked present or partly present, whatever the number of minutes.

        These people are asked for feedback.
        """
        return self.filter(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY))

    def save_latest(self, marks: Sequence[Attendance]) -> None:
        """Insert or update the rows of these marks, except where a later mark is stored.

        Makes one query, an upsert that leaves stored RSVPs unchanged. `marks` holds unsaved
        objects, at most one for each member of a workshop. The later `marked_at` wins; if two are
        the same, the other columns of the mark decide. So the result does not depend on the order
        in which marks are saved, nor on how often.
        """
        if not marks:
            return
        columns = [field for field in Attendance._meta.concrete_fields if not field.primary_key]
        # Always write the rows in the same order, so that concurrent calls cannot deadlock.
        rows = [
            [
                field.get_db_prep_save(field.pre_save(mark, add=True), connection)
                for field in columns
            ]
            for mark in sorted(marks, key=lambda mark: mark.membership_id)
        ]
        row = f"({', '.join(['%s'] * len(columns))})"
        names = ", ".join(str(field.column) for field in columns)
        # Only the names of our own table and columns are interpolated.
        statement = (
            f"INSERT INTO {TABLE} ({names}) "  # noqa: S608
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
    """Return a list of SQL expressions that orders marks by time, then by their other columns.

    `minutes` is left out, because it is computed from the times.
    """
    # A comparison with NULL yields NULL, so no expression may be NULL. Compare whether the time is
    # set, and then the time, or `marked_at` where the time is not set.
    times = (
        f"{table}.{name} IS NOT NULL, coalesce({table}.{name}, {table}.marked_at)"
        for name in ("came_at", "went_at")
    )
    return ", ".join(
        (f"{table}.marked_at", f"{table}.mark", *times, f"coalesce({table}.marked_by_id, 0)")
    )


class Attendance(models.Model):
    """One member's RSVP to one workshop, and their mark on its register."""

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
    note = models.TextField(
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
                condition=Q(note="") | Q(answer="apologies"),
                name="attendance_note_with_apologies",
                violation_error_message=_("Only apologies can have a note."),
            ),
        )
        # The rules of surveys ask for each member whether anybody is marked at the workshop.
        indexes = (
            models.Index(fields=("workshop",), name="attendance_marked", condition=~Q(mark="")),
        )

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.workshop_id}: {self.status}"

    @property
    def status(self) -> str:
        """The mark if there is one, else the RSVP, else “expected”. An untranslated value."""
        return self.mark or self.answer or "expected"
