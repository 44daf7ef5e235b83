"""Run every check and every test that this machine can, and say at the end what it could not.

`make test` calls this. Without a service the tests run on SQLite; where a PostgreSQL answers or is
installed they run on that as well, with Redis and real Celery workers; where Chromium is, the journeys are walked.
With CI set, nothing may be left out.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 (this file is run by its path, from anywhere)

PROGRAMS = Path(sys.executable).parent
RESULTS = ROOT / "var" / "test"
CALENDARS = ROOT / "tests" / "calendars"
PROCESSES = "3"  # of pytest, on the two cores of CI: one of them often waits, for a beat, a lease or a browser
LIMIT = 30 * 60  # seconds for one step: a test that hangs must end too

LINT = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "djlint": ["djlint", "--lint", "--quiet", "templates"],
    "djade": ["djade", "--check", "--target-version", "5.2"],
    "mypy": ["mypy", "."],
    "import-linter": ["lint-imports"],
    "django check": ["python", "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
}


@dataclass
class Account:
    """What was run, how it ended, and what could not be run here."""

    steps: list[tuple[str, bool, float]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    is_partial: bool = False

    def run(self, name: str, command: list[str], **environment: str) -> None:
        print(f"\n── {name}", flush=True)
        given = {
            key: value
            for key, value in os.environ.items()
            if key not in ("DATABASE_URL", "REDIS_URL")
        }
        started = time.monotonic()
        try:
            ended = subprocess.run(
                [str(PROGRAMS / command[0]), *command[1:]],
                cwd=ROOT,
                env=given | environment,
                check=False,
                timeout=LIMIT,
            ).returncode
        except subprocess.TimeoutExpired:
            print(f"{name} was stopped: it took more than {LIMIT // 60} minutes.")
            ended = 1
        self.steps.append((name, ended == 0, time.monotonic() - started))

    def show(self) -> bool:
        """Print the whole account; was everything well?"""
        print("\n── What was run")
        for name, is_well, seconds in self.steps:
            print(f"  {'ok    ' if is_well else 'FAILED'}  {name} ({seconds:.0f} s)")
        if self.left_out:
            print("── What could not be run here")
            for line in self.left_out:
                print(f"  - {line}")
        elif not self.is_partial:
            print("── Nothing was left out.")
        if self.left_out and is_ci():
            print("In CI nothing may be left out: this run has failed.")
        return all(is_well for _, is_well, _ in self.steps) and not (self.left_out and is_ci())


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def lint(account: Account) -> None:
    templates = [
        str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))
    ]
    for name, command in LINT.items():
        account.run(name, [*command, *templates] if name == "djade" else command, DEMO="1")


def pytest(account: Account, name: str, chosen: str, **environment: str) -> None:
    results = RESULTS / f"{re.sub(r'[^a-z]+', '-', name.lower())}.xml"
    results.unlink(missing_ok=True)
    account.run(
        name,
        [
            "pytest",
            "-q",
            "-n",
            PROCESSES,
            "--dist",
            "worksteal",
            "-m",
            chosen,
            "--junitxml",
            str(results),
        ],
        **environment,
    )
    if results.exists():
        account.left_out += skipped(results)


def skipped(results: Path) -> list[str]:
    """Each reason that pytest gave for leaving tests out, with how many it held back."""
    tree = ET.parse(results)  # noqa: S314 (written by pytest a moment ago)
    reasons = Counter(node.get("message") or "no reason given" for node in tree.iter("skipped"))
    return [f"{count} test{'s' * (count > 1)}: {reason}" for reason, count in reasons.items()]


def find_postgresql(stack: ExitStack) -> str | None:
    """The server that DATABASE_URL names; else one of our own; else one on this machine that lets us in."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return given if servers.postgresql_answers(given) else None
    if servers.postgresql_programs():
        return stack.enter_context(servers.private_postgresql())
    local = ("postgresql:///postgres", "postgresql://127.0.0.1/postgres")
    return next((url for url in local if servers.postgresql_answers(url)), None)


def test(account: Account) -> None:
    second_reader(account)
    redis_url = {"REDIS_URL": os.environ["REDIS_URL"]} if os.environ.get("REDIS_URL") else {}
    with ExitStack() as stack:
        url = find_postgresql(stack)
        # Where every test leaves the same trail on either database, long walks and the browser's are walked once.
        here = "not postgresql and not browser" + (" and not either" if url else "")
        pytest(account, "Tests on SQLite", here, **redis_url)
        postgresql = {}
        if url:
            postgresql = {"DATABASE_URL": url}
            pytest(
                account,
                "Tests on PostgreSQL",
                "not sqlite and not browser and not pure",
                **postgresql,
                **redis_url,
            )
        else:
            account.left_out.append(
                "Tests on PostgreSQL, Redis and Celery: no PostgreSQL answers (at DATABASE_URL, or here) "
                "and none is installed (Debian: apt install postgresql redis-server)."
            )
        if servers.chromium():
            pytest(account, "Journeys in the browser", "browser", **postgresql, **redis_url)
        else:
            account.left_out.append(
                "Journeys in the browser: no Chromium is installed (Debian: apt install chromium)."
            )


def second_reader(account: Account) -> None:
    """ical.js, by which the tests read our calendars back. Where it is not, they are left out and say so."""
    npm = shutil.which("npm")
    if npm is None:
        return
    print("\n── ical.js", flush=True)
    command = [npm, "ci", "--silent", "--prefix", str(CALENDARS)]
    if subprocess.run(command, cwd=CALENDARS, check=False, timeout=LIMIT).returncode:
        account.left_out.append(
            "Calendars read back by ical.js: npm could not install it (tests/calendars)."
        )


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, interrupt)  # so that private servers are stopped then, too
    account = Account(is_partial="--lint" in sys.argv[1:])
    try:
        lint(account)
        if not account.is_partial:
            test(account)
    except KeyboardInterrupt:
        account.left_out.append("Everything after this point: you stopped it.")
        account.show()
        return 130
    except servers.ServerError as error:
        print(error, file=sys.stderr)
        account.steps.append(("Private servers for the tests", False, 0.0))
    return 0 if account.show() else 1


if __name__ == "__main__":
    sys.exit(main())
