"""Concurrent and sequential changes to a workshop, and the history that they record."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from cohorts.models import Cohort
from tests.concurrency import run_concurrently
from tests.factories import FEBRUARY, STARTS
from ui.version_token import StaleError
from workshops.changes import rescheduling
from workshops.changes.change_log import sequence_token
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot

Schedule = Callable[..., Workshop]


def arrangement_on(day: int, venue: str = "") -> Arrangement:
    starts_at = datetime(2027, 3, day, 9, 30, tzinfo=UTC)
    return Arrangement(Slot(starts_at, starts_at + timedelta(minutes=210)), venue, "")


def outcomes(acts: Sequence[Callable[[], Change | None]]) -> list[str]:
    """Run the functions concurrently; return in words whether each changed the workshop."""

    def describe_outcome(end: Change | StaleError | ValidationError | None) -> str:
        match end:
            case StaleError():
                return "changed meanwhile"
            case ValidationError():
                return str(end.messages[0])
        return "done" if end else "done already"

    return sorted(
        describe_outcome(end)
        for end in run_concurrently(acts, refused=(StaleError, ValidationError))
    )


def move_action(
    workshop: Workshop, arrangement: Arrangement, by: User, seen: str
) -> Callable[[], Change | None]:
    """Return a function that loads the workshop and moves it, for a thread of its own."""
    return lambda: rescheduling.move(
        workshop=Workshop.objects.get(pk=workshop.pk),
        arrangement=arrangement,
        seen=seen,
        by=by,
        at=FEBRUARY,
    )


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


# Concurrent changes to a workshop


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_double_click_makes_one_change(facilitator: User, workshop: Workshop) -> None:
    act = move_action(workshop, arrangement_on(25), facilitator, sequence_token([workshop]))
    assert outcomes([act] * 5) == ["done", *["done already"] * 4]
    assert [change.kind for change in workshop.changes.all()] == ["planned", "moved"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_moves_give_one_change_and_one_conflict(
    facilitator: User, second_facilitator: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    acts = [
        move_action(workshop, arrangement_on(25), facilitator, seen),
        move_action(workshop, arrangement_on(26), second_facilitator, seen),
    ]
    assert outcomes(acts) == ["changed meanwhile", "done"]
    assert workshop.changes.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_move_and_cancellation_make_one_change(
    facilitator: User, second_facilitator: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    acts = [
        move_action(workshop, arrangement_on(25), facilitator, seen),
        lambda: rescheduling.cancel(
            workshop=Workshop.objects.get(pk=workshop.pk),
            seen=seen,
            by=second_facilitator,
            at=FEBRUARY,
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
                workshop=Workshop.objects.get(pk=workshop.pk),
                seen=seen,
                by=facilitator,
                at=FEBRUARY,
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
def test_one_of_two_concurrent_moves_that_would_break_order_is_refused(
    cohort: Cohort,
    facilitator: User,
    second_facilitator: User,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
) -> None:
    fifth = schedule(workshops[4], STARTS + timedelta(days=7))
    acts = [
        move_action(workshop, arrangement_on(23), facilitator, sequence_token([workshop])),
        move_action(fifth, arrangement_on(22), second_facilitator, sequence_token([fifth])),
    ]
    refusal, other = outcomes(acts)
    assert other == "done"
    # Either change may be saved first; the error of the other depends on which.
    assert "Workshop 4 is not over by then" in refusal or "Workshop 5 starts before this" in refusal
    saved = cohort.workshops.on().order_by("starts_at")
    assert [one.position for one in saved] == [4, 5]


# Sequential changes to a workshop


def test_stale_page_does_not_overwrite_changes(
    facilitator: User, second_facilitator: User, workshop: Workshop
) -> None:
    seen = sequence_token([workshop])
    move_action(workshop, arrangement_on(25, "Library"), second_facilitator, seen)()
    with pytest.raises(StaleError):
        move_action(workshop, arrangement_on(26), facilitator, seen)()
    with pytest.raises(StaleError):
        rescheduling.cancel(workshop=workshop, seen=seen, by=facilitator, at=FEBRUARY)
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (saved.arrangement, saved.is_cancelled) == (arrangement_on(25, "Library"), False)


def test_reinstate_is_refused_when_workshops_overlap(
    facilitator: User, workshops: list[Workshop], workshop: Workshop, schedule: Schedule
) -> None:
    workshop.cancel(by=facilitator, at=FEBRUARY)
    schedule(workshops[2], STARTS)
    with pytest.raises(ValidationError, match="Workshop 3 is not over by then"):
        rescheduling.reinstate(
            workshop=workshop, seen=sequence_token([workshop]), by=facilitator, at=FEBRUARY
        )
    assert Workshop.objects.get(pk=workshop.pk).is_cancelled


def test_change_from_stale_instance_records_current_arrangement(
    facilitator: User, workshop: Workshop
) -> None:
    stale = Workshop.objects.get(pk=workshop.pk)
    workshop.arrange(arrangement_on(25, "Library"), by=facilitator, at=FEBRUARY)
    change = stale.cancel(by=facilitator, at=FEBRUARY, reason="Snow")
    assert change
    assert (change.sequence, change.arrangement_before, stale.arrangement) == (
        3,
        arrangement_on(25, "Library"),
        arrangement_on(25, "Library"),
    )
    other = Workshop.objects.get(pk=workshop.pk)
    back = other.reinstate(by=facilitator, at=FEBRUARY, override_reason="They let us in.")
    assert back
    assert (back.sequence, other.sequence, other.version, other.override_reason) == (
        4,
        4,
        3,
        "They let us in.",
    )
