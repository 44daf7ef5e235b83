import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from cohorts.models import Membership
from tests.concurrency import at_once
from workshops.models import Attendance, Workshop
from workshops.register import expected, lines, marking, rsvp
from workshops.register.lines import Tally
from workshops.register.marking import Entry
from workshops.register.rsvp import RsvpCounts

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=10)
Join = Callable[..., Membership]


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


def marks(workshop: Workshop) -> list[tuple[str, str, int | None]]:
    rows = workshop.attendances.order_by("membership__user__name")
    return list(rows.values_list("membership__user__name", "mark", "minutes"))


# Who is expected


def test_expected_are_those_who_were_there_as_it_began(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    minute = timedelta(minutes=1)
    join("Ceri Early")
    join("Dev Prompt", joined_at=STARTS)
    join("Ellen Late", joined_at=STARTS + minute)
    join("Farid Gone", left_at=STARTS)
    join("Grace Leaves", left_at=STARTS + minute)
    names = [line.membership.user.name for line in lines.register_lines(workshop)]
    assert names == ["Ceri Early", "Dev Prompt", "Grace Leaves"]


def test_expected_are_those_marked_on_the_register_too(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    walked_in = join("Zoe Walker", joined_at=STARTS + timedelta(minutes=1))
    marking.mark(
        workshop=workshop, membership=walked_in, entry=Entry("absent"), by=facilitator, at=NOW
    )
    assert [line.membership.user.name for line in lines.register_lines(workshop)] == ["Zoe Walker"]
    later = NOW + timedelta(minutes=1)
    marking.mark(workshop=workshop, membership=walked_in, entry=Entry(""), by=facilitator, at=later)
    assert lines.register_lines(workshop) == []
    assert [line.mark for line in lines.lines_for(workshop, [walked_in.public_id])] == [""]


def test_the_three_ways_to_ask_who_was_expected_agree(
    workshop: Workshop,
    workshops: list[Workshop],
    facilitator: User,
    join: Join,
    schedule: Callable[..., Workshop],
) -> None:
    schedule(workshops[2], STARTS - timedelta(days=21))
    moments = [STARTS + timedelta(minutes=minutes) for minutes in (-1, 0, 1)]
    for joined in moments:
        for left in (None, *moments):
            if left is None or left >= joined:
                for mark in ("", "present", "absent"):
                    member = join(
                        f"Person {joined:%M} {left and f'{left:%M}'} {mark}", joined, left
                    )
                    if mark:
                        marking.mark(
                            workshop=workshop,
                            membership=member,
                            entry=Entry(mark),
                            by=facilitator,
                            at=NOW,
                        )
    marked = set(Attendance.objects.marked().values_list("workshop", "membership"))
    rows = [
        (row.pk, vars(row)["member_id"])
        for row in expected.with_expected_members(Workshop.objects.all())
    ]
    dated = [workshop, workshops[2]]
    assert sorted(rows) == sorted(
        (one.pk, member.pk) for one in dated for member in expected.expected_at(one)
    )
    assert sorted(rows) == sorted(
        (one.pk, member.pk)
        for one in dated
        for member in expected.participants(one)
        if expected.was_expected(member, one, is_marked=(one.pk, member.pk) in marked)
    )


def test_expected_without_a_date_are_those_in_the_cohort_now(
    workshops: list[Workshop], join: Join
) -> None:
    join("Ceri Here")
    join("Dev Gone", left_at=NOW)
    assert [member.user.name for member in expected.expected_at(workshops[0])] == ["Ceri Here"]


@pytest.mark.parametrize(
    ("before", "is_open"),
    [(timedelta(minutes=61), False), (timedelta(minutes=60), True), (timedelta(0), True)],
)
def test_register_opens_an_hour_before(
    workshop: Workshop, before: timedelta, is_open: bool
) -> None:
    assert marking.is_open(workshop, STARTS - before) is is_open


def test_register_of_a_cancelled_or_undated_workshop_is_closed(
    workshop: Workshop, workshops: list[Workshop], facilitator: User
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    assert not marking.is_open(workshop, NOW)
    assert not marking.is_open(workshops[0], NOW)


# Marks


def test_mark_is_one_row_and_the_last_counts(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member = join("Ceri Okafor")
    marking.mark(
        workshop=workshop, membership=member, entry=Entry("partly"), by=facilitator, at=NOW
    )
    later = NOW + timedelta(minutes=1)
    marking.mark(
        workshop=workshop, membership=member, entry=Entry("present"), by=administrator, at=later
    )
    kept = Attendance.objects.get()
    assert (kept.mark, kept.minutes, kept.marked_by, kept.marked_at) == (
        "present",
        None,
        administrator,
        later,
    )


def test_mark_keeps_what_was_said_beforehand(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    member, before = join("Ceri Okafor"), STARTS - timedelta(days=2)
    rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", at=before)
    marking.mark(
        workshop=workshop, membership=member, entry=Entry("present"), by=facilitator, at=NOW
    )
    kept = Attendance.objects.get()
    assert (kept.answer, kept.answered_at, kept.mark) == ("apologies", before, "present")


def test_empty_mark_takes_the_mark_back_and_keeps_when(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    member, later = join("Ceri Okafor"), NOW + timedelta(minutes=1)
    left_early = Entry("partly", went_at=STARTS + timedelta(minutes=90))
    marking.mark(workshop=workshop, membership=member, entry=left_early, by=facilitator, at=NOW)
    marking.mark(workshop=workshop, membership=member, entry=Entry(""), by=facilitator, at=later)
    kept = Attendance.objects.get()
    assert (kept.mark, kept.minutes, kept.went_at, kept.marked_at) == ("", None, None, later)


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
def test_times_say_how_long_somebody_was_there(
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
    marking.mark(workshop=workshop, membership=join("Ceri"), entry=entry, by=facilitator, at=NOW)
    kept = Attendance.objects.get()
    assert (kept.came_at, kept.went_at, kept.minutes) == (came_at, went_at, minutes)
    assert Attendance.objects.attended().exists() is attended


def test_times_belong_to_partly_present(workshop: Workshop, facilitator: User, join: Join) -> None:
    with pytest.raises(IntegrityError):
        marking.mark(
            workshop=workshop,
            membership=join("Ceri"),
            entry=Entry("present", STARTS),
            by=facilitator,
            at=NOW,
        )


def test_tap_counts_from_its_moment_but_not_before_the_register_opened_or_in_the_future(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    hour = timedelta(hours=1)
    for tapped_at, kept_as in (
        (NOW - timedelta(minutes=3), NOW - timedelta(minutes=3)),
        (NOW + 5 * hour, NOW),
        (STARTS - 9 * hour, STARTS - hour),
    ):
        member = join(f"Person {tapped_at:%d %H %M}")
        entry = Entry("present", tapped_at=tapped_at)
        marking.mark(workshop=workshop, membership=member, entry=entry, by=facilitator, at=NOW)
        assert Attendance.objects.get(membership=member).marked_at == kept_as


tap = st.tuples(
    st.sampled_from(["", "present", "partly", "apologies", "absent"]),
    st.integers(0, 5),  # minutes after it began: some at the same moment
    st.booleans(),  # by whom
    st.one_of(st.none(), st.integers(1, 200)),  # when they left, if partly present
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(taps=st.lists(tap, min_size=1, max_size=7), seed=st.integers(0, 10_000))
@example(
    taps=[("partly", 2, False, None), ("partly", 2, False, 2)], seed=0
)  # left at the moment of the tap
def test_whatever_order_taps_arrive_in_the_latest_counts(
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
        kept = Attendance.objects.get()
        left.add((kept.mark, kept.went_at, kept.marked_at, kept.marked_by))
        assert kept.marked_at == STARTS + timedelta(minutes=max(minute for _, minute, _, _ in taps))
    assert len(left) == 1


@pytest.mark.postgresql  # SQLite in memory, as the tests have it, knows no waiting
@pytest.mark.django_db(transaction=True)
def test_two_facilitators_who_mark_at_once_make_one_row(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member = join("Ceri Okafor")

    def tap(by: User, mark: str) -> None:
        for second in random.sample(range(20), 20):
            entry = Entry(mark, tapped_at=NOW + timedelta(seconds=second))
            marking.mark(
                workshop=workshop,
                membership=member,
                entry=entry,
                by=by,
                at=NOW + timedelta(minutes=1),
            )

    at_once([lambda: tap(facilitator, "present"), lambda: tap(administrator, "absent")] * 2)
    kept = Attendance.objects.get()
    # Of the two last taps, at the same moment, it is always the same one.
    assert (kept.mark, kept.marked_by, kept.marked_at) == (
        "present",
        facilitator,
        NOW + timedelta(seconds=19),
    )


def test_the_rest_are_present_but_for_those_who_sent_apologies(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    absent, sorry, _coming = join("Ann Absent"), join("Sam Sorry"), join("Una Unmarked")
    join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    marking.mark(
        workshop=workshop, membership=absent, entry=Entry("absent"), by=facilitator, at=NOW
    )
    rsvp.save_answer(
        workshop=workshop, membership=sorry, answer="apologies", at=STARTS - timedelta(days=1)
    )
    assert marking.mark_the_rest_present(workshop=workshop, by=facilitator, at=NOW) == 2
    assert marks(workshop) == [
        ("Ann Absent", "absent", None),
        ("Sam Sorry", "apologies", None),
        ("Una Unmarked", "present", None),
    ]
    assert marking.mark_the_rest_present(workshop=workshop, by=facilitator, at=NOW) == 0


# Answers beforehand


def test_answer_can_be_changed(workshop: Workshop, join: Join) -> None:
    member, first = join("Ceri Okafor"), STARTS - timedelta(days=3)
    rsvp.save_answer(workshop=workshop, membership=member, answer="coming", at=first)
    second = first + timedelta(days=1)
    rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", at=second)
    kept = Attendance.objects.get()
    assert (kept.answer, kept.answered_at) == ("apologies", second)


def test_may_answer_until_it_begins(
    workshop: Workshop, workshops: list[Workshop], facilitator: User
) -> None:
    second = timedelta(seconds=1)
    assert rsvp.may_answer(workshop, STARTS - second)
    assert not rsvp.may_answer(workshop, STARTS)
    assert not rsvp.may_answer(workshops[0], STARTS)
    workshop.cancel(by=facilitator, at=NOW)
    assert not rsvp.may_answer(workshop, STARTS - second)


# Counts


def test_standing_counts_what_the_expected_said(workshop: Workshop, join: Join) -> None:
    said = {"Ann": "coming", "Ben": "coming", "Cid": "apologies"}
    for name, answer in said.items():
        rsvp.save_answer(
            workshop=workshop, membership=join(name), answer=answer, at=STARTS - timedelta(days=1)
        )
    join("Dee")
    gone = join("Eve", left_at=STARTS - timedelta(days=1))
    rsvp.save_answer(
        workshop=workshop, membership=gone, answer="coming", at=STARTS - timedelta(days=2)
    )
    standing = rsvp.rsvp_counts(workshop)
    assert standing == RsvpCounts(expected=4, coming=2, apologies=1)
    assert standing.unanswered == 1


def test_standing_asks_once(workshop: Workshop, join: Join) -> None:
    join("Ann")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rsvp.rsvp_counts(workshop)
    assert len(queries) == 1


def test_tally_counts_the_marks(workshop: Workshop, facilitator: User, join: Join) -> None:
    entries = {
        join(name).pk: Entry(mark)
        for name, mark in [("Ann", "present"), ("Ben", "partly"), ("Cid", "present")]
    }
    join("Dee")
    marking.mark_all(workshop=workshop, entries=entries, by=facilitator, at=NOW)
    tally = lines.tally(lines.register_lines(workshop))
    assert tally == Tally(people=4, present=2, partly=1, apologies=0, absent=0)
    assert (tally.marked, tally.unmarked) == (3, 1)


@pytest.mark.parametrize("people", [1, 30])
def test_lines_ask_twice_however_many_there_are(
    workshop: Workshop, join: Join, people: int
) -> None:
    for number in range(people):
        join(f"Person {number}")
    with CaptureQueriesContext(connection) as queries:
        said = [
            (line.membership.user.name, str(line.membership.organisation))
            for line in lines.register_lines(workshop)
        ]
    assert (len(said), len(queries)) == (people, 2)
