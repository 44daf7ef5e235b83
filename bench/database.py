"""A temporary database for the bench."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers


@contextmanager
def temporary_database(given: str, folder: Path) -> Iterator[str]:
    """Context manager: create an empty database and yield its URL.

    If `given` is the URL of a PostgreSQL server, the database is created there; otherwise it is a
    SQLite file in `folder`.
    """
    if given.startswith("postgres"):
        with servers.temporary_database(given) as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
