"""The batches of one kind about one subject on one day, as a single batch."""

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
    """Return the batches, with those of one day merged, in the order of their first ones.

    People who join on the same day are invited minutes apart, and would get a line each. Batches
    before and after `moment` stay apart, and so do those that were sent early. Kinds that hide
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
