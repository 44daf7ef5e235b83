"""`make bench`: measures how fast pages, e-mails, the import of people and the demo are.

    python -m bench            measure, and print the results
    python -m bench --write    also write them to docs/benchmarks.md

Exits with status 1 if a limit is exceeded. Uses a temporary database on the PostgreSQL server in
DATABASE_URL, or else on a PostgreSQL server that is started for the run. If PostgreSQL is not
installed, uses SQLite.
"""

import os
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from bench.database import temporary_database
from tests import servers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
# Environment variables that are unset, so that they don't affect the results.
FORGOTTEN = (
    "REDIS_URL",
    "EMAIL_URL",
    "SECRET_KEY",
    "REFLECTION_KEYS",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "SENTRY_DSN",
)


def main() -> int:
    with server() as given, tempfile.TemporaryDirectory(prefix="convenor-bench-") as name:
        folder = Path(name)
        with temporary_database(given, folder) as url:
            arrange(url, folder)
            # Import this only now: it loads Django's settings, which read the environment variables
            # that arrange() has set.
            from bench.report import failings, measure_all, written  # noqa: PLC0415

            measured = measure_all(folder, given)
    page, failed = written(measured), failings(measured)
    print(page)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
    for failing in failed:
        print(failing, file=sys.stderr)
    return 1 if failed else 0


def server() -> AbstractContextManager[str]:
    """Context manager: yield the URL of the PostgreSQL server to use.

    It is DATABASE_URL if that names a PostgreSQL server; otherwise a server is started. If
    PostgreSQL is not installed, DATABASE_URL is yielded as it is, and the bench uses SQLite.
    """
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres") or servers.postgresql_programs() is None:
        return nullcontext(given)
    return servers.private_postgresql(waits_for_disk=True)


def arrange(url: str, folder: Path) -> None:
    for name in FORGOTTEN:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "DATABASE_URL": url,
        "CONVENOR_VAR": str(folder / "var"),
        "DEMO": "1",
        "DEBUG": "0",
    }


if __name__ == "__main__":
    sys.exit(main())
