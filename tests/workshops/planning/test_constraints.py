"""Collecting the constraints that proposed dates must avoid."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cohorts.models import Cohort, Country, Membership
from programmes.models import Programme
from workshops.models import (
    AvailabilityAnswer,
    AvailabilityPoll,
    ClosedDays,
    Unavailability,
    Workshop,
)
from workshops.planning.constraints import YEARS_AHEAD, KeepClear, bank_holidays, constraints_for
from workshops.planning.proposals import Busy, propose
from workshops.times import HalfDay, Recurrence, Slot

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ALL = frozenset(KeepClear)


def only(*choices: KeepClear) -> frozenset[KeepClear]:
    return frozenset(choices)


def closed(
    cohort: Cohort | None, name: str, first: date, last: date, kind: str = "school"
) -> ClosedDays:
    return ClosedDays.objects.create(cohort=cohort, name=name, first=first, last=last, kind=kind)


def at(day: date, hour: int, hours: int = 3) -> Slot:
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Slot(starts_at, starts_at + timedelta(hours=hours))


def elsewhere(
    programme: Programme, place: str, slot: Slot, *people: User, role: str = "facilitator"
) -> Workshop:
    other = Cohort.objects.create(
        programme=programme, name=f"{place} {slot.starts_at:%d %B}", place=place
    )
    for person in people:
        Membership.objects.create(cohort=other, user=person, role=role)
    return Workshop.objects.create(
        cohort=other,
        position=1,
        title="Trust",
        purpose="To trust.",
        length_minutes=slot.minutes,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        scheduled_at=NOW,
    )


# Bank holidays


def test_bank_holidays_are_those_of_the_country() -> None:
    easter_monday, st_patrick, st_andrew = date(2027, 3, 29), date(2027, 3, 17), date(2027, 11, 30)
    days = {country: set(bank_holidays(country, 2027)) for country in Country}
    assert {country for country, known in days.items() if easter_monday in known} == {
        Country.ENGLAND_AND_WALES,
        Country.NORTHERN_IRELAND,
    }
    assert {country for country, known in days.items() if st_patrick in known} == {
        Country.NORTHERN_IRELAND
    }
    assert {country for country, known in days.items() if st_andrew in known} == {Country.SCOTLAND}
    assert days[Country.ELSEWHERE] == set()


def test_bank_holidays_have_their_substitute_days() -> None:
    christmas = {
        day: name
        for day, name in bank_holidays("england-and-wales", 2027).items()
        if day.month == 12
    }
    assert christmas == {
        date(2027, 12, 25): "Christmas Day",
        date(2027, 12, 26): "Boxing Day",
        date(2027, 12, 27): "Christmas Day, substitute day",
        date(2027, 12, 28): "Boxing Day, substitute day",
    }


def test_constraints_know_the_bank_holidays_of_this_year_and_five_more(cohort: Cohort) -> None:
    known = constraints_for(cohort, keep_clear=only(KeepClear.BANK), moment=NOW).closed
    assert {day.year for day in known} == set(range(2027, 2027 + YEARS_AHEAD + 1))
    assert known[date(2027, 3, 26)] == "bank holiday (Good Friday)"
    assert known[date(2028, 1, 3)] == "bank holiday (New Year’s Day, substitute day)"


# Closed days


def test_constraints_hold_each_kind_only_where_it_is_asked_for(cohort: Cohort) -> None:
    closed(cohort, "Easter", date(2027, 4, 5), date(2027, 4, 6))
    closed(None, "Office move", date(2027, 4, 7), date(2027, 4, 7), kind="host")
    school = {
        date(2027, 4, 5): "school holidays (Easter)",
        date(2027, 4, 6): "school holidays (Easter)",
    }
    host = {date(2027, 4, 7): "closed (Office move)"}
    assert constraints_for(cohort, keep_clear=only(KeepClear.SCHOOL), moment=NOW).closed == school
    assert constraints_for(cohort, keep_clear=only(KeepClear.HOST), moment=NOW).closed == host
    assert constraints_for(cohort, keep_clear=only(), moment=NOW).closed == {}


def test_constraints_leave_out_what_another_cohort_keeps_clear_of(
    cohort: Cohort, programme: Programme
) -> None:
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    closed(other, "Easter", date(2027, 4, 5), date(2027, 4, 6))
    assert constraints_for(cohort, keep_clear=only(KeepClear.SCHOOL), moment=NOW).closed == {}


def test_constraints_join_all_that_closes_a_day(cohort: Cohort) -> None:
    closed(cohort, "Easter", date(2027, 3, 26), date(2027, 3, 26))
    closed(None, "Easter", date(2027, 3, 26), date(2027, 3, 26))
    closed(cohort, "Office closed", date(2027, 3, 26), date(2027, 3, 26), kind="host")
    known = constraints_for(cohort, keep_clear=ALL, moment=NOW).closed
    assert known[date(2027, 3, 26)] == (
        "bank holiday (Good Friday), school holidays (Easter) and closed (Office closed)"
    )


def test_constraints_take_of_a_period_without_end_no_more_than_can_be_planned(
    cohort: Cohort,
) -> None:
    closed(cohort, "For ever", date(1900, 1, 1), date(9999, 12, 31))
    known = constraints_for(cohort, keep_clear=only(KeepClear.SCHOOL), moment=NOW).closed
    assert (min(known), max(known)) == (date(2027, 3, 1), date(2032, 12, 31))


# Facilitators elsewhere


def test_constraints_say_where_a_facilitator_is_and_no_more(
    cohort: Cohort, programme: Programme, facilitator: User, participant: User
) -> None:
    morning, evening = at(date(2027, 5, 6), 8), at(date(2027, 5, 7), 13)
    elsewhere(programme, "Essex", morning, facilitator)
    elsewhere(programme, "Kent", evening, facilitator, role="participant")
    elsewhere(programme, "Surrey", at(date(2027, 5, 8), 8), participant)
    assert constraints_for(cohort, keep_clear=ALL, moment=NOW).busy == [
        Busy(morning, "Ruth Okafor facilitates in Essex that morning"),
        Busy(evening, "Ruth Okafor takes part in Kent that afternoon"),
    ]
    assert constraints_for(cohort, keep_clear=ALL - {KeepClear.FACILITATORS}, moment=NOW).busy == ()


def test_constraints_name_two_facilitators_of_one_workshop_together(
    cohort: Cohort, programme: Programme, facilitator: User, outsider: User
) -> None:
    Membership.objects.create(cohort=cohort, user=outsider, role="facilitator")
    whole_day = at(date(2027, 5, 6), 8, hours=7)
    elsewhere(programme, "Essex", whole_day, facilitator, outsider)
    assert constraints_for(cohort, keep_clear=ALL, moment=NOW).busy == [
        Busy(whole_day, "Olly Grant and Ruth Okafor facilitate in Essex that day")
    ]


def test_constraints_leave_out_what_takes_nobody(
    cohort: Cohort,
    programme: Programme,
    facilitator: User,
    outsider: User,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
) -> None:
    """Cancelled, over, this cohort's own, and of those who left, here or there."""
    cancelled = elsewhere(programme, "Essex", at(date(2027, 5, 6), 8), facilitator)
    cancelled.cancel(by=facilitator, at=NOW)
    elsewhere(programme, "Kent", at(date(2027, 2, 4), 8), facilitator)
    left_there = elsewhere(programme, "Surrey", at(date(2027, 5, 7), 8), facilitator)
    left_there.cohort.memberships.get().leave(by=None, at=datetime.now(UTC))
    left_here = Membership.objects.create(cohort=cohort, user=outsider, role="facilitator")
    left_here.leave(by=None, at=datetime.now(UTC))
    elsewhere(programme, "Wales", at(date(2027, 5, 8), 8), outsider)
    schedule(workshops[0], datetime(2027, 5, 9, 8, tzinfo=UTC))
    assert constraints_for(cohort, keep_clear=ALL, moment=NOW).busy == []


