"""The pages that `make bench` measures, and the errors that it reports for exceeded limits."""

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from bench.pages import (
    PAGES,
    REFERENCE,
    Cost,
    Page,
    Visit,
    database_cpu,
    growth_failings,
)
from bench.population import FEW, MANY, Wanted, populate
from cohorts.models import Cohort

WANTED = [Wanted("Two", "running", 2), Wanted("Nine", "running", 9)]


@pytest.fixture
def cohorts(transactional_db: None, settings: Settings) -> list[Cohort]:
    """Two running cohorts, with two and with nine participants."""
    settings.ROOT_URLCONF = "bench.urls"
    settings.TEMPLATES = [
        {
            **settings.TEMPLATES[0],
            "DIRS": [*settings.TEMPLATES[0]["DIRS"], settings.BASE_DIR / "bench/templates"],
        }
    ]
    return populate(WANTED, timezone.now())


def test_reference_makes_three_queries(cohorts: list[Cohort]) -> None:
    assert Visit(REFERENCE, cohorts[0], get_wsgi_application()).queries() == 3


@pytest.mark.parametrize("opened", PAGES, ids=lambda page: page.title)
def test_page_stays_within_the_limit_of_queries(opened: Page, cohorts: list[Cohort]) -> None:
    """A page makes at most twelve queries, and no more with nine participants than with two."""
    few, many = (Visit(opened, cohort, get_wsgi_application()).queries() for cohort in cohorts)
    assert list(Cost(opened, 1.0, many, few, many).failings()) == []


def test_too_many_queries_are_reported() -> None:
    assert list(Cost(REFERENCE, 1.0, 13, 13, 13).failings()) == [
        "reference makes 13 queries; the limit is 12."
    ]


def test_growing_queries_are_reported() -> None:
    assert list(Cost(REFERENCE, 1.0, 5, 4, 6).failings()) == [
        "reference makes 4 queries with one person in the cohort, 6 with thirty."
    ]


def test_slow_page_fails() -> None:
    slow = Cost(REFERENCE, 9.0, 3, 3, 3, ratio=9.0, database_ms=12.0)
    timeline = Cost(Page("home:message_list", "facilitator"), 9.0, 3, 3, 3, database_ms=12.0)

    assert list(slow.failings()) == [
        "reference takes 9.0 × the reference; the limit is 8.",
        "reference takes 12.0 ms of PostgreSQL’s CPU time; the limit is 10.",
    ]
    assert list(timeline.failings()) == []


def test_today_fails_if_its_cpu_time_grows_with_cohorts() -> None:
    few, many = (Page("home:today", "facilitator", cohorts=cohorts) for cohorts in (FEW, MANY))

    assert list(growth_failings([Cost(few, 10.0, 3, 3, 3), Cost(many, 14.0, 3, 3, 3)])) == []
    assert list(growth_failings([Cost(few, 10.0, 3, 3, 3), Cost(many, 40.0, 3, 3, 3)])) == [
        "home:today takes 4.0 times as long with 50 cohorts as with 3; the limit is 1.5."
    ]


@pytest.mark.postgresql
def test_database_cpu_grows_with_work(transactional_db: None) -> None:
    before = database_cpu()
    if before is None:
        pytest.skip("PostgreSQL’s processes are not on this machine.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n) FROM generate_series(1, 1000000) n")
    after = database_cpu()
    assert after is not None
    assert after > before
