"""Attacks on the anonymity of a survey by somebody with the database's files, but not its keys.

Twenty people answer, and the attacker knows in which order. An attack collects receipts and answers
(“sightings”), each with a number that says when it was written. Then it guesses who said what.
"""

from __future__ import annotations

import sqlite3
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
from django.db import connection, models, transaction

from cohorts.models import Membership
from surveys.models import RANDOM, BallotBox, Receipt, Response, Survey
from surveys.release import release_due
from surveys.submission import submit
from tests.services import database_url
from tests.surveys.conftest import CLOSED, NEXT_DAY

PEOPLE = 20
# Of twenty random guesses, one is right on average. More than seven are right once in 100,000
# runs.
CHANCE = 7

Value = TypeVar("Value", int, str)
# Pairs of a number and a value that was written. The number orders the writes in time. The value is
# the primary key of a receipt's membership, or the words of an answer.
Sightings = list[tuple[int, Value]]


@dataclass
class Trial:
    """A survey that `members` answer in turn.

    If `in_clear` is true, answers are stored without a ballot box, as Convenor once did. This shows
    that an attack works. `lengths` are the lengths of the ballot box after each answer.
    """

    survey: Survey
    members: list[Membership]
    in_clear: bool

    def __post_init__(self) -> None:
        self.said = {member.pk: f"I say {token_hex(8)}" for member in self.members}
        self.lengths: set[int] = set()

    def answer(self) -> None:
        for member in self.members:
            self.answer_as(member)

    def answer_as(self, member: Membership) -> None:
        answers: dict[str, Any] = {
            "spoke_openly": 4,
            "new_perspective": 4,
            "do_differently": 4,
            "worth_time": 4,
            "change": self.said[member.pk],
        }
        if self.in_clear:
            submit_in_clear(self.survey, member, answers)
        else:
            submit(survey=self.survey, membership=member, answers=answers, at=NEXT_DAY)
            self.lengths.add(length_of(self.survey))

    def close(self) -> None:
        release_due(at=CLOSED)

    def count_right(self, receipts: Sightings[int], answers: Sightings[str]) -> int:
        """Return how many of the attacker's guesses are right."""
        guesses = guess(receipts, answers)
        return sum(self.said[member] == words for member, words in guesses.items())


@transaction.atomic
def submit_in_clear(survey: Survey, member: Membership, answers: dict[str, Any]) -> None:
    """Save answers as Convenor did before there were ballot boxes.

    In one transaction, the survey's rows in both tables are deleted, and saved again in random
    order with random keys.
    """
    rewrite(Response(survey=survey, **answers))
    rewrite(Receipt(survey=survey, membership=member))


def rewrite(new: Response | Receipt) -> None:
    manager: models.Manager[Any] = type(new)._default_manager
    rows = [*manager.filter(survey=new.survey), new]
    RANDOM.shuffle(rows)
    manager.filter(survey=new.survey).delete()
    for row in rows:
        row.pk = uuid4()
    manager.bulk_create(rows)


def length_of(survey: Survey) -> int:
    """Return the length of the survey's ballot box as the database stores it."""
    table = BallotBox._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT length(content) FROM {table} WHERE survey_id = %s",  # noqa: S608
            [survey.pk],
        )
        return int(cursor.fetchone()[0])


# Guessing who said what ---------------------------------------------------------------------------


def guess(receipts: Sightings[int], answers: Sightings[str]) -> dict[int, str]:
    """Pair a receipt and an answer that were alone first seen at one time; pair the rest in order.

    Return a dict that maps each member's primary key to the guessed words.
    """
    people, words = first_seen(receipts), first_seen(answers)
    alone = [
        {when for when, number in Counter(seen.values()).items() if number == 1}
        for seen in (people, words)
    ]
    by_time = {when: one for one, when in words.items() if when in alone[0] & alone[1]}
    pairs = {member: by_time[when] for member, when in people.items() if when in by_time}
    others = [one for one in words if one not in pairs.values()]
    return pairs | dict(zip((one for one in people if one not in pairs), others, strict=False))


def first_seen(sightings: Sightings[Value]) -> dict[Value, int]:
    """Return a dict that maps each value to when it was first seen, the earliest first."""
    found: dict[Value, int] = {}
    for when, value in sorted(sightings, key=lambda one: one[0]):
        found.setdefault(value, when)
    return found


# Attacks on PostgreSQL ----------------------------------------------------------------------------


@contextmanager
def open_snapshot() -> Iterator[None]:
    """Hold a transaction open, as pg_dump does, so that PostgreSQL removes no dead rows."""
    with psycopg.connect(database_url()) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT 1 FROM surveys_survey")
        yield


