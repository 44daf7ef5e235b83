"""Somebody with the database's files, but not its keys, can't tell who said what.

The attacks are on an anonymous survey and on a wave of “Before and after”. Such an attacker gets
ciphertexts of one size and the order in which people answered. To show that an attack could work,
each test also runs it on answers in clear, as they were stored before there were ballot boxes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from cohorts.models import Cohort
from surveys.before_after.switching import follow_features
from surveys.models import BallotBox, Pseudonym, Survey
from surveys.opening import get_or_create_survey
from tests.surveys import attacks, trials
from tests.surveys.attacks import in_thread
from tests.surveys.before_after.conftest import make_series
from tests.surveys.conftest import LONG_AGO, Join, make_workshop
from tests.surveys.trials import CHANCE, PEOPLE, Sightings, SurveyTrial, Trial, WaveTrial

pytestmark = pytest.mark.django_db(transaction=True)
NewTrial = Callable[..., Trial]


@pytest.fixture(params=["survey", "wave"])
def new_trial(request: pytest.FixtureRequest, cohort: Cohort, join: Join) -> NewTrial:
    """A function that returns a trial of a survey, or of a wave of “Before and after”."""

    def new(*, in_clear: bool) -> Trial:
        if request.param == "survey":
            survey = get_or_create_survey(make_workshop(cohort))
            return SurveyTrial(survey, join(PEOPLE), in_clear=in_clear)
        make_series(cohort)
        follow_features(cohort, at=LONG_AGO)
        return WaveTrial(cohort.waves.get(occasion="start"), join(PEOPLE), in_clear=in_clear)

    return new


@pytest.fixture(params=[False, True], ids=["in_box", "in_clear"])
def trial(request: pytest.FixtureRequest, new_trial: NewTrial) -> Trial:
    return new_trial(in_clear=request.param)


def order_of(receipts: Sightings[int]) -> list[int]:
    return list(trials.first_seen(receipts))


def test_ballot_box_has_one_size(new_trial: NewTrial) -> None:
    trial = new_trial(in_clear=False)
    empty = trials.length_of(trial.about)
    trial.answer()

    # Base64 of 64 KiB, with Fernet's header, padding and signature.
    assert trial.lengths == {empty} == {4 * -(-(BallotBox.SIZE + 16 + 57) // 3)}


def test_log_of_statements_pairs_nobody(trial: Trial) -> None:
    """PostgreSQL's log_statement, for example, logs statements with their values."""
    receipts: Sightings[int] = []
    answers: Sightings[str] = []

    def log(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith(f'INSERT INTO "{trial.tables.receipts}"'):
            receipts.extend((number, member) for member in members_in(params))
        logged = f"{sql} {in_full(params)}"
        places = {words: place_in(logged, words) for words in trial.said.values()}
        found = [words for words, place in places.items() if place >= 0]
        answers.extend((number, words) for words in sorted(found, key=places.__getitem__))
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


def in_full(params: Any) -> Any:
    """Return the parameters of a statement, with JSON as a log has it, not abbreviated."""
    if isinstance(params, list | tuple):
        return [in_full(one) for one in params]
    return getattr(params, "obj", params)


def place_in(logged: str, words: str) -> int:
    """Return where the words stand, or -1. SQLite gets UUIDs without hyphens."""
    return max(logged.find(words), logged.find(words.replace("-", "")))


def members_in(params: Any) -> list[int]:
    """Return the memberships among the parameters of an INSERT, which has three columns.

    PostgreSQL may get them as one list for each column.
    """
    memberships = params[-1] if isinstance(params[-1], list) else params[2::3]
    return list(memberships)


def test_log_of_statements_holds_no_pseudonym(new_trial: NewTrial) -> None:
    trial, logged = new_trial(in_clear=False), []
    Pseudonym.objects.all().delete()

    def log(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        logged.append(f"{sql} {in_full(params)}")
        return execute(sql, params, *rest)

    with connection.execute_wrapper(log):
        codes = [Pseudonym.objects.code_of(member) for member in trial.members]
        Pseudonym.objects.all().delete()
    for code in codes:
        assert place_in(str(logged), code) < 0


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

    assert len(trials.first_seen(answers)) == PEOPLE
    right = trial.count_right(receipts, answers)
    assert right == PEOPLE if trial.in_clear else right <= CHANCE


@pytest.mark.postgresql
def test_heap_after_vacuum_pairs_nobody(trial: Trial) -> None:
    """VACUUM removes dead rows, but leaves most of their bytes in the free space of the pages."""
    with attacks.open_snapshot():
        trial.answer()
    vacuum(trial)
    receipts, answers = attacks.carve(trial)
    assert bool(answers) is trial.in_clear
    right_before = trial.count_right(receipts, answers)
    trial.close()
    vacuum(trial)

    right = trial.count_right(*attacks.carve(trial))
    if trial.in_clear:
        assert min(right_before, right) > CHANCE
    else:
        assert right_before == 0
        assert right <= CHANCE


@pytest.mark.postgresql
def test_upgrade_removes_earlier_versions_from_the_files(survey: Survey, join: Join) -> None:
    trial = SurveyTrial(survey, join(PEOPLE), in_clear=True)
    with attacks.open_snapshot():
        trial.answer()
        assert trial.count_right(*attacks.carve(trial)) == PEOPLE
        migration = import_module("surveys.migrations.0005_remove_old_versions")
        migration.remove_old_versions(None, SimpleNamespace(connection=connection))

    receipts, answers = attacks.carve(trial)
    assert len(receipts) == len(answers) == PEOPLE
    assert trial.count_right(receipts, answers) <= CHANCE


def vacuum(trial: Trial) -> None:
    tables = trial.tables
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {tables.answers}, {tables.receipts}, {tables.box}")


@pytest.mark.postgresql
def test_files_of_destroyed_pseudonyms_hold_none(new_trial: NewTrial) -> None:
    """The bytes of deleted rows stay in the table's file for a time, but are encrypted."""
    trial = new_trial(in_clear=False)
    codes = [Pseudonym.objects.code_of(member) for member in trial.members]
    Pseudonym.objects.all().delete()
    raw = attacks.heap("surveys_pseudonym")
    assert len(raw) > PEOPLE * 36
    for code in codes:
        for stored in (code.encode(), UUID(code).hex.encode(), UUID(code).bytes):
            assert stored not in raw


@pytest.mark.postgresql
def test_statistics_views_show_no_answer_before_the_close(trial: Trial) -> None:
    trial.answer()
    shown = attacks.statistics(trial)
    assert any(words in shown for words in trial.said.values()) is trial.in_clear
    trial.close()

    # The planner's histogram lists the words in alphabetical order.
    shown = attacks.statistics(trial)
    seen = [(shown.find(words), words) for words in trial.said.values() if words in shown]
    assert seen
    by_order = [(0, member) for member in trial.said]
    assert trial.count_right(by_order, [(0, words) for _, words in sorted(seen)]) <= CHANCE


# Attacks on SQLite --------------------------------------------------------------------------------


@pytest.fixture
def file() -> Iterator[Path]:
    with attacks.sqlite_file() as file:
        yield file


@pytest.mark.sqlite
def test_write_ahead_log_replayed_commit_by_commit_pairs_nobody(
    trial: Trial, file: Path, tmp_path: Path
) -> None:
    in_thread(trial.answer)
    receipts, answers = attacks.replay(trial, file, tmp_path)
    assert order_of(receipts) == list(trial.said)
    assert bool(answers) is trial.in_clear
    if trial.in_clear:
        assert trial.count_right(receipts, answers) == PEOPLE
        return
    in_thread(trial.close)
    assert attacks.log_of(file).stat().st_size == 0

    receipts, answers = attacks.replay(trial, file, tmp_path)
    assert len(receipts) == len(answers) == PEOPLE
    assert trial.count_right(receipts, answers) <= CHANCE


@pytest.mark.sqlite
def test_web_log_beside_the_database_pairs_nobody(trial: Trial, file: Path, tmp_path: Path) -> None:
    """A proxy's log can tell who answered when. So can receipts in the write-ahead log.

    Here the attacker has both logs, and the database after the close.
    """
    web_log = list(enumerate(trial.said))
    in_thread(trial.answer)
    _, answers = attacks.replay(trial, file, tmp_path)
    if not trial.in_clear:
        assert answers == []
        in_thread(trial.close)
        _, answers = attacks.replay(trial, file, tmp_path)

    in_order = list(enumerate(trials.first_seen(answers)))
    right = trial.count_right(web_log, in_order)
    assert right == PEOPLE if trial.in_clear else right <= CHANCE


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
        receipts, answers = attacks.replay(trial, file, tmp_path)

    assert order_of(receipts) == list(trial.said)
    assert len(trials.first_seen(answers)) == PEOPLE
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
    copies = {before.count(trial.stored(words)) for words in trial.said.values()}
    assert (max(copies) > trial.copies_empty) is trial.in_clear
    in_thread(trial.delete_answers if trial.in_clear else trial.close, *insecure)
    in_thread(lambda: None, checkpoint)

    after = file.read_bytes()
    copies = {after.count(trial.stored(words)) for words in trial.said.values()}
    assert max(copies) > trial.copies_empty
    if not trial.in_clear:
        assert copies == {trial.copies_released}
        pages = list(attacks.free_pages(file))
        assert len(pages) > BallotBox.SIZE // 4096
        assert {page.strip(b"\0") for page in pages} == {b""}