# Who can't come


def asked(
    cohort: Cohort, when: datetime, **answers: tuple[Membership, date, str]
) -> AvailabilityPoll:
    poll = AvailabilityPoll.objects.create(
        cohort=cohort,
        first=date(2027, 3, 1),
        last=date(2027, 6, 1),
        weekdays=[3],
        halves=["morning", "afternoon"],
        asked_at=when,
        closes_at=when + timedelta(days=7),
        closed_at=when + timedelta(days=1),
    )
    for member, day, half in answers.values():
        answer = AvailabilityAnswer.objects.create(poll=poll, membership=member, answered_at=when)
        Unavailability.objects.create(answer=answer, day=day, half=half)
    return poll


def test_constraints_tell_who_is_lost_as_last_answered(
    cohort: Cohort, join: Callable[..., Membership]
) -> None:
    amina, bea, left = join("Amina"), join("Bea"), join("Carl", left_at=NOW)
    day = date(2027, 4, 8)
    asked(cohort, NOW - timedelta(days=60), amina=(amina, date(2027, 5, 6), "morning"))
    asked(
        cohort,
        NOW - timedelta(days=20),
        amina=(amina, day, "morning"),
        bea=(bea, day, "morning"),
        left=(left, day, "afternoon"),
    )
    told = constraints_for(cohort, keep_clear=only(), moment=NOW)
    assert told.unavailable == {(day, HalfDay.MORNING): frozenset({amina.pk, bea.pk})}
    assert not told.moves_for_people
    assert constraints_for(cohort, keep_clear=only(KeepClear.PEOPLE), moment=NOW).moves_for_people


# Together


def test_constraints_move_a_series_and_say_why(
    cohort: Cohort, programme: Programme, facilitator: User
) -> None:
    """As on the drawing: 8 April lies in the school holidays."""
    closed(None, "Easter", date(2027, 4, 1), date(2027, 4, 9))
    elsewhere(programme, "Essex", at(date(2027, 5, 6), 8), facilitator)
    rhythm = Recurrence(date(2027, 3, 18), 3, HalfDay.MORNING, cohort.zone)
    proposals = propose(rhythm, [210] * 3, constraints_for(cohort, keep_clear=ALL, moment=NOW))
    assert [(one.slot.starts_at.date(), one.why) for one in proposals if one.slot] == [
        (date(2027, 3, 18), ""),
        (date(2027, 4, 15), "Moved one week: school holidays (Easter)"),
        (date(2027, 5, 13), "Moved one week: Ruth Okafor facilitates in Essex that morning"),
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_constraints_cost_three_queries(
    cohort: Cohort,
    programme: Programme,
    facilitator: User,
    join: Callable[..., Membership],
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    day = date(2027, 4, 8)
    members = [join(f"Person {number}") for number in range(count)]
    asked(cohort, NOW, **{str(member.pk): (member, day, "morning") for member in members})
    for number in range(count):
        closed(cohort, f"Closed {number}", day, day)
        elsewhere(programme, "Essex", at(day + timedelta(days=number), 8), facilitator)
    cohort = Cohort.objects.get(pk=cohort.pk)
    with django_assert_num_queries(3):
        constraints_for(cohort, keep_clear=ALL, moment=NOW)
