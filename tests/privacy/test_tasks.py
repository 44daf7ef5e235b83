"""The schedule of the hourly tasks, and the deletion of uploaded lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.importing.table import Table, TableRow
from cohorts.models import Cohort, PeopleFile
from privacy.retention import step

NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)


def test_hourly_tasks_are_in_the_celery_beat_schedule(settings: Settings) -> None:
    """Without Celery, a loop runs the tasks in HOURLY_TASKS instead, so the two must agree."""
    for name in settings.HOURLY_TASKS:
        assert settings.CELERY_BEAT_SCHEDULE[name]["task"] == import_string(name).name == name


@pytest.mark.django_db
def test_uploaded_lists_are_deleted_after_a_day(cohort: Cohort, facilitator: User) -> None:
    row = TableRow(2, ("amina@example.org",))
    table = Table(headings=("E-mail",), rows=(row,), has_headings=True)
    _expired, recent = (
        PeopleFile.objects.upload(
            cohort=cohort, filename="people.csv", table=table, by=facilitator, at=uploaded_at
        )
        for uploaded_at in (NOW - timedelta(hours=25), NOW - timedelta(hours=23))
    )
    assert step(at=NOW).swept == 1
    assert list(PeopleFile.objects.all()) == [recent]
