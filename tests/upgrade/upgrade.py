"""Creates a database as of 30 November 2026, upgrades it, and prints a summary as JSON.

    python -m tests.upgrade.upgrade

The database in DATABASE_URL must be empty. The upgrade runs in a process of its own, because it
needs other settings than the tests: its own database and encryption keys.
"""

import gzip
import json
import os
import sys
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# ruff: noqa: E402 (models can be imported only after the setup)
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message, OptOut
from reflections.models import Draft, Reflection, Reply
from reports.models import FrozenReport, WritersBand
from reports.reflection_rate import store_bands
from surveys.models import BallotBox, Receipt, Response
from workshops.models import Attendance, AvailabilityAnswer

FIXTURE = Path(__file__).with_name("demo-2026-11-30.json.gz")

# The latest migration of each app on that day.
MIGRATIONS_THEN = {
    "accounts": "0003_erased",
    "account": "0009_emailaddress_unique_primary_email",
    "admin": "0003_logentry_add_action_flag_choices",
    "auth": "0012_alter_user_first_name_max_length",
    "cohorts": "0005_found_by_index",
    "outbox": "0006_dropped",
    "privacy": "0001_initial",
    "programmes": "0003_trusted_messages",
    "reflections": "0007_look_backs_of_their_cohort",
    "reports": "0001_frozen_reports",
    "sessions": "0001_initial",
    "surveys": "0001_initial",
    "workshops": "0005_found_by_index",
}
# The id of a survey that was open on that day. Its closing time is moved a century ahead, so that
# the survey is still open whenever the tests run.
OPEN_SURVEY, CLOSES = 9, "2126-12-03 13:00:00+00:00"
LAST_TURN = datetime(2026, 11, 29, 9, 0, 1, tzinfo=UTC)


def read_fixture() -> dict[str, Any]:
    with gzip.open(FIXTURE, "rt", encoding="utf-8") as file:
        fixture: dict[str, Any] = json.load(file)
    return fixture


def load_rows(tables: dict[str, Any]) -> None:
    """Insert the fixture's rows with SQL, because the current models have other columns."""
    with (
        transaction.atomic(),
        connection.constraint_checks_disabled(),
        connection.cursor() as cursor,
    ):
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        for table in in_order_of_references(list(tables)):
            columns, rows = tables[table]["columns"], tables[table]["rows"]
            booleans = {
                number
                for number, column in enumerate(columns)
                if column_types(table)[column] == "BooleanField"
            }
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608 (our own fixture)
                [
                    [as_parameter(value, number in booleans) for number, value in enumerate(row)]
                    for row in rows
                ],
            )
            # Set the sequence, so that PostgreSQL generates ids above the largest one in the
            # fixture. Tables with random ids have no sequence.
            if connection.vendor == "postgresql" and column_types(table)["id"] != "UUIDField":
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), "  # noqa: S608
                    f'(SELECT max(id) FROM "{table}"))'
                )


def column_types(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        return {
            column.name: str(connection.introspection.get_field_type(column.type_code, column))
            for column in described
        }


def in_order_of_references(tables: list[str]) -> list[str]:
    """Sort the tables so that each comes after the tables of its foreign keys."""
    with connection.cursor() as cursor:
        named = {
            table: {
                other
                for _, other in connection.introspection.get_relations(cursor, table).values()
                if other in tables and other != table
            }
            for table in tables
        }
    ordered: list[str] = []
    while len(ordered) < len(tables):
        ready = [table for table in tables if table not in ordered and named[table] <= {*ordered}]
        assert ready, f"circular references among {set(tables) - {*ordered}}"
        ordered += ready
    return ordered


def as_parameter(value: Any, is_boolean: bool) -> Any:
    if isinstance(value, dict):
        return b64decode(value["base64"])
    return bool(value) if is_boolean and value is not None else value


def summary() -> dict[str, Any]:
    """Return the counts and texts that the tests compare, read with the current models."""
    return {
        "counts": {
            model.__name__: model._default_manager.count()
            for model in (User, Message, Reflection, Reply, Receipt, Response, Attendance)
        },
        "in_boxes": {box.pk: len(box.read()) for box in BallotBox.objects.all()},
        "outcomes": dict(Counter(Message.objects.values_list("outcome", flat=True))),
        "unreadable": sum(entry.is_unreadable for entry in Reflection.objects.all()),
        "drafts": sorted(draft.body for draft in Draft.objects.all()),
        "cohorts": list(Cohort.objects.order_by("pk").values_list("name", flat=True)),
        "programme names": Cohort.objects.exclude(programme_name=F("programme__name")).count(),
        "frozen": FrozenReport.objects.count(),
        "bands": {
            f"{band.workshop.cohort_id}-{band.workshop.position}": [band.low, band.high]
            for band in WritersBand.objects.select_related("workshop")
        },
        "published_bands": {
            f"{report.cohort_id}-{position}": (report.values or {})[
                f"workshop-{position}.reflections"
            ][0]
            for report in FrozenReport.objects.all()
            for position in range(1, 7)
            if f"workshop-{position}.reflections" in (report.values or {})
        },
        "closed": store_bands(at=timezone.now()),
    }


def open_pages() -> dict[str, int]:
    """Open the main pages as an administrator and a facilitator; return the status codes."""
    administrator = User.objects.filter(is_administrator=True).first()
    assert administrator is not None
    statuses = {}
    for cohort in Cohort.objects.all():
        facilitator = User.objects.filter(
            memberships__cohort=cohort, memberships__role="facilitator"
        ).first()
        for user in filter(None, (administrator, facilitator)):
            client = Client()
            client.force_login(user)
            for name in (
                "home:cohort_detail",
                "home:message_list",
                "home:cohort_reflections",
                "cohorts:member_list",
                "reports:report_detail",
            ):
                path = reverse(name, args=[cohort.public_id])
                statuses[f"{user.first_name} {cohort.name} {name}"] = client.get(path).status_code
    return statuses


def first_acts() -> dict[str, int]:
    """Count the users whose `acted_at` is, and is not, the time of their earliest stored act."""
    earliest: dict[int, datetime] = {}
    for rows in (
        Attendance.objects.values_list("membership__user", "answered_at"),
        AvailabilityAnswer.objects.values_list("membership__user", "answered_at"),
        Membership.objects.values_list("user", "needs_said_at"),
        OptOut.objects.values_list("person", "at"),
    ):
        for pk, at in rows:
            if at is not None:
                earliest[pk] = min(at, earliest.get(pk, at))
    users = User.objects.filter(text_only=False).values_list("pk", "acted_at")
    return {
        "right": sum(at is not None and at == earliest.get(pk) for pk, at in users),
        "none": sum(at is None and pk not in earliest for pk, at in users),
        "wrong": sum(at != earliest.get(pk) for pk, at in users),
        "text only": User.objects.filter(text_only=True, acted_at=None).count(),
    }


def main() -> None:
    fixture = read_fixture()
    for app, migration in MIGRATIONS_THEN.items():
        call_command("migrate", app, migration, verbosity=0)
    load_rows(fixture["tables"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE surveys_survey SET closing_at = %s WHERE id = %s", [CLOSES, OPEN_SURVEY]
        )
    call_command("migrate", verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    turn = take_turn(lambda: LAST_TURN)
    found = {"turn": vars(turn), **summary(), "acts": first_acts(), "pages": open_pages()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
