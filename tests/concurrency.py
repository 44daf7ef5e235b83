"""A helper that runs functions concurrently, each in a thread with its own database connection."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

Act = Callable[[], Any]


def run_concurrently(
    acts: Iterable[Act], *, refused: type[Exception] | tuple[type[Exception], ...] = ()
) -> list[Any]:
    """Run the functions concurrently, and return the result of each, in the order of `acts`.

    If a function raises an exception in `refused`, its result is the exception. The test must have
    the mark `django_db(transaction=True)`, because threads see only committed data.
    """
    acts = list(acts)
    start = Barrier(len(acts))

    def run(act: Act) -> Any:
        try:
            start.wait(timeout=30)
            return act()
        except refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with database_for_threads(), ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


@contextmanager
def database_for_threads() -> Iterator[None]:
    """Context manager: move an in-memory SQLite database to a file, which threads can share.

    At the end, its content is copied back to memory. Does nothing on PostgreSQL.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "concurrent.sqlite3"
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
            # WAL mode is set before the threads start: if all their connections set it
            # concurrently, some would fail without waiting.
            copy.execute("PRAGMA journal_mode=WAL")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(connection.settings_dict, "NAME", str(file))
            yield
        with closing(sqlite3.connect(file)) as copy:
            copy.backup(connection.connection)
