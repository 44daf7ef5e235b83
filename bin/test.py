"""Run every check and every test that this machine can run, and list what it could not.

`make test` calls this. The tests run on SQLite; where PostgreSQL answers or is installed, also on
PostgreSQL with Redis and Celery workers; where Chromium is installed, also in the browser. With CI
set, nothing may be left out.
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

from tests import servers  # noqa: E402 (this file is run by its path)

PROGRAMS = Path(sys.executable).parent
RESULTS = ROOT / "var" / "test"
CALENDARS = ROOT / "tests" / "calendars"
# pytest processes on the two cores of CI: one of them often waits for a lease or a browser.
PROCESSES = "3"
LIMIT = 30 * 60  # seconds for one step, so that a test that hangs ends too

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
    """The steps that were run, with their results, and what could not be run."""

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
        """Print the account and return whether everything passed."""
        print("\n── Steps")
        for name, is_well, seconds in self.steps:
            print(f"  {'ok    ' if is_well else 'FAILED'}  {name} ({seconds:.0f} s)")
        if self.left_out:
            print("── Could not be run here")
            for line in self.left_out:
                print(f"  - {line}")
        elif not self.is_partial:
            print("── Nothing was left out.")
        if self.left_out and is_ci():
            print("In CI nothing may be left out, so this run has failed.")
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
    """Return the reasons for skipped tests, each with its number of tests."""
    tree = ET.parse(results)  # noqa: S314 (written by pytest a moment ago)
    reasons = Counter(node.get("message") or "no reason given" for node in tree.iter("skipped"))
    return [f"{count} test{'s' * (count > 1)}: {reason}" for reason, count in reasons.items()]


def find_postgresql(stack: ExitStack) -> str | None:
    """Return the URL of the server in DATABASE_URL, of a private one, or of one on this machine."""
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
        # Tests marked "either" do the same on both databases, and run once.
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
                "Tests on PostgreSQL, Redis and Celery: no PostgreSQL answers (DATABASE_URL, localhost) "
                "and none is installed (Debian: apt install postgresql redis-server)."
            )
        if servers.chromium():
            pytest(account, "Journeys in the browser", "browser", **postgresql, **redis_url)
        else:
            account.left_out.append(
                "Journeys in the browser: no Chromium is installed (Debian: apt install chromium)."
            )


def second_reader(account: Account) -> None:
    """Install ical.js, with which tests parse our calendars; without it they are skipped."""
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
