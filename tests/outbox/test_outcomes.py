"""The outcome of a message: its constraints, and the migration that added it to old messages."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import product
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from outbox.models import Message, Outcome
from outbox.models.messages import DROPPED, FAILED, OPEN

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 17, 9, tzinfo=UTC)
ENDS = ("sent_at", "failed_at", "dropped_at", "bounced_at")
migration = import_module("outbox.migrations.0009_fill_outcome_columns")


def times_of(outcome: Outcome) -> set[str]:
    if outcome is Outcome.BOUNCED:
        return {"sent_at", "bounced_at"}
    if outcome in OPEN:
        return set()
    return {"failed_at" if outcome in FAILED else "dropped_at" if outcome in DROPPED else "sent_at"}


def make(key: str, **facts: object) -> Message:
    return Message.objects.create(
        kind=key.partition(":")[0],
        key=key,
        group_id=1,
        subject_id=1,
        made_at=NOW,
        due_at=NOW,
        try_at=NOW,
        expires_at=NOW + timedelta(days=1),
        **facts,
    )


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_allows_only_its_own_timestamps(outcome: Outcome) -> None:
    accepted = []
    for are_set in product([False, True], repeat=len(ENDS)):
        times = {name: NOW for name, is_set in zip(ENDS, are_set, strict=True) if is_set}
        try:
            with transaction.atomic():
                make("day-before:1:1:1", outcome=outcome, reason="Why", **times)
                accepted.append(set(times))
                transaction.set_rollback(True)
        except IntegrityError:
            continue
    assert accepted == [times_of(outcome)]


def test_bounced_message_has_a_reason() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make("day-before:1:1:1", outcome=Outcome.BOUNCED, sent_at=NOW, bounced_at=NOW)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.PENDING, ""),
        (Outcome.DEFERRED, "The mail server said not now: 451 4.7.1 Greylisted"),
        (Outcome.SENT, ""),
        (Outcome.BOUNCED, "550 5.1.1 No such user"),
        (Outcome.REFUSED, "The mail server refused the address for good: 550 5.1.1 No"),
        (Outcome.SUPPRESSED, "Not sent, as mail to this address came back before: 550"),
        (Outcome.OUR_ERROR, "Our mistake, not the address's: KeyError. It is in the log."),
        (
            Outcome.EXPIRED,
            "Missed: it could not be sent before it was too late. "
            "Nothing was sent at all meanwhile.",
        ),
        (Outcome.UNTRUE, "It stopped being true before it was sent."),
        (Outcome.SKIPPED, "Skipped by Ruth Okafor."),
        (Outcome.NO_RECIPIENT, "There is nobody to send it to any more."),
        (Outcome.ERASED, "Its words, address and reason are erased."),
    ],
)
def test_migration_derives_the_outcome_from_the_reason(outcome: Outcome, reason: str) -> None:
    row = make(
        "day-before:1:1:1", outcome=outcome, reason=reason, **dict.fromkeys(times_of(outcome), NOW)
    )
    derived = Message.objects.annotate(derived=migration.OUTCOME).filter(pk=row.pk)
    assert list(derived.values_list("derived", flat=True)) == [outcome]


@pytest.mark.parametrize(
    ("key", "version", "membership"),
    [
        ("calendar:7:3:41", 3, 41),
        ("calendar-cancelled:7:3:41", 3, 41),
        ("week-before:7:2:41", 2, 41),
        ("day-before:7:2:41", 2, 41),
        ("survey:7:2:41", 2, 41),
        ("survey-nudge:7:2:41", 2, 41),
        ("availability:7:41", 0, 41),
        ("availability-nudge:7:41", 0, 41),
        ("announcement:7:41", 0, 41),
        ("invitation:41", 0, 41),
        ("look-back:7:asking:2", 2, None),
        ("reply-digest:7:9:2027-03-17 08:00:00", 0, None),
        ("removal:7:9", 0, None),
    ],
)
def test_migration_fills_the_columns_from_the_key(
    key: str, version: int, membership: int | None
) -> None:
    row = make(key)
    migration.fill_key_parts(apps, SimpleNamespace(connection=connection))
    row.refresh_from_db()
    assert (row.subject_version, row.membership_id) == (version, membership)
