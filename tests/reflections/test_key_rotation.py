"""Key rotation: of every encrypted field, after interruptions, and during concurrent changes."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.encryption import fernet
from accounts.models import User
from cohorts.models import Cohort
from reflections import key_rotation
from reflections.entries import change, reply
from reflections.key_rotation import Rotation, encrypted_fields, with_ciphertext
from reflections.models import Audience, Draft, Experiment, Quote, Reflection, Reply
from relationships.models import AnswerBlob
from sets.models import KeepApart, SetNote
from surveys.models import BallotBox, Comment, Hope, Pseudonym, WaveBox
from tests.reflections.test_encryption import new_key, raw
from tests.sqlite_copy import copy_database

Entry = Callable[..., Reflection]
ROOT = Path(__file__).resolve().parent.parent.parent


def rotate() -> str:
    """Run the command and return the last line of its output."""
    said = StringIO()
    call_command("rotate_reflection_keys", stdout=said)
    return said.getvalue().splitlines()[-1]


def test_encrypted_fields_returns_every_encrypted_field() -> None:
    assert set(encrypted_fields()) == {
        (Draft, "body"),
        (Draft, "experiment"),
        (Experiment, "words"),
        (Experiment, "happened"),
        (Experiment, "learned"),
        (Quote, "words"),
        (Reflection, "body"),
        (Reply, "body"),
        (BallotBox, "content"),
        (Comment, "text"),
        (Comment, "shown_text"),
        (Hope, "text"),
        (Pseudonym, "value"),
        (AnswerBlob, "content"),
        (KeepApart, "reason"),
        (SetNote, "body"),
        (WaveBox, "content"),
    }


def test_rotation_reencrypts_reflections_and_replies_with_the_primary_key(
    entry: Entry, facilitator: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 3)
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    for number in range(7):
        kept = entry(body=f"Entry {number}", audience=Audience.FACILITATORS)
    reply(reflection=kept, author=facilitator, body="Thank you", at=timezone.now())
    before = list(Reflection.objects.values_list("changed_at", "shared_at", "audience"))
    settings.REFLECTION_KEYS = [new, old]
    entry(body="Newer")
    assert rotate() == (
        "8 re-encrypted with the primary key, 1 already up to date. You can remove older keys from "
        "REFLECTION_KEYS."
    )
    assert rotate().startswith("0 re-encrypted with the primary key, 9 already up to date.")
    settings.REFLECTION_KEYS = [new]
    assert sorted(one.body for one in Reflection.objects.all()) == [
        *(f"Entry {n}" for n in range(7)),
        "Newer",
    ]
    assert Reply.objects.get().body == "Thank you"
    assert list(Reflection.objects.values_list("changed_at", "shared_at", "audience"))[1:] == before


def test_rotation_continues_after_an_interruption(
    entry: Entry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    for number in range(5):
        entry(body=f"Entry {number}")
    settings.REFLECTION_KEYS = [new, old]
    first = Rotation()
    first.rotate_batch(Reflection, "body", after=0)
    assert str(first) == "2 re-encrypted with the primary key, 0 already up to date"
    assert rotate().startswith("3 re-encrypted with the primary key, 2 already up to date.")


def test_rotation_reports_undecryptable_rows_and_leaves_them_unchanged(
    entry: Entry, settings: Settings
) -> None:
    settings.REFLECTION_KEYS = [new_key()]
    kept = entry()
    before = raw("reflection")
    settings.REFLECTION_KEYS = [new_key()]
    said = (
        "1 could not be decrypted with any key of REFLECTION_KEYS and was left unchanged: "
        f"reflection {kept.pk}. Add"
    )
    with pytest.raises(CommandError, match=said):
        rotate()
    assert raw("reflection") == before


def test_rotation_preserves_concurrent_changes(entry: Entry, settings: Settings) -> None:
    """The author changes the text after rotation has read the row and before it writes it."""
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    kept = entry(body="Old words")
    (token,) = raw("reflection")
    settings.REFLECTION_KEYS = [new, old]
    kept.body = "New words"
    kept.save()
    Rotation().rotate(Reflection, "body", kept.pk, token)
    assert Reflection.objects.get().body == "New words"


def test_interrupted_rotation_reports_progress(
    entry: Entry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody presses Ctrl-C while the second batch is queried."""
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    old = new_key()
    settings.REFLECTION_KEYS = [old]
    entry()
    entry()
    settings.REFLECTION_KEYS = [new_key(), old]
    asked = []

    def interrupt(execute: Callable[..., object], sql: str, *rest: object) -> object:
        asked.append(sql)
        if len([one for one in asked if re.match("SELECT .*reflections_reflection", one)]) == 2:
            raise KeyboardInterrupt
        return execute(sql, *rest)

    with (
        connection.execute_wrapper(interrupt),
        pytest.raises(CommandError, match="Stopped: 1 re-encrypted") as stop,
    ):
        rotate()
    assert stop.value.returncode == 130
    assert rotate().startswith("1 re-encrypted with the primary key, 1 already up to date.")


