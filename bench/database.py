"""A temporary database for the bench."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


@contextmanager
def temporary_database(given: str, folder: Path) -> Iterator[str]:
    """Context manager: create an empty database and yield its URL.

    If `given` is the URL of a PostgreSQL server, the database is created there; otherwise it is a
    SQLite file in `folder`.
    """
    if not given.startswith("postgres"):
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    name = f"convenor_bench_{secrets.token_hex(4)}"
    order(given, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(given)._replace(path=f"/{name}").geturl()
    finally:
        order(given, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def order(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
