"""What `make bench` measures can be opened, and what is too dear is said."""

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from pytest_django.fixtures import Settings

from bench.pages import PAGES, REFERENCE, Cost, Page, Visit
from bench.population import Wanted, populate
from cohorts.models import Cohort

WANTED = [Wanted("Two", "running", 2), Wanted("Nine", "running", 9)]


@pytest.fixture
def cohorts(transactional_db: None, settings: Settings) -> list[Cohort]:
    """A running cohort of two and one of nine."""
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_holds_its_queries(page: Page, cohorts: list[Cohort]) -> None:
    """Fifteen at most, and as many with nine people as with two."""
    few, many = (Visit(page, cohort, get_wsgi_application()).queries() for cohort in cohorts)
    assert list(Cost(page, 1.0, many, few, many).failings()) == []


def test_too_many_queries_are_said() -> None:
    assert list(Cost(REFERENCE, 1.0, 16, 16, 16).failings()) == [
        "reference makes 16 queries; 15 are the most."
    ]


def test_queries_that_grow_are_said() -> None:
    assert list(Cost(REFERENCE, 1.0, 5, 4, 6).failings()) == [
        "reference makes 4 queries with one person in the cohort, 6 with thirty."
    ]
