"""Concurrent changes to a workshop, and the history they record."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from cohorts.models import Cohort
from tests.concurrency import at_once
from ui.version_token import StaleError
from workshops.changes import rescheduling
from workshops.changes.change_log import sequence_token
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
Schedule = Callable[..., Workshop]


def on(day: int, venue: str = "") -> Arrangement:
    starts_at = datetime(2027, 3, day, 9, 30, tzinfo=UTC)
    return Arrangement(Slot(starts_at, starts_at + timedelta(minutes=210)), venue, "")


def outcomes(acts: Sequence[Callable[[], Change | None]]) -> list[str]:
    """Run all the functions concurrently and return their outcomes."""

    def said(end: Change | StaleError | ValidationError | None) -> str:
        match end:
            case StaleError():
                return "changed meanwhile"
            case ValidationError():
                return str(end.messages[0])
        return "done" if end else "done already"

    return sorted(said(end) for end in at_once(acts, refused=(StaleError, ValidationError)))


def moves(
    workshop: Workshop, arrangement: Arrangement, by: User, seen: str
) -> Callable[[], Change | None]:
    """Return a function that moves its own copy of the workshop, for use in a thread."""
    return lambda: rescheduling.move(
        workshop=Workshop.objects.get(pk=workshop.pk),
        arrangement=arrangement,
        seen=seen,
        by=by,
        at=NOW,
    )


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


# At once


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_double_click_makes_one_change(facilitator: User, workshop: Workshop) -> None:
    act = moves(workshop, on(25), facilitator, sequence_token([workshop]))
    assert outcomes([act] * 5) == ["done", *["done already"] * 4]
    assert [change.kind for change in workshop.changes.all()] == ["planned", "moved"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_moves_give_one_change_and_one_conflict(
    facilitator: User, second: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    acts = [moves(workshop, on(25), facilitator, seen), moves(workshop, on(26), second, seen)]
    assert outcomes(acts) == ["changed meanwhile", "done"]
    assert workshop.changes.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_move_and_cancellation_make_one_change(
    facilitator: User, second: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    acts = [
        moves(workshop, on(25), facilitator, seen),
        lambda: rescheduling.cancel(
            workshop=Workshop.objects.get(pk=workshop.pk),
            seen=seen,
            by=second,
            at=NOW,
            reason="Snow",
        ),
    ]
    assert outcomes(acts) == ["changed meanwhile", "done"]
    assert workshop.changes.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_repeated_concurrent_changes_happen_once(facilitator: User, workshop: Workshop) -> None:
    def once(verb: Callable[..., Change | None]) -> list[str]:
        seen = sequence_token([Workshop.objects.get(pk=workshop.pk)])

        def act() -> Change | None:
            return verb(
                workshop=Workshop.objects.get(pk=workshop.pk), seen=seen, by=facilitator, at=NOW
            )

        return outcomes([act] * 5)

    assert once(rescheduling.cancel) == ["done", *["done already"] * 4]
    assert once(rescheduling.reinstate) == ["done", *["done already"] * 4]
    assert [change.kind for change in workshop.changes.all()] == [
        "planned",
        "cancelled",
        "reinstated",
    ]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workshops_that_pass_each_other_outcomes(
    cohort: Cohort,
    facilitator: User,
    second: User,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
) -> None:
    fifth = schedule(workshops[4], STARTS + timedelta(days=7))
    acts = [
        moves(workshop, on(23), facilitator, sequence_token([workshop])),
        moves(fifth, on(22), second, sequence_token([fifth])),
    ]
    refusal, other = outcomes(acts)
    assert other == "done"
    assert "by then" in refusal
    kept = cohort.workshops.on().order_by("starts_at")
    assert [one.position for one in kept] == [4, 5]


# One by one


def test_stale_page_does_not_overwrite_changes(
    facilitator: User, second: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    moves(workshop, on(25, "Library"), second, seen)()
    with pytest.raises(StaleError):
        moves(workshop, on(26), facilitator, seen)()
    with pytest.raises(StaleError):
        rescheduling.cancel(workshop=workshop, seen=seen, by=facilitator, at=NOW)
    kept = Workshop.objects.get(pk=workshop.pk)
    assert (kept.arrangement, kept.is_cancelled) == (on(25, "Library"), False)


def test_reinstate_is_refused_when_workshops_overlap(
    facilitator: User, workshops: list[Workshop], workshop: Workshop, schedule: Schedule
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    schedule(workshops[2], STARTS)
    with pytest.raises(ValidationError, match="Workshop 3 is not over by then"):
        rescheduling.reinstate(
            workshop=workshop, seen=sequence_token([workshop]), by=facilitator, at=NOW
        )
    assert Workshop.objects.get(pk=workshop.pk).is_cancelled


def test_a_change_holds_how_it_stood_before_even_if_it_was_read_long_ago(
    facilitator: User, workshop: Workshop
) -> None:
    stale = Workshop.objects.get(pk=workshop.pk)
    workshop.arrange(on(25, "Library"), by=facilitator, at=NOW)
    change = stale.cancel(by=facilitator, at=NOW, reason="Snow")
    assert change
    assert (change.sequence, change.arrangement_before, stale.arrangement) == (
        3,
        on(25, "Library"),
        on(25, "Library"),
    )
    other = Workshop.objects.get(pk=workshop.pk)
    back = other.reinstate(by=facilitator, at=NOW, override_reason="They let us in.")
    assert back
    assert (back.sequence, other.sequence, other.version, other.override_reason) == (
        4,
        4,
        3,
        "They let us in.",
    )
