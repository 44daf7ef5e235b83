"""What all tests share: who takes part (people), what runs beside (services), the browser, and
what begins first (spread)."""

import secrets

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings

pytest_plugins = ["tests.people", "tests.services", "tests.browser", "tests.xdist_balance"]

# How long an example takes tells how busy the machine is, and nothing of what is tested.
hypothesis_settings.register_profile("convenor", deadline=None)
hypothesis_settings.load_profile("convenor")

# A test that uses one of these needs what the marker says, whether or not its author thought of the marker.
NEEDS = {
    "browser": {"page", "new_context", "context", "browser", "live_site", "sized_page", "axe"},
    "postgresql": {"celery_worker", "process_environment"},
}
DATABASE = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        for marker, fixtures in NEEDS.items():
            if used & fixtures:
                item.add_marker(marker)
        if not used & DATABASE and item.get_closest_marker("django_db") is None:
            item.add_marker("pure")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Started alone on SQLite, a test of PostgreSQL says so (the other way round, too) instead of failing oddly."""
    for vendor in ("postgresql", "sqlite"):
        if item.get_closest_marker(vendor) and connection.vendor != vendor:
            pytest.skip(f"shows something of {vendor}; these tests run on {connection.vendor}")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """How often somebody has asked for a code is counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Two runs on one server must not take each other's database away."""
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"test_convenor_{secrets.token_hex(4)}"
