"""What takes long begins first, and in each of xdist's processes another: so none is left alone with it at the end."""

import os

import pytest


@pytest.hookimpl(trylast=True)  # once -m and -k have chosen
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """xdist's worksteal cuts the tests into one run for each process: each begins with its share of the long ones."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    items.clear()
    for number in range(processes):
        end = (len(long) + len(short)) * (number + 1) // processes
        items += long[number::processes]
        taken = end - len(items)
        items += short[:taken]
        del short[:taken]
    items += short
