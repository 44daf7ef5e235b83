"""PostgreSQL's work for the rules of surveys grows with the people, not with their square."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from outbox.forecast import AHEAD, BEHIND, tallies_query
from outbox.rules import all_rules
from tests.surveys.conftest import ENDS, LONG_AGO, STARTS, Join, make_workshop
from workshops.models import Attendance, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

PEOPLE = 200
MOST_ROWS_A_PERSON = 80
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
A_WEEK = timedelta(weeks=1)


@pytest.fixture
def workshops(join: Join, workshop: Workshop) -> list[Workshop]:
    """Workshops to come, at which everybody says they are coming and nobody is marked."""
    members = join(PEOPLE)
    cohort = workshop.cohort
    later = [
        make_workshop(
            cohort, place, starts_at=STARTS + place * A_WEEK, ends_at=ENDS + place * A_WEEK
        )
        for place in (2, 3)
    ]
    workshops = [workshop, *later]
    for one in workshops:
        Attendance.objects.bulk_create(
            Attendance(workshop=one, membership=member, answer="coming", answered_at=LONG_AGO)
            for member in members
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return workshops


@pytest.mark.parametrize("kind", ["survey", "survey-nudge", "survey-nudge-2"])
def test_marks_are_not_read_anew_for_each_person(workshops: list[Workshop], kind: str) -> None:
    rows = rows_read(kind, workshops[0].cohort_id)

    assert rows < MOST_ROWS_A_PERSON * PEOPLE * len(workshops)


def rows_read(kind: str, cohort: int) -> int:
    """Return how many rows PostgreSQL reads to count the messages of this kind."""
    query = tallies_query((all_rules()[kind],))
    compiled = query.compiled()
    values = compiled.values(
        {"group_id": cohort, "moment": NOW, "since": NOW - BEHIND, "until": NOW + AHEAD}
    )
    with query.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled.statement}", values)
        plan = cursor.fetchone()[0][0]["Plan"]
    return sum(
        node["Actual Loops"]
        * (node["Actual Rows"] + sum(n for key, n in node.items() if "Removed" in key))
        for node in nodes(plan)
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
