"""Merging batches of messages of the same kind, subject and day into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from outbox.history import Batch
from outbox.rules import visibility_of
from ui import dates


def merge_same_day(batches: Iterable[Batch], zone: ZoneInfo, moment: datetime) -> list[Batch]:
    """Return the batches, after merging batches of the same kind, subject and day.

    Otherwise people who join on the same day, and are invited minutes apart, would each add a line
    to the timeline. Batches due before `moment` are not merged with later ones, nor batches that
    were sent early with others. Merged batches take the place of their first batch. Kinds that hide
    their recipients have one batch for each subject anyway (see `with_unwritten`).
    """
    merged: dict[tuple[str, int, date, bool, bool], list[Batch]] = {}
    for number, batch in enumerate(batches):
        day = dates.day_of(batch.at, zone)
        subject = (batch.kind, batch.subject_id, day, batch.at > moment, batch.is_early)
        if not visibility_of(batch.kind).shows_recipients:
            subject = (*subject[:1], -number, *subject[2:])
        merged.setdefault(subject, []).append(batch)
    return [merge(same) if len(same) > 1 else same[0] for same in merged.values()]


def merge(batches: Sequence[Batch]) -> Batch:
    counts: Counter[str] = Counter()
    for batch in batches:
        # A batch without counts is wholly to come.
        counts.update(batch.counts or {"coming": batch.people})
    is_to_come = not any(batch.counts for batch in batches)
    return replace(
        batches[0],
        due_at=min(batch.due_at for batch in batches),
        people=sum(batch.people for batch in batches),
        counts={} if is_to_come else dict(counts),
        went_at=min((batch.went_at for batch in batches if batch.went_at), default=None),
        deferred=sum(batch.deferred for batch in batches),
        try_at=min((batch.try_at for batch in batches if batch.try_at), default=None),
        tried_until=max((one.tried_until for one in batches if one.tried_until), default=None),
    )
