"""New keys for old: everything that is sealed, however often the command is stopped, and whoever writes meanwhile."""

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

from accounts.models import User
from cohorts.models import Cohort
from reflections import key_rotation
from reflections.encryption import fernet
from reflections.entries import change, reply
from reflections.key_rotation import Rotation, encrypted_fields, with_ciphertext
from reflections.models import Audience, Draft, Experiment, Quote, Reflection, Reply
from tests.reflections.test_encryption import new_key, raw

Entry = Callable[..., Reflection]
ROOT = Path(__file__).resolve().parent.parent.parent


def rotate() -> str:
    """The last line that it says."""
    said = StringIO()
    call_command("rotate_reflection_keys", stdout=said)
    return said.getvalue().splitlines()[-1]


def test_every_encrypted_field_is_known() -> None:
    assert set(encrypted_fields()) == {
        (Draft, "body"),
        (Draft, "experiment"),
        (Experiment, "words"),
        (Experiment, "happened"),
        (Experiment, "learned"),
        (Quote, "words"),
        (Reflection, "body"),
        (Reply, "body"),
    }


def test_rotation_encrypts_everything_with_the_primary_key(
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


def test_rotation_leaves_what_it_cannot_open_and_says_so(entry: Entry, settings: Settings) -> None:
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
    """The row was read with old words; before it is written, its author changes them."""
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    kept = entry(body="Old words")
    (token,) = raw("reflection")
    settings.REFLECTION_KEYS = [new, old]
    kept.body = "New words"
    kept.save()
    Rotation().rotate(Reflection, "body", kept.pk, token)
    assert Reflection.objects.get().body == "New words"


def test_rotation_that_is_interrupted_says_how_far_it_came(
    entry: Entry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C comes as the second batch is asked for."""
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
def of_everything(entry: Entry, cohort: Cohort, participant: User, settings: Settings) -> Settings:
    """One of each thing that is sealed, by an old key; the settings have a new one beside it."""
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


def test_rotation_takes_everything_that_is_sealed(of_everything: Settings) -> None:
    assert rotate().startswith("8 re-encrypted with the primary key, 0 already up to date.")
    of_everything.REFLECTION_KEYS = of_everything.REFLECTION_KEYS[:1]
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


def test_rotation_leaves_fields_in_which_nothing_is_sealed(of_everything: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reflections_experiment SET happened = ''")
    run = Rotation()
    run.run()
    run.rotate(Reflection, "body", Reflection.objects.get().pk, None)
    assert (run.reencrypted, run.up_to_date, run.unreadable) == (7, 0, 0)
    assert with_ciphertext(Experiment, "happened").filter(ciphertext="").count() == 1


def test_rotation_says_how_far_it_is(
    of_everything: Settings, monkeypatch: pytest.MonkeyPatch
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
    assert len(lines) == 8 + 2 + 1


def test_rotation_names_no_more_than_a_few_that_it_cannot_open(
    entry: Entry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "MOST_NAMED", 2)
    settings.REFLECTION_KEYS = [new_key()]
    pks = [entry().pk for _ in range(3)]
    settings.REFLECTION_KEYS = [new_key()]
    with pytest.raises(CommandError, match=f"reflection {pks[0]}, reflection {pks[1]} and others"):
        rotate()


def test_what_is_written_with_an_old_key_meanwhile_is_taken_too(
    entry: Entry, participant: User, settings: Settings
) -> None:
    """A process that has not heard of the new key yet changes the words between our reading and our writing."""
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


def test_what_is_deleted_meanwhile_is_let_go(entry: Entry, settings: Settings) -> None:
    old = new_key()
    settings.REFLECTION_KEYS = [old]
    kept = entry()
    (token,) = raw("reflection")
    Reflection.objects.all().delete()
    settings.REFLECTION_KEYS = [new_key(), old]
    run = Rotation()
    run.rotate(Reflection, "body", kept.pk, token)
    assert run.processed == 0


# Killed -------------------------------------------------------------------------------------------

ROWS = 3_000


def fill(cohort: Cohort, author: User) -> None:
    now = timezone.now()
    Reflection.objects.bulk_create(
        Reflection(
            author=author, cohort=cohort, body=f"Entry {number}", written_at=now, changed_at=now
        )
        for number in range(ROWS)
    )


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_reflection_keys"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_in_the_middle(
    environment: dict[str, str], tokens: Callable[[], list[str]], how: int
) -> str:
    """Runs it until the first batch is written, and sends it the signal. What it said."""
    before = tokens()[0]
    process = start(environment)
    deadline = time.monotonic() + 120
    while tokens()[0] == before:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(how)
    return process.communicate(timeout=60)[0]


def hold_to_it(
    environment: dict[str, str], old: str, new: str, tokens: Callable[[], list[str]]
) -> None:
    """Killed, then let through: every text is there, once, and opens with the new key alone."""
    environment = environment | {"REFLECTION_KEYS": f"{new},{old}"}
    newest = fernet((new,))

    def opened() -> int:
        return sum(1 for token in tokens() if opens(newest, token))

    kill_in_the_middle(environment, tokens, signal.SIGKILL)
    after_kill = opened()
    assert 0 < after_kill < ROWS
    assert after_kill % key_rotation.BATCH == 0
    process = start(environment)
    said = process.communicate(timeout=240)[0].splitlines()
    assert process.returncode == 0, said
    assert said[-1].startswith(
        f"{ROWS - after_kill} re-encrypted with the primary key, {after_kill} already up to date."
    )
    texts = sorted(newest.decrypt(token.encode()).decode() for token in tokens())
    assert texts == sorted(f"Entry {number}" for number in range(ROWS))


def opens(keys: object, token: str) -> bool:
    try:
        keys.decrypt(token.encode())  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


@pytest.mark.sqlite
def test_killed_in_the_middle_it_goes_on_where_it_was(
    cohort: Cohort, participant: User, settings: Settings, tmp_path: Path
) -> None:
    """A process of its own, on a file of its own."""
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    fill(cohort, participant)
    file = tmp_path / "convenor.sqlite3"
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        copy.executescript("\n".join(connection.connection.iterdump()))

    def tokens() -> list[str]:
        with closing(sqlite3.connect(file, timeout=30)) as there:
            return [
                row[0]
                for row in there.execute("SELECT body FROM reflections_reflection ORDER BY id")
            ]

    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
    }
    hold_to_it(environment | {"CONVENOR_VAR": str(tmp_path), "DEMO": "1"}, old, new, tokens)


def test_killed_in_the_middle_on_postgresql_it_goes_on_where_it_was(
    process_environment: dict[str, str], cohort: Cohort, participant: User, settings: Settings
) -> None:
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    fill(cohort, participant)
    hold_to_it(process_environment, old, new, lambda: raw("reflection"))
