"""The data of a large, old site: 10,000 cohorts, 60,000 workshops and a million old messages.

Most cohorts begin at regular intervals, from five years before NOW until two months after. The
other 1,137 cohorts all have their fourth workshop two days after NOW. Their 25,000 reminders become
due together, at 9am on the day after NOW. Few messages become due before that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Model
from psycopg.sql import Literal

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from outbox.queueing import generate
from programmes.default_programme import get_or_create_default
from surveys.models import Receipt, Survey
from workshops.models import Attendance, Change, Workshop

NOW = datetime(2027, 5, 11, 12, 0, tzinfo=UTC)
# 9:01am in London, in summer time.
REMINDERS_DUE = datetime(2027, 5, 12, 8, 1, tzinfo=UTC)
BUSY_BEGAN = datetime(2027, 5, 13, 9, 0, tzinfo=UTC) - timedelta(weeks=9)

COHORTS, BUSY, WORKSHOPS, PARTICIPANTS, MESSAGES = 10_000, 1_137, 6, 22, 1_000_000
MEMBERS = PARTICIPANTS + 1
# For each kind of message about a workshop: when participants get it, relative to the start.
KINDS = {
    "calendar": "-30 days",
    "week-before": "-7 days",
    "day-before": "-1 day",
    "survey": "4 hours",
}
HELD_LATELY = MESSAGES // (PARTICIPANTS * len(KINDS))


def write_years() -> None:
    """Fill an empty database with the data of a large, old site.

    Messages that are due by NOW are queued and marked as sent.
    """
    write_people()
    write_workshops()
    write_attendance_and_receipts()
    write_messages()
    analyze()
    while generate(NOW):
        Message.objects.filter(sent_at=None).update(outcome="sent", sent_at=NOW)
    analyze()


def analyze() -> None:
    """Run ANALYZE, as autovacuum would; without it PostgreSQL assumes that every table is small."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def write_people() -> None:
    began = f"{moment(NOW)} - interval '5 years' + n * interval '306 minutes'"
    insert(
        Cohort,
        f"generate_series(1, {COHORTS}) AS n",
        id="n",
        programme_id=str(get_or_create_default().pk),
        name="'Cohort ' || n",
        place="'Essex'",
        made_at=f"CASE WHEN n > {COHORTS - BUSY} THEN {moment(BUSY_BEGAN)} "
        f"ELSE {began} END - interval '60 days'",
    )
    people = f"generate_series(1, {COHORTS * MEMBERS}) AS n"
    insert(User, people, id="n", email="'person' || n || '@example.org'", name="'Person ' || n")
    insert(
        Membership,
        f"{people} JOIN cohorts_cohort ON cohorts_cohort.id = (n - 1) / {MEMBERS} + 1",
        id="n",
        cohort_id="cohorts_cohort.id",
        user_id="n",
        role=f"CASE n % {MEMBERS} WHEN 0 THEN 'facilitator' ELSE 'participant' END",
        joined_at="made_at",
    )


def write_workshops() -> None:
    starts = "made_at + interval '60 days' + (position - 1) * interval '3 weeks'"
    insert(
        Workshop,
        f"cohorts_cohort, generate_series(1, {WORKSHOPS}) AS position",
        cohort_id="cohorts_cohort.id",
        position="position",
        title="'Workshop ' || position",
        starts_at=starts,
        ends_at=f"{starts} + interval '3 hours'",
        scheduled_at="made_at",
        version="1",
        sequence="1",
        venue="'The old library, Market Street'",
    )
    insert(
        Change,
        "workshops_workshop",
        workshop_id="id",
        kind="'planned'",
        at="scheduled_at",
        sequence="1",
    )


def write_attendance_and_receipts() -> None:
    """Insert the attendance and surveys of recent workshops; two in three people have answered."""
    came = f"{held_lately()} JOIN cohorts_membership AS member USING (cohort_id)"
    participants = "WHERE role = 'participant'"
    insert(
        Attendance,
        f"{came} {participants}",
        workshop_id="held.id",
        membership_id="member.id",
        mark="'present'",
        marked_at="ends_at",
    )
    insert(Survey, held_lately(), workshop_id="held.id")
    insert(
        Receipt,
        f"{came} JOIN surveys_survey AS survey ON workshop_id = held.id "
        f"{participants} AND member.id % 3 > 0",
        id="gen_random_uuid()",
        survey_id="survey.id",
        membership_id="member.id",
    )


def write_messages() -> None:
    kinds = ", ".join(f"('{kind}', interval '{after}')" for kind, after in KINDS.items())
    insert(
        Message,
        f"{held_lately()} JOIN cohorts_membership AS member USING (cohort_id), "
        f"(VALUES {kinds}) AS kinds (kind, after) "
        "WHERE role = 'participant' ORDER BY starts_at + after",
        kind="kind",
        key="kind || ':' || held.id || ':1:' || member.id",
        recipient_id="user_id",
        group_id="cohort_id",
        subject_id="held.id",
        **dict.fromkeys(("made_at", "due_at", "try_at", "sent_at"), "starts_at + after"),
        expires_at="starts_at + interval '5 days'",
        attempts="1",
        outcome="'sent'",
        membership_id="member.id",
        subject_version="1",
        address="'person' || user_id || '@example.org'",
        subject="'Workshop'",
        text="'Dear …'",
    )


def held_lately() -> str:
    return (
        "(SELECT id, cohort_id, starts_at, ends_at FROM workshops_workshop "
        f"WHERE ends_at < {moment(NOW)} ORDER BY ends_at DESC LIMIT {HELD_LATELY}) AS held"
    )


def moment(at: datetime) -> str:
    return f"'{at.isoformat()}'::timestamptz"


def insert(model: type[Model], rows: str, **columns: str) -> None:
    """Insert a row for each row of the SQL expression `rows`, with an SQL expression per column.

    Columns that are not given get the default of their model field; the database generates some.
    """
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        if field.column == "public_id":
            columns.setdefault("public_id", "left(replace(gen_random_uuid()::text, '-', ''), 12)")
        elif not field.primary_key:
            default: object = field.get_db_prep_save(field.get_default(), connection)
            columns.setdefault(str(field.column), Literal(default).as_string())
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) "
            f"SELECT {', '.join(columns.values())} FROM {rows}"
        )
