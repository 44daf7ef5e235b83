"""Somebody with the database's files, but not its keys, can't tell who answers a round, or what.

The files are PostgreSQL's, with the dead rows that VACUUM has not removed, and SQLite's with its
write-ahead log. A blob says whose it is, so there is nothing to pair: the attacker looks for blobs
that change alone, which would say who is answering, and for answers in clear. To show that an
attack works, each test also runs it on blobs of which a save replaces one's own alone.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection

from cohorts.models import Membership
from relationships.answers import save_answers
from relationships.models import AnswerBlob, Round
from tests.relationships.conftest import START_OPEN
from tests.surveys import attacks
from tests.surveys.attacks import in_thread

pytestmark = pytest.mark.django_db(transaction=True)
# The bytes of a blob's row before its round and membership: the header and the UUID. If the table
# was made by migrations, they come in the other order, after the pointer to the ciphertext, which
# is too long to stand in the row; aligned to eight bytes.
BEFORE_ROUND, BEFORE_MEMBERSHIP = 40, 64
Save = Callable[[Round, Membership, dict[int, int]], None]


def save_all(one: Round, member: Membership, levels: dict[int, int]) -> None:
    save_answers(one=one, membership=member, levels=levels, at=START_OPEN)


def save_alone(one: Round, member: Membership, levels: dict[int, int]) -> None:
    """Replace the member's own blob, and no other."""
    content = json.dumps(levels).ljust(AnswerBlob.SIZE)
    AnswerBlob.objects.filter(round=one, membership=member).update(content=content)


@pytest.fixture(params=[save_all, save_alone], ids=["all", "alone"])
def save(request: pytest.FixtureRequest) -> Save:
    found: Save = request.param
    return found


def levels_of(member: Membership, people: list[Membership]) -> dict[int, int]:
    return {other.pk: 4 for other in people if other != member}


def answer_in_turn(save: Save, one: Round, people: list[Membership]) -> None:
    for member in people[:6]:
        save(one, member, levels_of(member, people))


def answers_in_clear(people: list[Membership]) -> list[bytes]:
    """Return what each of the people said, as text that would stand in a file."""
    return [json.dumps(levels_of(member, people)).encode() for member in people[:6]]


def carved(one: Round, people: list[Membership]) -> dict[int, set[int]]:
    """Return whose blobs each transaction wrote, from live, dead and removed rows."""
    raw = attacks.heap("relationships_answerblob")
    found: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM relationships_answerblob LIMIT 0")
        is_round_first = [column.name for column in cursor.description].index("round_id") == 1
    for member in people:
        ids = (one.pk, member.pk) if is_round_first else (member.pk, one.pk)
        before = BEFORE_ROUND if is_round_first else BEFORE_MEMBERSHIP
        for number in attacks.transactions(raw, struct.pack("<qq", *ids), offset=before):
            found[number].add(member.pk)
    return found


def long_texts() -> bytes:
    """Return the file in which PostgreSQL stores the table's long texts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltoastrelid::regclass::text FROM pg_class"
            " WHERE oid = 'relationships_answerblob'::regclass"
        )
        [name] = cursor.fetchone()
    return attacks.heap(name)


@pytest.mark.postgresql
@pytest.mark.parametrize("is_vacuumed", [False, True], ids=["dead rows", "after vacuum"])
def test_dead_rows_do_not_say_who_answers(
    save: Save, start: Round, people: list[Membership], *, is_vacuumed: bool
) -> None:
    with attacks.open_snapshot():
        answer_in_turn(save, start, people)
        if not is_vacuumed:
            written = carved(start, people)
    if is_vacuumed:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM relationships_answerblob")
        written = carved(start, people)
    everybody = {member.pk for member in people}
    raw = long_texts()

    assert set().union(*written.values()) == everybody
    assert not any(said in raw for said in answers_in_clear(people))
    alone = [members for members in written.values() if len(members) == 1]
    if save is save_alone:
        assert {pk for members in alone for pk in members} == {one.pk for one in people[:6]}
    elif is_vacuumed:
        # New rows overwrite some of those that VACUUM removed. So of a transaction one row may be
        # left, but it says nothing about who answered.
        assert len(alone) < 3
    else:
        assert list(written.values()) == [everybody] * 7


@pytest.fixture
def file() -> Iterator[Path]:
    with attacks.sqlite_file() as file:
        yield file


@pytest.mark.sqlite
def test_write_ahead_log_does_not_say_who_answers(
    save: Save, start: Round, people: list[Membership], file: Path, tmp_path: Path
) -> None:
    in_thread(lambda: answer_in_turn(save, start, people))

    known: list[dict[int, str]] = []
    for copy in attacks.versions(file, tmp_path):
        with closing(sqlite3.connect(copy)) as database:
            rows = database.execute("SELECT membership_id, content FROM relationships_answerblob")
            known.append(dict(rows.fetchall()))
    changes = [
        {pk for pk, content in after.items() if before.get(pk) != content}
        for before, after in pairwise(known)
    ]
    everybody = {member.pk for member in people}
    changes = [one for one in changes if one]
    assert changes[-6:] == (
        [everybody] * 6 if save is save_all else [{one.pk} for one in people[:6]]
    )
    stored = file.read_bytes() + attacks.log_of(file).read_bytes()
    assert not any(said in stored for said in answers_in_clear(people))
    # The beginning of a ciphertext, because SQLite spreads the rest over several pages.
    assert known[-1][people[0].pk][:200].encode() in stored


@pytest.mark.sqlite
def test_free_space_of_the_file_holds_no_earlier_blob(
    start: Round, people: list[Membership], file: Path
) -> None:
    """So nobody can compare an earlier version of the blobs with the one that is there."""
    before = list(AnswerBlob.objects.values_list("pk", flat=True))
    checkpoint = "wal_checkpoint(TRUNCATE)"
    in_thread(lambda: None, checkpoint)
    stored = [pk.hex.encode() for pk in before]
    assert all(pk in file.read_bytes() for pk in stored)
    in_thread(lambda: answer_in_turn(save_all, start, people))
    in_thread(lambda: None, checkpoint)
    assert not any(pk in file.read_bytes() for pk in stored)
