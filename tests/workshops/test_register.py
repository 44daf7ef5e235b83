import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cohorts.models import Membership
from workshops import register
from workshops.models import Attendance, Workshop
from workshops.register import Entry, Standing, Tally

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
    names = [line.membership.user.name for line in register.lines(workshop)]
    assert names == ["Ceri Early", "Dev Prompt", "Grace Leaves"]
    with_expected = {vars(row)["member_user_id"] for row in Workshop.objects.with_expected()}
    assert with_expected == {line.membership.user_id for line in register.lines(workshop)}


def test_expected_without_a_date_are_those_in_the_cohort_now(workshops: list[Workshop], join: Join) -> None:
    join("Ceri Here")
    join("Dev Gone", left_at=NOW)
    assert [member.user.name for member in register.expected(workshops[0])] == ["Ceri Here"]


@pytest.mark.parametrize(
    ("before", "is_open"),
    [(timedelta(minutes=61), False), (timedelta(minutes=60), True), (timedelta(0), True)],
)
def test_register_opens_an_hour_before(workshop: Workshop, before: timedelta, is_open: bool) -> None:
    assert register.is_open(workshop, STARTS - before) is is_open


def test_register_of_a_cancelled_or_undated_workshop_is_closed(
    workshop: Workshop, workshops: list[Workshop], facilitator: User
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    assert not register.is_open(workshop, NOW)
    assert not register.is_open(workshops[0], NOW)


# Marks


def test_mark_is_one_row_and_the_last_counts(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member = join("Ceri Okafor")
    register.mark(workshop=workshop, membership=member, entry=Entry("partly", 90), by=facilitator, at=NOW)
    later = NOW + timedelta(minutes=1)
    register.mark(workshop=workshop, membership=member, entry=Entry("present"), by=administrator, at=later)
    kept = Attendance.objects.get()
    assert (kept.mark, kept.minutes, kept.marked_by, kept.marked_at) == (
        "present",
        None,
        administrator,
        later,
    )


def test_mark_keeps_what_was_said_beforehand(workshop: Workshop, facilitator: User, join: Join) -> None:
    member, before = join("Ceri Okafor"), STARTS - timedelta(days=2)
    register.answer(workshop=workshop, membership=member, answer="apologies", at=before)
    register.mark(workshop=workshop, membership=member, entry=Entry("present"), by=facilitator, at=NOW)
    kept = Attendance.objects.get()
    assert (kept.answer, kept.answered_at, kept.mark) == ("apologies", before, "present")


def test_empty_mark_takes_the_mark_back_and_makes_no_row(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    member, other = join("Ceri Okafor"), join("Dev Patel")
    register.mark(workshop=workshop, membership=member, entry=Entry("partly", 90), by=facilitator, at=NOW)
    for person in (member, other):
        register.mark(workshop=workshop, membership=person, entry=Entry(""), by=facilitator, at=NOW)
    kept = Attendance.objects.get()
    assert (kept.mark, kept.minutes, kept.marked_at, kept.marked_by) == ("", None, None, None)


def test_minutes_belong_to_partly_present(workshop: Workshop, facilitator: User, join: Join) -> None:
    with pytest.raises(IntegrityError):
        register.mark(
            workshop=workshop, membership=join("Ceri"), entry=Entry("present", 90), by=facilitator, at=NOW
        )


@pytest.mark.postgresql  # SQLite in memory, as the tests have it, knows no waiting
@pytest.mark.django_db(transaction=True)
def test_two_facilitators_who_mark_at_once_make_one_row(
    workshop: Workshop, facilitator: User, administrator: User, join: Join
) -> None:
    member, together = join("Ceri Okafor"), threading.Barrier(4)
    failures: list[Exception] = []

    def tap(by: User, mark: str) -> None:
        together.wait()
        try:
            for _ in range(5):
                register.mark(workshop=workshop, membership=member, entry=Entry(mark), by=by, at=NOW)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    taps = [(facilitator, "present"), (administrator, "absent")] * 2
    threads = [threading.Thread(target=tap, args=args) for args in taps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = Attendance.objects.get()
    assert failures == []
    assert (kept.mark, kept.marked_by) in [("present", facilitator), ("absent", administrator)]


def test_the_rest_are_present_but_for_those_who_sent_apologies(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    absent, sorry, _coming = join("Ann Absent"), join("Sam Sorry"), join("Una Unmarked")
    join("Zoe Late", joined_at=STARTS + timedelta(minutes=1))
    register.mark(workshop=workshop, membership=absent, entry=Entry("absent"), by=facilitator, at=NOW)
    register.answer(workshop=workshop, membership=sorry, answer="apologies", at=STARTS - timedelta(days=1))
    assert register.mark_the_rest_present(workshop=workshop, by=facilitator, at=NOW) == 2
    assert marks(workshop) == [
        ("Ann Absent", "absent", None),
        ("Sam Sorry", "apologies", None),
        ("Una Unmarked", "present", None),
    ]
    assert register.mark_the_rest_present(workshop=workshop, by=facilitator, at=NOW) == 0


# Answers beforehand


def test_answer_can_be_changed(workshop: Workshop, join: Join) -> None:
    member, first = join("Ceri Okafor"), STARTS - timedelta(days=3)
    register.answer(workshop=workshop, membership=member, answer="coming", at=first)
    second = first + timedelta(days=1)
    register.answer(workshop=workshop, membership=member, answer="apologies", at=second)
    kept = Attendance.objects.get()
    assert (kept.answer, kept.answered_at) == ("apologies", second)


def test_may_answer_until_it_begins(workshop: Workshop, workshops: list[Workshop], facilitator: User) -> None:
    second = timedelta(seconds=1)
    assert register.may_answer(workshop, STARTS - second)
    assert not register.may_answer(workshop, STARTS)
    assert not register.may_answer(workshops[0], STARTS)
    workshop.cancel(by=facilitator, at=NOW)
    assert not register.may_answer(workshop, STARTS - second)


# Counts


def test_standing_counts_what_the_expected_said(workshop: Workshop, join: Join) -> None:
    said = {"Ann": "coming", "Ben": "coming", "Cid": "apologies"}
    for name, answer in said.items():
        register.answer(
            workshop=workshop, membership=join(name), answer=answer, at=STARTS - timedelta(days=1)
        )
    join("Dee")
    gone = join("Eve", left_at=STARTS - timedelta(days=1))
    register.answer(workshop=workshop, membership=gone, answer="coming", at=STARTS - timedelta(days=2))
    standing = register.standing(workshop)
    assert standing == Standing(expected=4, coming=2, apologies=1)
    assert standing.unanswered == 1


def test_standing_asks_once(workshop: Workshop, join: Join) -> None:
    join("Ann")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        register.standing(workshop)
    assert len(queries) == 1


def test_tally_counts_the_marks(workshop: Workshop, facilitator: User, join: Join) -> None:
    entries = {
        join(name).pk: Entry(mark)
        for name, mark in [("Ann", "present"), ("Ben", "partly"), ("Cid", "present")]
    }
    join("Dee")
    register.mark_all(workshop=workshop, entries=entries, by=facilitator, at=NOW)
    tally = register.tally(register.lines(workshop))
    assert tally == Tally(people=4, present=2, partly=1, apologies=0, absent=0)
    assert (tally.marked, tally.unmarked) == (3, 1)


@pytest.mark.parametrize("people", [1, 30])
def test_lines_ask_twice_however_many_there_are(workshop: Workshop, join: Join, people: int) -> None:
    for number in range(people):
        join(f"Person {number}")
    with CaptureQueriesContext(connection) as queries:
        said = [
            (line.membership.user.name, str(line.membership.organisation))
            for line in register.lines(workshop)
        ]
    assert (len(said), len(queries)) == (people, 2)
