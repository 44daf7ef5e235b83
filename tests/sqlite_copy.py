"""A copy of the SQLite test database in a file, for tests that start a process of their own."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

from accounts.search_text import SQLITE_NAME, fold_text


def copy_database(file: Path) -> None:
    """Copy the test database, with what the test has not committed, to a new file."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        # Not `backup`, which waits for the end of the test's transaction.
        copy.create_function(SQLITE_NAME, 1, fold_text, deterministic=True)
        copy.executescript("\n".join(connection.connection.iterdump()))