def live_rows(trial: Trial) -> tuple[Sightings[int], Sightings[str]]:
    """Return the rows in physical order, each with the number of its transaction (xmin)."""
    found: list[list[Any]] = []
    with connection.cursor() as cursor:
        for column, table in (
            ("membership_id", "surveys_receipt"),
            ("change", "surveys_response"),
        ):
            cursor.execute(f"SELECT xmin::text::bigint, {column} FROM {table} ORDER BY ctid")  # noqa: S608
            found.append(cursor.fetchall())
    return found[0], found[1]


def heap(table: str) -> bytes:
    """Return a table's file, with its dead rows and the free space of its pages."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [table])
        return bytes(cursor.fetchone()[0])


# The length in bytes of a row's header and of its first column, a UUID.
HEADER = 24 + 16


def carve(trial: Trial) -> tuple[Sightings[int], Sightings[str]]:
    """Return every row whose bytes are in a table's file, live, dead or removed, with its xmin."""
    raw = heap("surveys_receipt")
    receipts = [
        (number, member.pk)
        for member in trial.members
        for number in transactions(
            raw, struct.pack("<qq", member.pk, trial.survey.pk), offset=HEADER
        )
    ]
    raw = heap("surveys_response")
    answers = [
        (number, words)
        for words in trial.said.values()
        # In a row, the words follow four numbers of two bytes, and a byte with the words' length.
        for number in transactions(raw, words.encode(), offset=HEADER + 4 * 2 + 1)
    ]
    # Shuffled, because the loops found the answers in the order in which the members answered. An
    # attacker doesn't know which words to search for, so can't use that order.
    RANDOM.shuffle(answers)
    return receipts, answers


def transactions(raw: bytes, pattern: bytes, *, offset: int) -> Iterator[int]:
    """Yield the xmin (transaction number) of each row that has the pattern at this offset."""
    place = raw.find(pattern)
    while place >= 0:
        [number] = struct.unpack_from("<I", raw, place - offset)
        yield number
        place = raw.find(pattern, place + 1)


def statistics() -> str:
    """Return what PostgreSQL's statistics views say about the tables and recent statements."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE surveys_response")
        cursor.execute("ANALYZE surveys_ballotbox")
        cursor.execute("SELECT * FROM pg_stats WHERE tablename LIKE 'surveys_%%'", [])
        found = cursor.fetchall()
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        found += cursor.fetchall()
        cursor.execute("SELECT * FROM pg_stat_all_tables WHERE relname LIKE 'surveys_%%'", [])
        return str(found + cursor.fetchall())


# Attacks on SQLite --------------------------------------------------------------------------------


def replay(file: Path, folder: Path) -> tuple[Sightings[int], Sightings[str]]:
    """Return the rows after each commit in the write-ahead log, in physical order."""
    receipts: Sightings[int] = []
    answers: Sightings[str] = []
    for number, copy in enumerate(versions(file, folder)):
        with closing(sqlite3.connect(copy)) as database:
            rows = database.execute("SELECT membership_id FROM surveys_receipt ORDER BY rowid")
            receipts += [(number, member) for (member,) in rows]
            rows = database.execute("SELECT change FROM surveys_response ORDER BY rowid")
            answers += [(number, words) for (words,) in rows]
    return receipts, answers


def versions(file: Path, folder: Path) -> Iterator[Path]:
    """Yield copies of an SQLite database: without its write-ahead log, then after each commit."""
    log = log_of(file).read_bytes()
    page_size = int.from_bytes(log[8:12], "big")
    ends, place = [0], 32
    while place < len(log) and log[place + 8 : place + 16] == log[16:24]:  # of this log, not older
        is_commit = log[place + 4 : place + 8] != bytes(4)
        place += 24 + page_size
        if is_commit:
            ends.append(place)
    for number, end in enumerate(ends):
        copy = folder / f"version-{number}.sqlite3"
        copy.write_bytes(file.read_bytes())
        log_of(copy).write_bytes(log[:end])
        yield copy


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def free_pages(file: Path) -> Iterator[bytes]:
    """Yield the free pages of an SQLite file, without the pages that only list free pages."""
    content = file.read_bytes()
    size = int.from_bytes(content[16:18], "big")

    def page(number: int) -> bytes:
        return content[(number - 1) * size : number * size]

    trunk = int.from_bytes(content[32:36], "big")
    while trunk:
        numbers = struct.unpack(f">{size // 4}I", page(trunk))
        for number in numbers[2 : 2 + numbers[1]]:
            yield page(number)
        trunk = numbers[0]
