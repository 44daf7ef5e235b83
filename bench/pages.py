"""The main pages, who opens each, and the cost of one opening: CPU time and queries.

A page is requested as gunicorn requests it, through the whole WSGI application. Two CPU times are
measured: of this process, and on Linux of the PostgreSQL process that serves its connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bench.population import FEW, MANY, busy_email
from cohorts.models import Cohort

WARM_UP, ROUNDS = 3, 40
MOST_QUERIES = 12
# The limit of a page's CPU time, divided by that of the reference page (bench/urls.py).
MOST_RATIO = 8.0
MOST_DATABASE_MS = 10.0
# The limit of PostgreSQL's CPU time for a cohort's list of messages. It is higher than the limit of
# other pages, because this page evaluates every message rule.
MOST_TIMELINE_DATABASE_MS = 15.0
# The limit of the CPU time of Today with fifty cohorts, divided by that with three cohorts.
MOST_GROWTH = 1.5


@dataclass(frozen=True)
class Page:
    """A page to measure: its URL name, and the role in which it is opened.

    `about` says whether its URL takes a cohort, a workshop or nothing. If `cohorts` is not 0, the
    page is opened by the facilitator who runs that many cohorts (see population.py).
    """

    name: str
    role: str
    about: str = ""
    cohorts: int = 0

    @property
    def title(self) -> str:
        return f"{self.name}, {self.cohorts} cohorts" if self.cohorts else self.name

    @property
    def most_database_ms(self) -> float:
        is_timeline = self.name == "home:message_list"
        return MOST_TIMELINE_DATABASE_MS if is_timeline else MOST_DATABASE_MS

    def path(self, cohort: Cohort) -> str:
        if self.about == "cohort":
            return reverse(self.name, args=[cohort.public_id])
        if self.about == "workshop":
            # Use the first workshop. Its survey has closed, and results are shown only after a
            # survey has closed.
            return reverse(self.name, args=[cohort.workshops.order_by("position")[0].public_id])
        return reverse(self.name)

    def opener(self, cohort: Cohort) -> User:
        if self.cohorts:
            return User.objects.get(email=busy_email(self.cohorts))
        if self.role == "administrator":
            return User.objects.get(is_administrator=True)
        return User.objects.filter(
            memberships__cohort=cohort, memberships__role=self.role
        ).order_by("pk")[0]


REFERENCE = Page("reference", "facilitator")
PAGES = (
    Page("home:today", "participant"),
    Page("home:today", "facilitator", cohorts=FEW),
    Page("home:today", "facilitator", cohorts=MANY),
    Page("cohorts:person_list", "administrator"),
    Page("home:cohort_list", "administrator"),
    Page("home:cohort_detail", "facilitator", "cohort"),
    Page("home:message_list", "facilitator", "cohort"),
    Page("sets:set_list", "facilitator", "cohort"),
    Page("cohorts:member_list", "facilitator", "cohort"),
    Page("workshops:workshop_detail", "participant", "workshop"),
    Page("workshops:register", "facilitator", "workshop"),
    Page("home:cohort_reflections", "facilitator", "cohort"),
    Page("surveys:survey_results", "facilitator", "workshop"),
    Page("reports:report_detail", "facilitator", "cohort"),
)


@dataclass(frozen=True)
class Visit:
    """A signed-in user and a page of one cohort, which the user can open repeatedly."""

    page: Page
    cohort: Cohort
    application: Callable[..., Any]
    environ: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        client = Client()
        client.force_login(self.page.opener(self.cohort))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        environ: dict[str, Any] = {
            "PATH_INFO": self.page.path(self.cohort),
            "HTTP_COOKIE": f"{cookie.key}={cookie.value}",
            "HTTP_HOST": settings.ALLOWED_HOSTS[0],
        }
        setup_testing_defaults(environ)
        object.__setattr__(self, "environ", environ)

    def open(self) -> None:
        said: list[str] = []
        answer = self.application(
            self.environ | {"wsgi.input": BytesIO()}, lambda status, _: said.append(status)
        )
        try:
            for _ in answer:
                pass
        finally:
            answer.close()
        if said != ["200 OK"]:
            raise RuntimeError(f"{self.page.name} as {self.page.role} answered {said}.")

    def queries(self) -> int:
        with counted() as statements:
            self.open()
        return len(statements)

    def milliseconds(self) -> tuple[float, float | None]:
        """Open the page; return the CPU milliseconds of this process, and of PostgreSQL's process.

        The latter are None if they are unknown (see `database_cpu`).
        """
        began, database_began = time.process_time(), database_cpu()
        self.open()
        taken, database_ended = time.process_time() - began, database_cpu()
        if database_began is None or database_ended is None:
            return 1000 * taken, None
        return 1000 * taken, 1000 * (database_ended - database_began)


def database_cpu() -> float | None:
    """Return the CPU seconds of the PostgreSQL process that serves this connection.

    Return None for SQLite, for a server on another machine, and on systems other than Linux.
    """
    if connection.vendor != "postgresql":
        return None
    connection.ensure_connection()
    # schedstat counts nanoseconds; /proc/PID/stat counts ticks of 10 ms, more than most pages take.
    usage = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    try:
        return int(usage.read_text().split()[0]) / 1e9
    except OSError:
        return None


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


@dataclass(frozen=True)
class Cost:
    """The cost of one page for a cohort of 22 people.

    `with_one` and `with_thirty` are the page's numbers of queries for cohorts of one and of thirty
    people. `ratio` is the page's CPU time divided by that of the reference page.
    """

    page: Page
    milliseconds: float
    queries: int
    with_one: int
    with_thirty: int
    ratio: float = 1.0
    database_ms: float | None = None

    def failings(self) -> Iterator[str]:
        title = self.page.title
        most = max(self.queries, self.with_one, self.with_thirty)
        if most > MOST_QUERIES:
            yield f"{title} makes {most} queries; the limit is {MOST_QUERIES}."
        if self.with_one != self.with_thirty:
            yield (
                f"{title} makes {self.with_one} queries with one person in the cohort, "
                f"{self.with_thirty} with thirty."
            )
        if self.ratio > MOST_RATIO:
            yield f"{title} takes {self.ratio:.1f} × the reference; the limit is {MOST_RATIO:.0f}."
        if (self.database_ms or 0) > self.page.most_database_ms:
            yield (
                f"{title} takes {self.database_ms:.1f} ms of PostgreSQL’s CPU time; "
                f"the limit is {self.page.most_database_ms:.0f}."
            )


def growth_failings(costs: list[Cost]) -> Iterator[str]:
    """Yield an error if Today takes much longer for a facilitator of many cohorts than of few."""
    today = {
        cost.page.cohorts: cost.milliseconds for cost in costs if cost.page.name == "home:today"
    }
    if FEW in today and MANY in today and today[MANY] > MOST_GROWTH * today[FEW]:
        yield (
            f"home:today takes {today[MANY] / today[FEW]:.1f} times as long with {MANY} cohorts "
            f"as with {FEW}; the limit is {MOST_GROWTH}."
        )


def measure(usual: Cohort, one: Cohort, thirty: Cohort) -> list[Cost]:
    """Return the cost of each page, the reference page first.

    Each round opens every page once, so that other load on the machine affects all pages equally.
    """
    application = get_wsgi_application()
    visits = [Visit(page, usual, application) for page in (REFERENCE, *PAGES)]
    for _ in range(WARM_UP):
        for visit in visits:
            visit.open()
    rounds = [[visit.milliseconds() for visit in visits] for _ in range(ROUNDS)]
    medians = [
        (median(own for own, _ in times), database_median(times))
        for times in zip(*rounds, strict=True)
    ]
    return [
        Cost(
            visit.page,
            own,
            visit.queries(),
            warmed(Visit(visit.page, one, application)).queries(),
            warmed(Visit(visit.page, thirty, application)).queries(),
            ratio=own / medians[0][0],
            database_ms=database,
        )
        for visit, (own, database) in zip(visits, medians, strict=True)
    ]


def database_median(times: Iterable[tuple[float, float | None]]) -> float | None:
    measured = [database for _, database in times if database is not None]
    return median(measured) if measured else None


def warmed(visit: Visit) -> Visit:
    """Open the page once, so that its caches are full when it is measured, and return the visit."""
    visit.open()
    return visit
