"""What a series keeps clear of: gathered from what the site knows, for the pure function that proposes dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import models

from cohorts.models import Cohort, Country, Membership
from workshops.models import AvailabilityPoll, ClosedDays, Unavailability, Workshop
from workshops.planning.proposals import Busy, Constraints
from workshops.times import HalfDay, Slot


class KeepClear(models.TextChoices):
    """What somebody who plans can ask the dates to keep clear of."""

    BANK = "bank", "Bank holidays"
    SCHOOL = "school", "School holidays"
    HOST = "host", "Our own closed days"
    FACILITATORS = "facilitators", "Facilitators’ other workshops"
    PEOPLE = "people", "Days people can’t make"


# Closed days are known for this year and the five that follow.
YEARS = 5
SUBDIVISIONS = {
    Country.ENGLAND_AND_WALES: "ENG",
    Country.SCOTLAND: "SCT",
    Country.NORTHERN_IRELAND: "NIR",
}
CLOSED = {
    KeepClear.SCHOOL: (ClosedDays.Kind.SCHOOL, "school holidays"),
    KeepClear.HOST: (ClosedDays.Kind.HOST, "closed"),
}


def constraints_for(
    cohort: Cohort, *, keep_clear: frozenset[KeepClear], moment: datetime
) -> Constraints:
    """Three queries. Who can't make a half day is always told, be dates moved for it or not.

    The cohort's own workshops are not in each other's way here: their order is another question (`planning.clash`).
    """
    first = moment.astimezone(cohort.zone).date()
    return Constraints(
        now=moment,
        closed=closed_days(cohort, keep_clear, first),
        busy=busy_facilitators(cohort, moment) if KeepClear.FACILITATORS in keep_clear else (),
        lost=lost_half_days(cohort, first),
        avoids_lost=KeepClear.PEOPLE in keep_clear,
    )


def closed_days(cohort: Cohort, keep_clear: frozenset[KeepClear], first: date) -> dict[date, str]:
    """Each closed day from the first on, with all that closes it: “bank holiday (Good Friday)”."""
    last = date(first.year + YEARS, 12, 31)
    reasons: defaultdict[date, list[str]] = defaultdict(list)
    if KeepClear.BANK in keep_clear:
        for year in range(first.year, last.year + 1):
            for day, name in bank_holidays(cohort.country, year).items():
                reasons[day].append(f"bank holiday ({name})")
    kinds: dict[str, str] = dict(pair for choice, pair in CLOSED.items() if choice in keep_clear)
    if kinds:
        periods = ClosedDays.objects.of(cohort).filter(
            kind__in=kinds, last__gte=first, first__lte=last
        )
        for period in periods:
            for day in days_between(max(period.first, first), min(period.last, last)):
                reasons[day].append(f"{kinds[period.kind]} ({period.name})")
    return {day: " and ".join(dict.fromkeys(words)) for day, words in reasons.items()}


@lru_cache(maxsize=64)
def bank_holidays(country: str, year: int) -> Mapping[date, str]:
    """The bank holidays of a country by name, with the days that stand in for those on a weekend."""
    subdivision = SUBDIVISIONS.get(Country(country))
    if subdivision is None:
        return {}
    from holidays import country_holidays  # noqa: PLC0415  slow to import, and only those who plan need it

    known = country_holidays("GB", subdiv=subdivision, years=year, language="en_GB")
    return {day: in_our_words(name) for day, name in sorted(known.items())}


def in_our_words(holiday: str) -> str:
    return holiday.replace(" (observed)", ", substitute day").replace("'", "’")


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))


def busy_facilitators(cohort: Cohort, moment: datetime) -> list[Busy]:
    """When the cohort's facilitators are taken elsewhere: the place and the half day, and no more of it than that."""
    facilitators = cohort.memberships.active().facilitating().values("user")
    elsewhere = (
        Workshop.objects.to_come(moment)
        .exclude(cohort=cohort)
        .filter(cohort__memberships__user__in=facilitators, cohort__memberships__left_at=None)
        .order_by("starts_at", "pk", "cohort__memberships__user__name", "cohort__memberships__pk")
        .values_list(
            "starts_at",
            "ends_at",
            "cohort__place",
            "cohort__memberships__role",
            "cohort__memberships__user__name",
        )
    )
    names: defaultdict[tuple[Slot, str, str], list[str]] = defaultdict(list)
    for starts_at, ends_at, place, role, name in elsewhere:
        if starts_at and ends_at:
            names[Slot(starts_at, ends_at), place, role].append(name)
    return [
        Busy(slot, f"{taken(who, role)} in {place} {part_of_day(slot, cohort.zone)}")
        for (slot, place, role), who in names.items()
    ]


def taken(names: list[str], role: str) -> str:
    """“Ruth Okafor and Tom Sallow facilitate”."""
    who = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    verb = "facilitate" if role == Membership.Role.FACILITATOR else "take part"
    singular = {"facilitate": "facilitates", "take part": "takes part"}
    return f"{who} {verb if len(names) > 1 else singular[verb]}"


def part_of_day(slot: Slot, zone: ZoneInfo) -> str:
    halves = slot.half_days(zone)
    return f"that {halves[0][1].value}" if len(halves) == 1 else "that day"


def lost_half_days(cohort: Cohort, first: date) -> dict[tuple[date, HalfDay], frozenset[int]]:
    """Who can't make which half day, by their membership, as those still in the cohort answered when last asked."""
    latest = (
        AvailabilityPoll.objects.filter(cohort=cohort).order_by("-asked_at", "-pk").values("pk")[:1]
    )
    rows = Unavailability.objects.filter(
        answer__poll=latest, answer__membership__left_at=None, day__gte=first
    ).values_list("day", "half", "answer__membership")
    lost: defaultdict[tuple[date, HalfDay], set[int]] = defaultdict(set)
    for day, half, member in rows:
        lost[day, HalfDay(half)].add(member)
    return {when: frozenset(members) for when, members in lost.items()}