@pytest.fixture
def settings_with_two_keys(
    entry: Entry, cohort: Cohort, participant: User, settings: Settings
) -> Settings:
    """Save one row of each encrypted model, then add a new primary key; return the settings."""
    settings.REFLECTION_KEYS = [new_key()]
    now, kept = timezone.now(), entry(body="Reflection", audience=Audience.COHORT)
    reply(reflection=kept, author=participant, body="Reply", at=now)
    facts = {"author": participant, "cohort": cohort}
    Draft.objects.create(**facts, body="Draft", experiment="", typed_at=now)
    Experiment.objects.create(
        **facts, words="Try", happened="", learned="", started_at=now, changed_at=now
    )
    Quote.objects.create(**facts, reflection=kept, words="Quote", offered_at=now)
    settings.REFLECTION_KEYS = [new_key(), *settings.REFLECTION_KEYS]
    return settings


def test_rotation_reencrypts_every_encrypted_field(settings_with_two_keys: Settings) -> None:
    assert rotate().startswith("8 re-encrypted with the primary key, 0 already up to date.")
    settings_with_two_keys.REFLECTION_KEYS = settings_with_two_keys.REFLECTION_KEYS[:1]
    draft, experiment = Draft.objects.get(), Experiment.objects.get()
    assert [draft.body, experiment.words, experiment.happened] == [
        "Draft",
        "Try",
        "",
    ]
    assert experiment.is_unreadable is False
    assert [one.objects.get().is_unreadable for one in (Reflection, Reply, Draft, Quote)] == [
        False
    ] * 4


