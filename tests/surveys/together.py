"""Several things done at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

Deed = Callable[[], Any]


def together(deeds: list[Deed], folder: Path) -> list[Any]:
    """What each deed returned or raised, in their order. For tests with `django_db(transaction=True)`."""
    barrier = Barrier(len(deeds))

    def run(deed: Deed) -> Any:
        try:
            barrier.wait(10)
            return deed()
        except Exception as error:  # the test says which it expects
            return error
        finally:
            connections.close_all()

    with database_for_threads(folder), ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@contextmanager
def database_for_threads(folder: Path) -> Iterator[None]:
    """The tests' SQLite stands in one connection's memory: threads work on a copy in a file, which is copied back."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    file = folder / "together.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)
        # Of several that change the journal at once SQLite turns some away, however long they would wait.
        copy.execute("PRAGMA journal_mode=WAL")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", str(file))
        yield
    with closing(sqlite3.connect(file)) as copy:
        copy.backup(connection.connection)
