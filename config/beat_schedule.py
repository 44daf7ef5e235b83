"""The schedule by which Celery beat runs tasks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MINUTE, HOUR = 60.0, 3600.0


def beat_schedule(
    *, minutely: Iterable[str], hourly: Iterable[str], reads_bounces: bool
) -> dict[str, dict[str, Any]]:
    """Return Celery's setting `beat_schedule`. The tasks are given by their names."""
    # Tasks expire so that they don't pile up while no worker runs. Those of each minute expire only
    # after hours, because the clocks of beat and worker may differ by hours. An extra run is
    # harmless.
    schedule = {task: scheduled(task, MINUTE, expires=4 * HOUR) for task in minutely}
    schedule |= {task: scheduled(task, HOUR, expires=HOUR) for task in hourly}
    if reads_bounces:
        read = scheduled("outbox.tasks.read_bounces", 5 * MINUTE, expires=5 * MINUTE - 10)
        schedule["read bounces"] = read
    return schedule


def scheduled(task: str, seconds: float, *, expires: float) -> dict[str, Any]:
    """Return the entry of a task that is run every `seconds`, and expires after `expires`."""
    return {"task": task, "schedule": seconds, "options": {"expires": expires}}
