"""Somebody with the database's files, but not its keys, can't tell who said what.

Such an attacker gets ciphertexts of one size and the order in which people answered. To show
that an attack could work, each test also runs it on answers in clear, as they were stored before
there were ballot boxes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections

from surveys.models import BallotBox, Response, Survey
from tests.concurrency import database_for_threads
from tests.surveys import attacks
from tests.surveys.attacks import CHANCE, PEOPLE, Sightings, Trial
from tests.surveys.conftest import Join

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[False, True], ids=["in_box", "in_clear"])
def trial(request: pytest.FixtureRequest, survey: Survey, join: Join) -> Trial:
    return Trial(survey, join(PEOPLE), in_clear=request.param)


def order_of(receipts: Sightings[int]) -> list[int]:
    return list(attacks.first_seen(receipts))


def test_ballot_box_has_one_size(survey: Survey, join: Join) -> None:
    trial = Trial(survey, join(PEOPLE), in_clear=False)
    empty = attacks.length_of(survey)
    trial.answer()

    # Base64 of 64 KiB, with Fernet's header, padding and signature.
    assert trial.lengths == {empty} == {4 * -(-(BallotBox.SIZE + 16 + 57) // 3)}


def test_log_of_statements_pairs_nobody(trial: Trial) -> None:
    """PostgreSQL's log_statement, for example, logs statements with their values."""
    receipts: Sightings[int] = []
    answers: Sightings[str] = []

    def log(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "surveys_receipt"'):
            receipts.extend((number, member) for member in members_in(params))
        logged = f"{sql} {params}"
        found = [words for words in trial.said.values() if words in logged]
        answers.extend((number, words) for words in sorted(found, key=logged.find))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(log):
        for number, member in enumerate(trial.members):  # noqa: B007 (log reads it)
            trial.answer_as(member)
        assert order_of(receipts) == list(trial.said)
        assert bool(answers) is trial.in_clear
        number = PEOPLE
        trial.close()

    right = trial.count_right(receipts, answers)
    assert right == PEOPLE if trial.in_clear else right <= CHANCE


def members_in(params: Any) -> list[int]:
    """Return every third parameter of an INSERT, whose columns are id, survey and membership.

    PostgreSQL may get them as one list for each column.
    """
    memberships = params[-1] if isinstance(params[-1], list) else params[2::3]
    return list(memberships)


# Attacks on PostgreSQL ----------------------------------------------------------------------------


@pytest.mark.postgresql
def test_live_rows_pair_nobody(trial: Trial) -> None:
    """This attack also fails on answers in clear, because the rows were in random order."""
    trial.answer()
    receipts, answers = attacks.live_rows(trial)
    assert bool(answers) is trial.in_clear
    assert trial.count_right(receipts, answers) <= CHANCE
    trial.close()

    receipts, answers = attacks.live_rows(trial)
    assert len(receipts) == len(answers) == PEOPLE
    assert trial.count_right(receipts, answers) <= CHANCE


@pytest.mark.postgresql
def test_dead_rows_by_transaction_pair_nobody(trial: Trial) -> None:
    with attacks.open_snapshot():
        trial.answer()
        receipts, answers = attacks.carve(trial)
        assert order_of(receipts) == list(trial.said)
        assert bool(answers) is trial.in_clear
        trial.close()
        receipts, answers = attacks.carve(trial)

    assert len(attacks.first_seen(answers)) == PEOPLE
    right = trial.count_right(receipts, answers)
    assert right == PEOPLE if trial.in_clear else right <= CHANCE


@pytest.mark.postgresql
def test_heap_after_vacuum_pairs_nobody(trial: Trial) -> None:
    """VACUUM removes dead rows, but leaves most of their bytes in the free space of the pages."""
    with attacks.open_snapshot():
        trial.answer()
    vacuum()
    receipts, answers = attacks.carve(trial)
    assert bool(answers) is trial.in_clear
    right_before = trial.count_right(receipts, answers)
    trial.close()
    vacuum()

    right = trial.count_right(*attacks.carve(trial))
    if trial.in_clear:
        assert min(right_before, right) > CHANCE
    else:
        assert right_before == 0
        assert right <= CHANCE


@pytest.mark.postgresql
def test_upgrade_removes_earlier_versions_from_the_files(survey: Survey, join: Join) -> None:
    trial = Trial(survey, join(PEOPLE), in_clear=True)
    with attacks.open_snapshot():
        trial.answer()
        assert trial.count_right(*attacks.carve(trial)) == PEOPLE
        migration = import_module("surveys.migrations.0005_remove_old_versions")
        migration.remove_old_versions(None, SimpleNamespace(connection=connection))

    receipts, answers = attacks.carve(trial)
    assert len(receipts) == len(answers) == PEOPLE
    assert trial.count_right(receipts, answers) <= CHANCE


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM surveys_response, surveys_receipt, surveys_ballotbox")


@pytest.mark.postgresql
def test_statistics_views_show_no_answer_before_the_close(trial: Trial) -> None:
    trial.answer()
    shown = attacks.statistics()
    assert any(words in shown for words in trial.said.values()) is trial.in_clear
    trial.close()

    # The planner's histogram lists the words in alphabetical order.
    shown = attacks.statistics()
    seen = [(shown.find(words), words) for words in trial.said.values() if words in shown]
    assert seen
    by_order = [(0, member) for member in trial.said]
    assert trial.count_right(by_order, [(0, words) for _, words in sorted(seen)]) <= CHANCE


# Attacks on SQLite --------------------------------------------------------------------------------


@pytest.fixture
def file() -> Iterator[Path]:
    """The file of an SQLite database, whose write-ahead log is not deleted during the test."""
    with database_for_threads():
        file = Path(connection.settings_dict["NAME"])
        # SQLite deletes the log when the last connection to the database is closed.
        with closing(sqlite3.connect(file)) as other:
            other.execute("SELECT * FROM surveys_survey").fetchall()
            yield file


def in_thread(act: Callable[[], object], *pragmas: str) -> None:
    """Run the pragmas, then the function, in a thread with its own database connection."""

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                for pragma in pragmas:
                    cursor.execute(f"PRAGMA {pragma}")
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result()


@pytest.mark.sqlite
def test_write_ahead_log_replayed_commit_by_commit_pairs_nobody(
    trial: Trial, file: Path, tmp_path: Path
) -> None:
    in_thread(trial.answer)
    receipts, answers = attacks.replay(file, tmp_path)
    assert order_of(receipts) == list(trial.said)
    assert bool(answers) is trial.in_clear
    if trial.in_clear:
        assert trial.count_right(receipts, answers) == PEOPLE
        return
    in_thread(trial.close)
    assert attacks.log_of(file).stat().st_size == 0

    receipts, answers = attacks.replay(file, tmp_path)
    assert len(receipts) == len(answers) == PEOPLE
    assert trial.count_right(receipts, answers) <= CHANCE


@pytest.mark.sqlite
def test_log_kept_from_before_its_truncation_pairs_nobody(
    trial: Trial, file: Path, tmp_path: Path
) -> None:
    """While another connection reads, SQLite can't truncate the log."""
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM surveys_survey").fetchall()
        in_thread(trial.answer)
        in_thread(trial.close, "busy_timeout=0")
        assert attacks.log_of(file).stat().st_size > 0
        receipts, answers = attacks.replay(file, tmp_path)

    assert order_of(receipts) == list(trial.said)
    assert len(attacks.first_seen(answers)) == PEOPLE
    right = trial.count_right(receipts, answers)
    assert right == PEOPLE if trial.in_clear else right <= CHANCE


@pytest.mark.sqlite
def test_free_space_of_the_file_holds_nothing_deleted(
    trial: Trial, file: Path, tmp_path: Path
) -> None:
    """`PRAGMA secure_delete` overwrites deleted rows, which SQLite otherwise leaves in place."""
    insecure = ("secure_delete=OFF",) if trial.in_clear else ()
    checkpoint = "wal_checkpoint(TRUNCATE)"
    in_thread(trial.answer, *insecure)
    in_thread(lambda: None, checkpoint)
    before = file.read_bytes()
    assert any(words.encode() in before for words in trial.said.values()) is trial.in_clear
    in_thread(Response.objects.all().delete if trial.in_clear else trial.close, *insecure)
    in_thread(lambda: None, checkpoint)

    after = file.read_bytes()
    copies = {after.count(words.encode()) for words in trial.said.values()}
    assert max(copies) == 1
    if not trial.in_clear:
        assert copies == {1}
        pages = list(attacks.free_pages(file))
        assert len(pages) > BallotBox.SIZE // 4096
        assert {page.strip(b"\0") for page in pages} == {b""}
