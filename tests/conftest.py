"""Configuration of all tests. Fixtures are in people.py, services.py and browser.py."""

import os
import secrets
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings

from accounts.after_response import wait_for_work

pytest_plugins = [
    "tests.people",
    "tests.services",
    "tests.browser",
    "tests.xdist_balance",
    "tests.emptying",
]

# No deadline: the duration of an example depends on how busy the machine is.
hypothesis_settings.register_profile("convenor", deadline=None)
hypothesis_settings.load_profile("convenor")

# Markers that `pytest_collection_modifyitems` adds to each test that uses one of these fixtures.
NEEDS = {
    "browser": {"page", "new_context", "context", "browser", "live_site", "sized_page", "axe"},
    "postgresql": {"celery_worker", "process_environment"},
}
DATABASE = {"db", "transactional_db", "live_server"}
# Markers of tests that must not get the marker `either` as well.
OF_ONE_DATABASE = ("postgresql", "sqlite", "browser")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        for marker, fixtures in NEEDS.items():
            if used & fixtures:
                item.add_marker(marker)
        if not used & DATABASE and item.get_closest_marker("django_db") is None:
            item.add_marker("pure")
        elif is_about_pages(item) and not is_about_one_database(item):
            item.add_marker("either")


def is_about_pages(item: pytest.Item) -> bool:
    """Return whether a test is about pages, which are the same on both databases.

    Tests of the modules behind the pages run on both. So do tests of pages that commit, and those
    marked `both`.
    """
    is_view = "views" in item.path.parts or item.path.stem.endswith("views")
    return is_view and not commits(item) and item.get_closest_marker("both") is None


def commits(item: pytest.Item) -> bool:
    used = getattr(item, "fixturenames", ())
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in used or bool(marker and marker.kwargs.get("transaction"))


def is_about_one_database(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in OF_ONE_DATABASE)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that is marked for the database that this run does not use."""
    for vendor in ("postgresql", "sqlite"):
        if item.get_closest_marker(vendor) and connection.vendor != vendor:
            pytest.skip(f"shows something of {vendor}; these tests run on {connection.vendor}")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Clear the cache, so that the limit on sign-in codes does not count those of earlier tests."""
    cache.clear()


@pytest.fixture(autouse=True)
def finished_work() -> Iterator[None]:
    """Wait for sign-in codes that are still being sent, so that no other test gets them."""
    yield
    wait_for_work()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Give the test database a random name, so that test runs on one server don't share it.

    Copy it from the database that bin/test.py has migrated, if there is one. Otherwise each test
    process would run all migrations, for a quarter of a minute.
    """
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"] |= {
            "NAME": f"test_convenor_{secrets.token_hex(4)}",
            "TEMPLATE": os.environ.get("TEST_DATABASE_TEMPLATE"),
        }
