"""Tests of the upgrade of a database of 30 November 2026, with the demo's data of that day.

The fixture also contains data that the demo lacks: a draft in two versions, a frozen report, an
opt-out, and a message with each outcome.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.upgrade.upgrade import OPEN_SURVEY, read_fixture


@pytest.fixture(scope="module")
def database_url(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The URL of an empty database: on the tests' PostgreSQL server, or in a SQLite file."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('upgrade') / 'convenor.sqlite3'}"
        return
    server, name = os.environ["DATABASE_URL"], f"upgrade_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def upgraded(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "CONVENOR_VAR": str(tmp_path_factory.mktemp("var")),
        "REFLECTION_KEYS": ",".join(read_fixture()["reflection_keys"]),
        "DEMO": "1",
    }
    run = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.upgrade"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_upgrade_deletes_no_rows(upgraded: dict[str, Any]) -> None:
    tables = {name: len(table["rows"]) for name, table in read_fixture()["tables"].items()}
    assert upgraded["counts"] == {
        "User": tables["accounts_user"],
        "Message": tables["outbox_message"],
        "Reflection": tables["reflections_reflection"],
        "Reply": tables["reflections_reply"],
        "Receipt": tables["surveys_receipt"],
        "Response": tables["surveys_response"] - sum(upgraded["in_boxes"].values()),
        "Attendance": tables["workshops_attendance"],
    }
    assert upgraded["frozen"] == 1
    assert upgraded["programme names"] == 0  # cohorts with another name than their programme


def test_answers_to_open_surveys_move_into_ballot_boxes(upgraded: dict[str, Any]) -> None:
    """The fixture has one open survey. Only its answers move."""
    responses = read_fixture()["tables"]["surveys_response"]
    number = responses["columns"].index("survey_id")
    in_survey = [row for row in responses["rows"] if row[number] == OPEN_SURVEY]
    assert len(in_survey) > 10
    assert upgraded["in_boxes"] == {str(OPEN_SURVEY): len(in_survey)}


def test_outcome_of_each_message_is_derived_from_its_reason(upgraded: dict[str, Any]) -> None:
    """The old messages have no outcome, but a reason whose text depends on the outcome."""
    assert upgraded["outcomes"] == {
        "sent": 1064,
        "bounced": 1,
        "refused": 1,
        "suppressed": 1,
        "our-error": 1,
        "untrue": 1,
        "expired": 1,
        "skipped": 1,
        "erased": 1,
        "deferred": 1,
    }


def test_first_acts_are_derived_from_what_people_did(upgraded: dict[str, Any]) -> None:
    """Users had no `acted_at` before, so it is set to the earliest act that is stored."""
    acts = upgraded["acts"]
    assert (acts["wrong"], acts["text only"]) == (0, 0)
    assert acts["right"] > 40
    assert acts["none"] > 0


def test_encrypted_text_is_readable(upgraded: dict[str, Any]) -> None:
    assert upgraded["unreadable"] == 0


def test_draft_in_two_versions_becomes_two_drafts(upgraded: dict[str, Any]) -> None:
    other, first = upgraded["drafts"]
    assert "Words from another device that never saw the first ones." in (other, first)
    assert other != first


def test_turn_after_the_upgrade_sends_no_message_again(upgraded: dict[str, Any]) -> None:
    """The turn runs at the time of the demo's last turn, after which nothing was owed."""
    assert upgraded["turn"] == {"owed": 0, "sent": 0, "waiting": 0, "failed": 0, "dropped": 0}


def test_pages_open_after_the_upgrade(upgraded: dict[str, Any]) -> None:
    pages = upgraded["pages"]
    assert len(pages) == 3 * 2 * 5
    # Sam, the administrator, gets 404 for the reflections of cohorts that Sam is not a member of.
    assert {
        page: status
        for page, status in pages.items()
        if status != 200 and not (page.startswith("Sam") and "reflections" in page)
    } == {}


def test_bands_of_closed_surveys_are_stored_once(upgraded: dict[str, Any]) -> None:
    """The bands that a frozen report has published are stored unchanged."""
    bands, published = upgraded["bands"], upgraded["published_bands"]
    assert upgraded["closed"] == 0  # the migration left none to work out
    assert any(low is not None for low, _ in bands.values())
    assert published
    assert {place: bands[place] for place in published} == published
