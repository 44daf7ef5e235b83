"""A script that runs every check and test that this machine can run, and lists the others.

`make test` calls this script. The tests run on SQLite. If PostgreSQL is running or installed, they
also run on PostgreSQL, with Redis and Celery workers. If Chromium is installed, the browser tests
run too. If the environment variable CI is set, a run that leaves anything out fails.
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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import servers  # noqa: E402 (this file is run by its path)

PROGRAMS = Path(sys.executable).parent
RESULTS = ROOT / "var" / "test"
CALENDARS = ROOT / "tests" / "calendars"
# The number of test processes (pytest-xdist): one more than CI has cores, because one process is
# often waiting for a lease to expire or for a browser.
PROCESSES = "3"
STEP_TIMEOUT = 30 * 60  # seconds after which a step is stopped, in case a test hangs
# Environment variables that the steps don't inherit. Each step sets the services that it uses.
# Without the last one, every test process and every server that a test starts would compile all
# modules again, for several seconds each.
NOT_INHERITED = {"DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE"}

LINT = {
    "mypy": ["mypy", "."],  # the slowest, so it starts first
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "djlint": ["djlint", "--lint", "--quiet", "templates"],
    "djade": ["djade", "--check", "--target-version", "5.2"],
    "import-linter": ["lint-imports"],
    "django check": ["python", "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
}


MIGRATE = ["python", "manage.py", "migrate", "--verbosity", "0"]


@dataclass
class Checks:
    """The steps of this run with their results, and descriptions of what could not be run.

    A step is its name, whether it passed, and its duration in seconds.
    """

    steps: list[tuple[str, bool, float]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    is_partial: bool = False

    def run(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        *,
        is_captured: bool = False,
    ) -> None:
        """Run a step. If `is_captured`, print its output only when it has ended."""
        heading = f"\n── {name}"
        if not is_captured:
            print(heading, flush=True)
        inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
        started = time.monotonic()
        try:
            ended = subprocess.run(
                [str(PROGRAMS / command[0]), *command[1:]],
                cwd=ROOT,
                env=inherited | environment,
                stdout=subprocess.PIPE if is_captured else None,
                stderr=subprocess.STDOUT if is_captured else None,
                text=True,
                check=False,
                timeout=STEP_TIMEOUT,
            )
            passed = ended.returncode == 0
            if is_captured:
                print(f"{heading}\n{ended.stdout}".rstrip(), flush=True)
        except subprocess.TimeoutExpired:
            print(f"{name} was stopped: it took more than {STEP_TIMEOUT // 60} minutes.")
            passed = False
        self.steps.append((name, passed, time.monotonic() - started))

    def show(self) -> bool:
        """Print the results. Return whether every step passed.

        In CI, also return False if anything was left out.
        """
        print("\n── Steps")
        for name, passed, seconds in self.steps:
            print(f"  {'ok    ' if passed else 'FAILED'}  {name} ({seconds:.0f} s)")
        if self.left_out:
            print("── Could not be run here")
            for line in self.left_out:
                print(f"  - {line}")
        elif not self.is_partial:
            print("── Nothing was left out.")
        if self.left_out and is_ci():
            print("In CI nothing may be left out, so this run has failed.")
        return all(passed for _, passed, _ in self.steps) and not (self.left_out and is_ci())


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def lint(checks: Checks) -> None:
    templates = [
        str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:  # each check uses one core
        running = [
            pool.submit(
                checks.run,
                name,
                [*command, *templates] if name == "djade" else command,
                {"DEMO": "1"},
                is_captured=True,
            )
            for name, command in LINT.items()
        ]
    for one in running:
        one.result()  # raises what a thread raised


def pytest(checks: Checks, name: str, markers: str, **environment: str) -> None:
    results = RESULTS / f"{re.sub(r'[^a-z]+', '-', name.lower())}.xml"
    results.unlink(missing_ok=True)
    checks.run(
        name,
        [
            "pytest",
            "-q",
            "-n",
            PROCESSES,
            "--dist",
            "worksteal",
            "-m",
            markers,
            "--junitxml",
            str(results),
        ],
        environment,
    )
    if results.exists():
        checks.left_out += skip_reasons(results)


def skip_reasons(results: Path) -> list[str]:
    """Return the reasons why tests were skipped, each with its number of skipped tests."""
    tree = ET.parse(results)  # noqa: S314 (written by pytest a moment ago)
    reasons = Counter(node.get("message") or "no reason given" for node in tree.iter("skipped"))
    return [f"{count} test{'s' * (count > 1)}: {reason}" for reason, count in reasons.items()]


def find_postgresql(stack: ExitStack) -> str | None:
    """Return the URL of a PostgreSQL server to test on, or None if there is none.

    If DATABASE_URL names a PostgreSQL server, only that server is tried. Otherwise, if PostgreSQL
    is installed, starts a temporary server that stops when `stack` closes. If it is not installed,
    tries to connect to a server on this machine.
    """
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return given if servers.postgresql_answers(given) else None
    if servers.postgresql_programs():
        return stack.enter_context(servers.private_postgresql())
    local = ("postgresql:///postgres", "postgresql://127.0.0.1/postgres")
    return next((url for url in local if servers.postgresql_answers(url)), None)


def test(checks: Checks) -> None:
    install_ical_js(checks)
    redis_url = {"REDIS_URL": os.environ["REDIS_URL"]} if os.environ.get("REDIS_URL") else {}
    with ExitStack() as stack:
        url = find_postgresql(stack)
        # Tests marked "either" do the same on both databases. If there is a PostgreSQL server, they
        # run only on PostgreSQL, but the long ones on SQLite, where they take a quarter of the
        # time. Tests marked "pure" never run on PostgreSQL, even if they are also marked "either".
        here = "not postgresql and not browser"
        if url:
            here += " and (pure or long or not either)"
        pytest(checks, "Tests on SQLite", here, **redis_url)
        postgresql = {}
        if url:
            template = stack.enter_context(servers.temporary_database(url))
            migrating = {"DATABASE_URL": template, "DEMO": "1"}
            checks.run("Migrations of an empty database", MIGRATE, migrating)
            postgresql = {
                "DATABASE_URL": url,
                "TEST_DATABASE_TEMPLATE": urlsplit(template).path.removeprefix("/"),
            }
            pytest(
                checks,
                "Tests on PostgreSQL",
                "not sqlite and not browser and not pure and not (either and long)",
                **postgresql,
                **redis_url,
            )
        else:
            checks.left_out.append(
                "Tests on PostgreSQL, Redis and Celery: no PostgreSQL answers "
                "(DATABASE_URL, localhost) "
                "and none is installed (Debian: apt install postgresql redis-server)."
            )
        if servers.chromium():
            pytest(checks, "Journeys in the browser", "browser", **postgresql, **redis_url)
        else:
            checks.left_out.append(
                "Journeys in the browser: no Chromium is installed (Debian: apt install chromium)."
            )


def install_ical_js(checks: Checks) -> None:
    """Install ical.js, which some tests use to parse our calendars.

    Does nothing if npm is not installed; the tests that use ical.js are then skipped.
    """
    npm = shutil.which("npm")
    if npm is None:
        return
    print("\n── ical.js", flush=True)
    command = [npm, "ci", "--silent", "--prefix", str(CALENDARS)]
    if subprocess.run(command, cwd=CALENDARS, check=False, timeout=STEP_TIMEOUT).returncode:
        checks.left_out.append(
            "Calendars read back by ical.js: npm could not install it (tests/calendars)."
        )


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, interrupt)  # so that temporary servers are stopped too
    checks = Checks(is_partial="--lint" in sys.argv[1:])
    try:
        lint(checks)
        if not checks.is_partial:
            test(checks)
    except KeyboardInterrupt:
        checks.left_out.append("Everything after this point: you stopped it.")
        checks.show()
        return 130
    except servers.ServerError as error:
        print(error, file=sys.stderr)
        checks.steps.append(("Private servers for the tests", False, 0.0))
    return 0 if checks.show() else 1


if __name__ == "__main__":
    sys.exit(main())
