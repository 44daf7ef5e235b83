"""The ten main pages, who opens each, and what one opening costs: CPU time and queries, nothing of a browser.

A page is asked for as gunicorn asks for it, through the whole WSGI application; the CPU time is this process's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from statistics import median
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort

WARM_UP, ROUNDS = 3, 40
MOST_QUERIES = 15


@dataclass(frozen=True)
class Page:
    """A page by its address's name, opened as somebody, about a cohort, one of its workshops or nothing."""

    name: str
    role: str
    about: str = ""

    def path(self, cohort: Cohort) -> str:
        if self.about == "cohort":
            return reverse(self.name, args=[cohort.public_id])
        if self.about == "workshop":
            # Of the three that a running cohort has held, the first one's survey has closed: all is shown.
            return reverse(self.name, args=[cohort.workshops.order_by("position")[0].public_id])
        return reverse(self.name)

    def opener(self, cohort: Cohort) -> User:
        if self.role == "administrator":
            return User.objects.get(is_administrator=True)
        return User.objects.filter(
            memberships__cohort=cohort, memberships__role=self.role
        ).order_by("pk")[0]


REFERENCE = Page("reference", "facilitator")
PAGES = (
    Page("home:today", "participant"),
    Page("home:cohort_list", "administrator"),
    Page("home:cohort_detail", "facilitator", "cohort"),
    Page("home:message_list", "facilitator", "cohort"),
    Page("cohorts:member_list", "facilitator", "cohort"),
    Page("workshops:workshop_detail", "participant", "workshop"),
    Page("workshops:register", "facilitator", "workshop"),
    Page("home:cohort_reflections", "facilitator", "cohort"),
    Page("surveys:survey_results", "facilitator", "workshop"),
    Page("reports:report_detail", "facilitator", "cohort"),
)


@dataclass(frozen=True)
class Visit:
    """One page of one cohort as one signed-in person, ready to be opened again and again."""

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

    def milliseconds(self) -> float:
        began = time.process_time()
        self.open()
        return (time.process_time() - began) * 1000


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
    """What one page costs in a cohort of 22, and how many queries it makes in cohorts of one and of thirty."""

    page: Page
    milliseconds: float
    queries: int
    with_one: int
    with_thirty: int

    def failings(self) -> Iterator[str]:
        most = max(self.queries, self.with_one, self.with_thirty)
        if most > MOST_QUERIES:
            yield f"{self.page.name} makes {most} queries; {MOST_QUERIES} are the most."
        if self.with_one != self.with_thirty:
            yield (
                f"{self.page.name} makes {self.with_one} queries with one person in the cohort, "
                f"{self.with_thirty} with thirty."
            )


def measure(usual: Cohort, one: Cohort, thirty: Cohort) -> list[Cost]:
    """The reference first. All are opened in turn, round by round: what slows the machine a while slows all alike."""
    application = get_wsgi_application()
    visits = [Visit(page, usual, application) for page in (REFERENCE, *PAGES)]
    for _ in range(WARM_UP):
        for visit in visits:
            visit.open()
    rounds = [[visit.milliseconds() for visit in visits] for _ in range(ROUNDS)]
    return [
        Cost(
            visit.page,
            median(times),
            visit.queries(),
            warmed(Visit(visit.page, one, application)).queries(),
            warmed(Visit(visit.page, thirty, application)).queries(),
        )
        for visit, times in zip(visits, zip(*rounds, strict=True), strict=True)
    ]


def warmed(visit: Visit) -> Visit:
    """Opened once, so that what is asked for once in a process is not counted."""
    visit.open()
    return visit
