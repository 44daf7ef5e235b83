"""Attacks on surveys and waves by somebody with the database's files, but not its keys.

Twenty people answer, and the attacker knows in which order. An attack collects receipts and answers
(“sightings”), each with a number that says when it was written. Then it guesses who said what.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections

from surveys.models import (
    RANDOM,
)
from tests.concurrency import database_for_threads
from tests.services import database_url
from tests.surveys.trials import HEADER, Sightings, Trial

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
            ("membership_id", trial.tables.receipts),
            (f"({trial.tables.words})::text", trial.tables.answers),
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


def carve(trial: Trial) -> tuple[Sightings[int], Sightings[str]]:
    """Return every row whose bytes are in a table's file, live, dead or removed, with its xmin."""
    raw = heap(trial.tables.receipts)
    receipts = [
        (number, member.pk)
        for member in trial.members
        for number in transactions(
            raw, struct.pack("<qq", member.pk, trial.about.pk), offset=HEADER
        )
    ]
    raw, before = heap(trial.tables.answers), trial.before_words()
    answers = [
        (number, words)
        for words in trial.said.values()
        for number in transactions(raw, trial.stored(words), offset=before)
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


def statistics(trial: Trial) -> str:
    """Return what PostgreSQL's statistics views say about the tables and recent statements."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {trial.tables.answers}")
        cursor.execute(f"ANALYZE {trial.tables.box}")
        cursor.execute("SELECT * FROM pg_stats WHERE tablename LIKE 'surveys_%%'", [])
        found = cursor.fetchall()
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        found += cursor.fetchall()
        cursor.execute("SELECT * FROM pg_stat_all_tables WHERE relname LIKE 'surveys_%%'", [])
        return str(found + cursor.fetchall())


# Attacks on SQLite --------------------------------------------------------------------------------


@contextmanager
def sqlite_file() -> Iterator[Path]:
    """Yield the file of an SQLite database, whose write-ahead log stays until the end."""
    with database_for_threads():
        file = Path(connection.settings_dict["NAME"])
        # The file is a copy of a database in memory. There, a rollback leaves on free pages what
        # an earlier test wrote to them.
        in_thread(lambda: connection.cursor().execute("VACUUM"))
        in_thread(lambda: None, "wal_checkpoint(TRUNCATE)")
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


def replay(trial: Trial, file: Path, folder: Path) -> tuple[Sightings[int], Sightings[str]]:
    """Return the rows after each commit in the write-ahead log, in physical order."""
    receipts: Sightings[int] = []
    answers: Sightings[str] = []
    tables = trial.tables
    by_stored = {trial.stored(words).decode(): words for words in trial.said.values()}
    for number, copy in enumerate(versions(file, folder)):
        with closing(sqlite3.connect(copy)) as database:
            rows = database.execute(f"SELECT membership_id FROM {tables.receipts} ORDER BY rowid")  # noqa: S608
            receipts += [(number, member) for (member,) in rows]
            rows = database.execute(f"SELECT {tables.words} FROM {tables.answers} ORDER BY rowid")  # noqa: S608
            answers += [(number, by_stored[words]) for (words,) in rows]
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
