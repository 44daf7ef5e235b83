"""Marking attendance: when the register is open, and how marks are saved."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from cohorts.models import Membership
from tests.concurrency import run_concurrently
from tests.factories import STARTS, TEN_MINUTES_IN
from workshops.models import Attendance, Workshop
from workshops.register import marking, rsvp
from workshops.register.marking import Entry

Join = Callable[..., Membership]


def marks(workshop: Workshop) -> list[tuple[str, str, int | None]]:
    rows = workshop.attendances.order_by("membership__user__name")
    return list(rows.values_list("membership__user__name", "mark", "minutes"))


@pytest.mark.parametrize(
    ("before", "is_open"),
    [(timedelta(minutes=61), False), (timedelta(minutes=60), True), (timedelta(0), True)],
)
def test_register_opens_an_hour_before(
    workshop: Workshop, before: timedelta, is_open: bool
) -> None:
    assert marking.is_open(workshop, STARTS - before) is is_open


def test_register_is_closed_for_cancelled_or_undated_workshop(
    workshop: Workshop, workshops: list[Workshop], facilitator: User
) -> None:
    workshop.cancel(by=facilitator, at=TEN_MINUTES_IN)
    assert not marking.is_open(workshop, TEN_MINUTES_IN)
    assert not marking.is_open(workshops[0], TEN_MINUTES_IN)


def test_mark_updates_one_row_with_latest_mark(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member = join("Ceri Okafor")
    marking.mark(
        workshop=workshop,
        membership=member,
        entry=Entry("partly"),
        by=facilitator,
        at=TEN_MINUTES_IN,
    )
    later = TEN_MINUTES_IN + timedelta(minutes=1)
    marking.mark(
        workshop=workshop, membership=member, entry=Entry("present"), by=administrator, at=later
    )
    saved = Attendance.objects.get()
    assert (saved.mark, saved.minutes, saved.marked_by, saved.marked_at) == (
        "present",
        None,
        administrator,
        later,
    )


def test_mark_preserves_rsvp(workshop: Workshop, facilitator: User, join: Join) -> None:
    member, before = join("Ceri Okafor"), STARTS - timedelta(days=2)
    rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", at=before)
    marking.mark(
        workshop=workshop,
        membership=member,
        entry=Entry("present"),
        by=facilitator,
        at=TEN_MINUTES_IN,
    )
    saved = Attendance.objects.get()
    assert (saved.answer, saved.answered_at, saved.mark) == ("apologies", before, "present")


def test_empty_mark_clears_mark_and_records_time(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    member, later = join("Ceri Okafor"), TEN_MINUTES_IN + timedelta(minutes=1)
    left_early = Entry("partly", went_at=STARTS + timedelta(minutes=90))
    marking.mark(
        workshop=workshop, membership=member, entry=left_early, by=facilitator, at=TEN_MINUTES_IN
    )
    marking.mark(workshop=workshop, membership=member, entry=Entry(""), by=facilitator, at=later)
    saved = Attendance.objects.get()
    assert (saved.mark, saved.minutes, saved.went_at, saved.marked_at) == ("", None, None, later)


@pytest.mark.parametrize(
    ("came", "went", "minutes", "attended"),
    [
        (None, None, None, True),
        (None, 105, 105, True),
        (None, 104, 104, False),
        (105, None, 105, True),
        (106, None, 104, False),
        (60, 120, 60, False),
    ],
)
def test_times_determine_minutes_present(
    workshop: Workshop,
    facilitator: User,
    join: Join,
    came: int | None,
    went: int | None,
    minutes: int | None,
    attended: bool,
) -> None:
    came_at, went_at = (
        None if after is None else STARTS + timedelta(minutes=after) for after in (came, went)
    )
    entry = Entry("partly", came_at, went_at)
    marking.mark(
        workshop=workshop, membership=join("Ceri"), entry=entry, by=facilitator, at=TEN_MINUTES_IN
    )
    saved = Attendance.objects.get()
    assert (saved.came_at, saved.went_at, saved.minutes) == (came_at, went_at, minutes)
    assert Attendance.objects.attended().exists() is attended


def test_times_require_partly_present(workshop: Workshop, facilitator: User, join: Join) -> None:
    with pytest.raises(IntegrityError):
        marking.mark(
            workshop=workshop,
            membership=join("Ceri"),
            entry=Entry("present", STARTS),
            by=facilitator,
            at=TEN_MINUTES_IN,
        )


def test_tap_time_is_limited_to_between_the_registers_opening_and_now(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    hour = timedelta(hours=1)
    for tapped_at, kept_as in (
        (TEN_MINUTES_IN - timedelta(minutes=3), TEN_MINUTES_IN - timedelta(minutes=3)),
        (TEN_MINUTES_IN + 5 * hour, TEN_MINUTES_IN),
        (STARTS - 9 * hour, STARTS - hour),
    ):
        member = join(f"Person {tapped_at:%d %H %M}")
        entry = Entry("present", tapped_at=tapped_at)
        marking.mark(
            workshop=workshop, membership=member, entry=entry, by=facilitator, at=TEN_MINUTES_IN
        )
        assert Attendance.objects.get(membership=member).marked_at == kept_as


tap = st.tuples(
    st.sampled_from(["", "present", "partly", "apologies", "absent"]),
    st.integers(0, 5),  # minutes after the start, some equal
    st.booleans(),  # whether the first facilitator tapped
    st.one_of(st.none(), st.integers(1, 200)),  # when they left, if partly present
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(taps=st.lists(tap, min_size=1, max_size=7), seed=st.integers(0, 10_000))
@example(
    taps=[("partly", 2, False, None), ("partly", 2, False, 2)], seed=0
)  # left at the same time as the tap
def test_latest_tap_wins_in_any_arrival_order(
    workshop: Workshop,
    facilitator: User,
    administrator: User,
    taps: list[tuple[str, int, bool, int | None]],
    seed: int,
) -> None:
    member, _ = Membership.objects.get_or_create(
        cohort=workshop.cohort,
        user=User.objects.get_or_create(email="c@example.org")[0],
        joined_at=STARTS,
    )
    arrivals = [taps, taps[::-1], random.Random(seed).sample(taps * 2, 2 * len(taps))]
    left: set[tuple[object, ...]] = set()
    for arrival in arrivals:
        Attendance.objects.all().delete()
        for mark, minute, by_first, went in arrival:
            went_at = STARTS + timedelta(minutes=went) if went and mark == "partly" else None
            entry = Entry(mark, went_at=went_at, tapped_at=STARTS + timedelta(minutes=minute))
            by = facilitator if by_first else administrator
            marking.mark(
                workshop=workshop,
                membership=member,
                entry=entry,
                by=by,
                at=STARTS + timedelta(hours=1),
            )
        saved = Attendance.objects.get()
        left.add((saved.mark, saved.went_at, saved.marked_at, saved.marked_by))
        assert saved.marked_at == STARTS + timedelta(
            minutes=max(minute for _, minute, _, _ in taps)
        )
    assert len(left) == 1


@pytest.mark.postgresql  # in-memory SQLite cannot wait for locks
@pytest.mark.django_db(transaction=True)
def test_concurrent_marks_create_one_row(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member = join("Ceri Okafor")

    def tap(by: User, mark: str) -> None:
        for second in random.sample(range(20), 20):
            entry = Entry(mark, tapped_at=TEN_MINUTES_IN + timedelta(seconds=second))
            marking.mark(
                workshop=workshop,
                membership=member,
                entry=entry,
                by=by,
                at=TEN_MINUTES_IN + timedelta(minutes=1),
            )

    run_concurrently(
        [lambda: tap(facilitator, "present"), lambda: tap(administrator, "absent")] * 2
    )
    saved = Attendance.objects.get()
    # The last marks of the facilitator and of the administrator have the same time. So the value
    # of the mark decides which is saved, not the order in which they arrive.
    assert (saved.mark, saved.marked_by, saved.marked_at) == (
        "present",
        facilitator,
        TEN_MINUTES_IN + timedelta(seconds=19),
    )


def test_mark_the_rest_present_respects_apologies(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    absent, sorry, _coming = join("Ann Absent"), join("Sam Sorry"), join("Una Unmarked")
    join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    marking.mark(
        workshop=workshop,
        membership=absent,
        entry=Entry("absent"),
        by=facilitator,
        at=TEN_MINUTES_IN,
    )
    rsvp.save_answer(
        workshop=workshop, membership=sorry, answer="apologies", at=STARTS - timedelta(days=1)
    )
    assert marking.mark_the_rest_present(workshop=workshop, by=facilitator, at=TEN_MINUTES_IN) == 2
    assert marks(workshop) == [
        ("Ann Absent", "absent", None),
        ("Sam Sorry", "apologies", None),
        ("Una Unmarked", "present", None),
    ]
    assert marking.mark_the_rest_present(workshop=workshop, by=facilitator, at=TEN_MINUTES_IN) == 0
