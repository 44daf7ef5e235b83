"""The constraints on a cohort's dates: closed days, busy facilitators and unavailable people."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cohorts.models import Cohort, Country, Membership
from programmes.models import Programme
from tests.factories import MARCH
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

ALL = frozenset(KeepClear)


def choices_of(*choices: KeepClear) -> frozenset[KeepClear]:
    return frozenset(choices)


def create_closed_days(
    cohort: Cohort | None, name: str, first: date, last: date, kind: str = "school"
) -> ClosedDays:
    return ClosedDays.objects.create(cohort=cohort, name=name, first=first, last=last, kind=kind)


def slot_at(day: date, hour: int, hours: int = 3) -> Slot:
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Slot(starts_at, starts_at + timedelta(hours=hours))


def create_workshop_elsewhere(
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
        scheduled_at=MARCH,
    )


# Constraints from bank holidays


def test_bank_holidays_depend_on_country() -> None:
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


def test_bank_holidays_include_substitute_days() -> None:
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


def test_constraints_include_bank_holidays_of_this_and_next_five_years(cohort: Cohort) -> None:
    known = constraints_for(cohort, keep_clear=choices_of(KeepClear.BANK), moment=MARCH).closed
    assert {day.year for day in known} == set(range(2027, 2027 + YEARS_AHEAD + 1))
    assert known[date(2027, 3, 26)] == "bank holiday (Good Friday)"
    assert known[date(2028, 1, 3)] == "bank holiday (New Year’s Day, substitute day)"


# Constraints from closed days


def test_constraints_include_only_chosen_kinds_of_closed_days(cohort: Cohort) -> None:
    create_closed_days(cohort, "Easter", date(2027, 4, 5), date(2027, 4, 6))
    create_closed_days(None, "Office move", date(2027, 4, 7), date(2027, 4, 7), kind="host")
    school = {
        date(2027, 4, 5): "school holidays (Easter)",
        date(2027, 4, 6): "school holidays (Easter)",
    }
    host = {date(2027, 4, 7): "closed (Office move)"}
    assert (
        constraints_for(cohort, keep_clear=choices_of(KeepClear.SCHOOL), moment=MARCH).closed
        == school
    )
    assert (
        constraints_for(cohort, keep_clear=choices_of(KeepClear.HOST), moment=MARCH).closed == host
    )
    assert constraints_for(cohort, keep_clear=choices_of(), moment=MARCH).closed == {}


def test_constraints_exclude_closed_days_of_other_cohorts(
    cohort: Cohort, programme: Programme
) -> None:
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    create_closed_days(other, "Easter", date(2027, 4, 5), date(2027, 4, 6))
    assert (
        constraints_for(cohort, keep_clear=choices_of(KeepClear.SCHOOL), moment=MARCH).closed == {}
    )


def test_constraints_join_all_reasons_for_closed_day(cohort: Cohort) -> None:
    create_closed_days(cohort, "Easter", date(2027, 3, 26), date(2027, 3, 26))
    create_closed_days(None, "Easter", date(2027, 3, 26), date(2027, 3, 26))
    create_closed_days(cohort, "Office closed", date(2027, 3, 26), date(2027, 3, 26), kind="host")
    known = constraints_for(cohort, keep_clear=ALL, moment=MARCH).closed
    assert known[date(2027, 3, 26)] == (
        "bank holiday (Good Friday), school holidays (Easter) and closed (Office closed)"
    )


def test_constraints_clip_period_to_planning_range(
    cohort: Cohort,
) -> None:
    create_closed_days(cohort, "For ever", date(1900, 1, 1), date(9999, 12, 31))
    known = constraints_for(cohort, keep_clear=choices_of(KeepClear.SCHOOL), moment=MARCH).closed
    assert (min(known), max(known)) == (date(2027, 3, 1), date(2032, 12, 31))


# Constraints from the facilitators' workshops in other cohorts


def test_constraints_include_facilitators_workshops_in_other_cohorts(
    cohort: Cohort, programme: Programme, facilitator: User, participant: User
) -> None:
    morning, evening = slot_at(date(2027, 5, 6), 8), slot_at(date(2027, 5, 7), 13)
    create_workshop_elsewhere(programme, "Essex", morning, facilitator)
    create_workshop_elsewhere(programme, "Kent", evening, facilitator, role="participant")
    create_workshop_elsewhere(programme, "Surrey", slot_at(date(2027, 5, 8), 8), participant)
    assert constraints_for(cohort, keep_clear=ALL, moment=MARCH).busy == [
        Busy(morning, "Ruth Okafor facilitates in Essex that morning"),
        Busy(evening, "Ruth Okafor takes part in Kent that afternoon"),
    ]
    assert (
        constraints_for(cohort, keep_clear=ALL - {KeepClear.FACILITATORS}, moment=MARCH).busy == ()
    )


def test_constraints_name_both_facilitators_of_one_workshop(
    cohort: Cohort, programme: Programme, facilitator: User, outsider: User
) -> None:
    Membership.objects.create(cohort=cohort, user=outsider, role="facilitator")
    whole_day = slot_at(date(2027, 5, 6), 8, hours=7)
    create_workshop_elsewhere(programme, "Essex", whole_day, facilitator, outsider)
    assert constraints_for(cohort, keep_clear=ALL, moment=MARCH).busy == [
        Busy(whole_day, "Olly Grant and Ruth Okafor facilitate in Essex that day")
    ]


def test_constraints_exclude_workshops_that_occupy_no_facilitator(
    cohort: Cohort,
    programme: Programme,
    facilitator: User,
    outsider: User,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
) -> None:
    """Cancelled and past workshops don't count, nor do this cohort's own.

    Nor do workshops in another cohort, if their facilitator has left that cohort or this one.
    """
    cancelled = create_workshop_elsewhere(
        programme, "Essex", slot_at(date(2027, 5, 6), 8), facilitator
    )
    cancelled.cancel(by=facilitator, at=MARCH)
    create_workshop_elsewhere(programme, "Kent", slot_at(date(2027, 2, 4), 8), facilitator)
    left_there = create_workshop_elsewhere(
        programme, "Surrey", slot_at(date(2027, 5, 7), 8), facilitator
    )
    left_there.cohort.memberships.get().leave(by=None, at=datetime.now(UTC))
    left_here = Membership.objects.create(cohort=cohort, user=outsider, role="facilitator")
    left_here.leave(by=None, at=datetime.now(UTC))
    create_workshop_elsewhere(programme, "Wales", slot_at(date(2027, 5, 8), 8), outsider)
    schedule(workshops[0], datetime(2027, 5, 9, 8, tzinfo=UTC))
    assert constraints_for(cohort, keep_clear=ALL, moment=MARCH).busy == []


# Constraints from availability polls


def create_poll(
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


def test_constraints_use_latest_availability_answers(
    cohort: Cohort, join: Callable[..., Membership]
) -> None:
    amina, bea, left = join("Amina"), join("Bea"), join("Carl", left_at=MARCH)
    day = date(2027, 4, 8)
    create_poll(cohort, MARCH - timedelta(days=60), amina=(amina, date(2027, 5, 6), "morning"))
    create_poll(
        cohort,
        MARCH - timedelta(days=20),
        amina=(amina, day, "morning"),
        bea=(bea, day, "morning"),
        left=(left, day, "afternoon"),
    )
    constraints = constraints_for(cohort, keep_clear=choices_of(), moment=MARCH)
    assert constraints.unavailable == {(day, HalfDay.MORNING): frozenset({amina.pk, bea.pk})}
    assert not constraints.moves_for_people
    assert constraints_for(
        cohort, keep_clear=choices_of(KeepClear.PEOPLE), moment=MARCH
    ).moves_for_people


# Constraints applied to proposed dates


def test_proposed_series_avoids_constraints_and_gives_reasons(
    cohort: Cohort, programme: Programme, facilitator: User
) -> None:
    # The second date would be 8 April, which is in the school holidays.
    create_closed_days(None, "Easter", date(2027, 4, 1), date(2027, 4, 9))
    create_workshop_elsewhere(programme, "Essex", slot_at(date(2027, 5, 6), 8), facilitator)
    recurrence = Recurrence(date(2027, 3, 18), 3, HalfDay.MORNING, cohort.zone)
    proposals = propose(
        recurrence, [210] * 3, constraints_for(cohort, keep_clear=ALL, moment=MARCH)
    )
    assert [(one.slot.starts_at.date(), one.why) for one in proposals if one.slot] == [
        (date(2027, 3, 18), ""),
        (date(2027, 4, 15), "Moved one week: school holidays (Easter)"),
        (date(2027, 5, 13), "Moved one week: Ruth Okafor facilitates in Essex that morning"),
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_constraints_take_three_queries(
    cohort: Cohort,
    programme: Programme,
    facilitator: User,
    join: Callable[..., Membership],
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    day = date(2027, 4, 8)
    members = [join(f"Person {number}") for number in range(count)]
    create_poll(cohort, MARCH, **{str(member.pk): (member, day, "morning") for member in members})
    for number in range(count):
        create_closed_days(cohort, f"Closed {number}", day, day)
        create_workshop_elsewhere(
            programme, "Essex", slot_at(day + timedelta(days=number), 8), facilitator
        )
    cohort = Cohort.objects.get(pk=cohort.pk)
    with django_assert_num_queries(3):
        constraints_for(cohort, keep_clear=ALL, moment=MARCH)
