"""Batches of a cohort's messages, including messages that have no `Message` row yet (unwritten)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from outbox.forecast import Tally
from outbox.history import Batch
from outbox.rules import Visibility, visibility_of

# If a batch was sent early, its unwritten messages in these states become a batch of their own.
AHEAD = ("coming", "unreached")


def with_unwritten(
    sent: Sequence[Batch],
    unwritten: Iterable[Tally],
    skipped: Container[tuple[str, int]],
    moment: datetime,
) -> list[Batch]:
    """Return the batches in `sent`, with the unwritten messages added.

    Unwritten messages join the batch of the same kind, subject and due time, or form a new one. A
    kind that hides its recipients gets only one batch for each subject: the first of `sent`, or
    else the first unwritten one. The reason is that somebody marked late on the register is sent
    the survey at a different time from everybody else. A separate batch at that time would reveal
    that this person has not answered, and its disappearance that they have.
    """
    known = {(batch.due_at, batch.kind, batch.subject_id): batch for batch in first_of_hidden(sent)}
    shown = {(kind, subject_id) for _due, kind, subject_id in known}
    found = list[Batch]()
    for tally in unwritten:
        occasion, key = (tally.kind, tally.subject_id), (tally.due_at, tally.kind, tally.subject_id)
        phases = phases_of(tally, moment)
        if not visibility_of(tally.kind).shows_recipients and (
            occasion in shown or not may_be_shown(phases, occasion, skipped)
        ):
            continue
        shown.add(occasion)
        if batch := known.get(key):
            apart = Counter({name: phases[name] for name in AHEAD}) if batch.is_early else Counter()
            known[key] = with_added_counts(batch, phases - apart)
            phases = apart
        if phases.total():
            found.append(
                Batch(
                    tally.kind,
                    tally.subject_id,
                    tally.due_at,
                    phases.total(),
                    counts_of(phases),
                )
            )
    return [*known.values(), *found]


def phases_of(tally: Tally, moment: datetime) -> Counter[str]:
    """Return the numbers of messages in the tally that are coming, due, missed, and so on."""
    left = tally.people - tally.missed - tally.skipped - tally.unreached
    return Counter(
        {
            "coming" if tally.due_at > moment else "due": left,
            "missed": tally.missed,
            "skipped": tally.skipped,
            "unreached": tally.unreached,
        }
    )


def first_of_hidden(batches: Iterable[Batch]) -> list[Batch]:
    """Return the batches, but only the first for each subject if the kind hides its recipients."""
    shown, found = set[tuple[str, int]](), list[Batch]()
    for batch in batches:
        occasion = (batch.kind, batch.subject_id)
        if visibility_of(batch.kind).shows_recipients or occasion not in shown:
            found.append(batch)
        shown.add(occasion)
    return found


def may_be_shown(
    phases: Counter[str], occasion: tuple[str, int], skipped: Container[tuple[str, int]]
) -> bool:
    """Return whether unwritten messages of a kind that hides its recipients may be listed.

    If no such message can still be sent, a line for them would reveal that somebody was owed one.
    They are then listed only if the kind has `Visibility.SCHEDULE`, or if the message is skipped
    for everybody.
    """
    has_come = bool(phases["coming"] or phases["due"])
    return has_come or visibility_of(occasion[0]) is Visibility.SCHEDULE or occasion in skipped


def counts_of(phases: Counter[str]) -> dict[str, int]:
    """Return the `counts` of a batch made from unwritten messages; empty if all are to come."""
    counts = {
        "coming": phases["coming"],
        "missed": phases["missed"],
        "skipped": phases["skipped"],
        "waiting": phases["due"],
        "unreached": phases["unreached"],
    }
    return {} if phases["coming"] == phases.total() else counts


def with_added_counts(batch: Batch, phases: Counter[str]) -> Batch:
    """Return the batch with unwritten messages added, except those missed or skipped."""
    beside = {
        "waiting": phases["due"],
        "coming": phases["coming"],
        "unreached": phases["unreached"],
    }
    counts = {
        state: batch.counts.get(state, 0) + beside.get(state, 0)
        for state in {**batch.counts, **beside}
    }
    return replace(batch, people=batch.people + sum(beside.values()), counts=counts)
