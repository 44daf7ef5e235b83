"""`make bench`: what pages, a phone, a long list’s preview, the demo’s start and messages cost on
this machine.

    python -m bench            measure and print
    python -m bench --write    and write docs/benchmarks.md

Ends with 1 when something costs more than it may. On the PostgreSQL server that DATABASE_URL names,
else on one of its
own where PostgreSQL is installed, else on SQLite; in every case in a database of its own.
"""

import os
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from bench.database import database_of_its_own
from tests import servers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
# Variables of the shell that must not affect the results.
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
        with database_of_its_own(given, folder) as url:
            arrange(url, folder)
            # Imported only now, because the settings read the environment.
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
    """Yield the URL of a PostgreSQL server; empty for SQLite."""
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
