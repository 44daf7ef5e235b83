"""A pytest hook that runs long tests first in each xdist process, so that none is left last."""

import os

import pytest


@pytest.hookimpl(trylast=True)  # after -m and -k
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests so that each process begins with its share of the long tests.

    With `--dist worksteal`, the first process gets the first part of the list, and so on.
    """
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
