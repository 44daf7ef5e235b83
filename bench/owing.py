"""`python -m bench.owing`: the cost of evaluating every rule in the database of a large, old site.

Prints JSON. Needs PostgreSQL, and an empty database that DATABASE_URL names.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (models need the line above)
from django.db import connection, transaction  # noqa: E402

from bench.years import NOW, REMINDERS_DUE, write_years  # noqa: E402
from outbox.delivery.loop import take_turn  # noqa: E402
from outbox.queueing import generate, insert  # noqa: E402
from outbox.rules import all_rules  # noqa: E402

ROUNDS = 5


def main() -> None:
    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    write_years()
    writing = time.perf_counter() - began
    print(json.dumps({"writing": writing, **nothing_owed(), **reminders_owed()}))


def nothing_owed() -> dict[str, float]:
    """Measure turns of the sending loop, a minute apart, in which no message becomes due.

    The first turn is not counted, because it reads the tables from disk.
    """
    turns = []
    for minutes in range(1, ROUNDS + 2):
        with timed() as taken:
            turn = take_turn(
                lambda minutes=minutes: NOW + timedelta(minutes=minutes)  # type: ignore[misc]
            )
        if turn.owed:
            raise RuntimeError(f"{turn.owed} came due, where none should.")
        turns.append(taken)
    return {
        "nothing_ms": 1000 * median(sum(taken) for taken in turns[1:]),
        "nothing_statements": len(turns[-1]),
    }


def reminders_owed() -> dict[str, float]:
    """Measure how long the rules take to queue 25,000 reminders, and then to find none left.

    In each round, every rule is evaluated twice, and the queued messages are rolled back.
    """
    owed, again, made, made_again, most = [], [], 0, 0, 0
    for _ in range(ROUNDS):
        with transaction.atomic():
            began = time.perf_counter()
            made = generate(REMINDERS_DUE)
            asked = time.perf_counter()
            made_again = generate(REMINDERS_DUE)
            again.append(time.perf_counter() - asked)
            owed.append(asked - began)
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    for rule in all_rules().values():
        with timed() as taken:
            insert(rule, NOW)
        most = max(most, len(taken))
    return {
        "owed": made,
        "owed_seconds": median(owed),
        "again": made_again,
        "again_seconds": median(again),
        "statements": most,
    }


@contextmanager
def timed() -> Iterator[list[float]]:
    """Context manager: yield the list of the seconds that each SQL statement in its block takes."""
    taken: list[float] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken.append(time.perf_counter() - began)

    with connection.execute_wrapper(note):
        yield taken


if __name__ == "__main__":
    main()