def test_rotation_skips_fields_without_ciphertext(settings_with_two_keys: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reflections_experiment SET happened = ''")
    run = Rotation()
    run.run()
    run.rotate(Reflection, "body", Reflection.objects.get().pk, None)
    assert (run.reencrypted, run.up_to_date, run.unreadable) == (7, 0, 0)
    assert with_ciphertext(Experiment, "happened").filter(ciphertext="").count() == 1


def test_rotation_reports_progress(
    settings_with_two_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "REPORT_EVERY", 4)
    said = StringIO()
    call_command("rotate_reflection_keys", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[:2] == ["reflections, body: 1 checked", "replies, body: 1 checked"]
    assert [line for line in lines if line.endswith("so far")] == [
        f"{number} re-encrypted with the primary key, 0 already up to date, so far"
        for number in (4, 8)
    ]
    assert len(lines) == 17 + 2 + 1


def test_rotation_lists_only_the_first_undecryptable_rows(
    entry: Entry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "MOST_NAMED", 2)
    settings.REFLECTION_KEYS = [new_key()]
    pks = [entry().pk for _ in range(3)]
    settings.REFLECTION_KEYS = [new_key()]
    with pytest.raises(CommandError, match=f"reflection {pks[0]}, reflection {pks[1]} and others"):
        rotate()


def test_rotation_reencrypts_text_written_concurrently_with_the_old_key(
    entry: Entry, participant: User, settings: Settings
) -> None:
    """After rotation has read the row, a process without the new key changes its text."""
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    kept = entry(body="Old words")
    (token,) = raw("reflection")
    change(reflection=kept, body="New words", by=participant, at=timezone.now())
    settings.REFLECTION_KEYS = [new, old]
    run = Rotation()
    run.rotate(Reflection, "body", kept.pk, token)
    assert (run.reencrypted, run.up_to_date) == (1, 0)
    settings.REFLECTION_KEYS = [new]
    assert Reflection.objects.get().body == "New words"


def test_rotation_skips_rows_deleted_concurrently(entry: Entry, settings: Settings) -> None:
    old = new_key()
    settings.REFLECTION_KEYS = [old]
    kept = entry()
    (token,) = raw("reflection")
    Reflection.objects.all().delete()
    settings.REFLECTION_KEYS = [new_key(), old]
    run = Rotation()
    run.rotate(Reflection, "body", kept.pk, token)
    assert run.processed == 0


# Resuming a key rotation whose process was killed -------------------------------------------------

ROWS = 3_000


def create_entries(cohort: Cohort, author: User) -> None:
    now = timezone.now()
    Reflection.objects.bulk_create(
        Reflection(
            author=author, cohort=cohort, body=f"Entry {number}", written_at=now, changed_at=now
        )
        for number in range(ROWS)
    )


def start_rotation(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_reflection_keys"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after_first_batch(
    environment: dict[str, str], tokens: Callable[[], list[str]], how: int
) -> str:
    """Start rotation in a process, and return its output.

    After the first batch, the process gets the signal `how`.
    """
    before = tokens()[0]
    process = start_rotation(environment)
    deadline = time.monotonic() + 120
    while tokens()[0] == before:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(how)
    return process.communicate(timeout=60)[0]


def assert_killed_rotation_resumes(
    environment: dict[str, str], old: str, new: str, tokens: Callable[[], list[str]]
) -> None:
    """Kill a rotation and run it again; assert that the new key alone then decrypts every text."""
    environment = environment | {"REFLECTION_KEYS": f"{new},{old}"}
    newest = fernet((new,))

    def count_reencrypted() -> int:
        return sum(1 for token in tokens() if decrypts(newest, token))

    kill_after_first_batch(environment, tokens, signal.SIGKILL)
    after_kill = count_reencrypted()
    assert 0 < after_kill < ROWS
    assert after_kill % key_rotation.BATCH == 0
    process = start_rotation(environment)
    said = process.communicate(timeout=240)[0].splitlines()
    assert process.returncode == 0, said
    assert said[-1].startswith(
        f"{ROWS - after_kill} re-encrypted with the primary key, {after_kill} already up to date."
    )
    texts = sorted(newest.decrypt(token.encode()).decode() for token in tokens())
    assert texts == sorted(f"Entry {number}" for number in range(ROWS))


def decrypts(keys: object, token: str) -> bool:
    try:
        keys.decrypt(token.encode())  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


@pytest.mark.sqlite
def test_killed_rotation_resumes_on_sqlite(
    cohort: Cohort, participant: User, settings: Settings, tmp_path: Path
) -> None:
    """The process that is killed works on a copy of the test database, in a file."""
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    create_entries(cohort, participant)
    file = tmp_path / "convenor.sqlite3"
    copy_database(file)

    def tokens() -> list[str]:
        with closing(sqlite3.connect(file, timeout=30)) as there:
            return [
                row[0]
                for row in there.execute("SELECT body FROM reflections_reflection ORDER BY id")
            ]

    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
    }
    assert_killed_rotation_resumes(
        environment | {"CONVENOR_VAR": str(tmp_path), "DEMO": "1"}, old, new, tokens
    )


def test_killed_rotation_resumes_on_postgresql(
    process_environment: dict[str, str], cohort: Cohort, participant: User, settings: Settings
) -> None:
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    create_entries(cohort, participant)
    assert_killed_rotation_resumes(process_environment, old, new, lambda: raw("reflection"))
