"""The constraints on a cohort's dates: closed days, busy facilitators, and answers to polls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cohorts.models import Cohort, Country, Membership
from workshops.models import AvailabilityPoll, ClosedDays, Unavailability, Workshop
from workshops.planning.proposals import Busy, Constraints
from workshops.times import HalfDay, Slot


class KeepClear(models.TextChoices):
    """A constraint on the dates of a plan. It applies if it is ticked on the plan page."""

    BANK = "bank", gettext_lazy("Bank holidays")
    SCHOOL = "school", gettext_lazy("School holidays")
    HOST = "host", gettext_lazy("Our own closed days")
    FACILITATORS = "facilitators", gettext_lazy("When facilitators are busy")
    PEOPLE = "people", gettext_lazy("Days people can’t make")


# Closed days are loaded until the end of the year that is this many years from now.
YEARS_AHEAD = 5
SUBDIVISIONS = {
    Country.ENGLAND_AND_WALES: "ENG",
    Country.SCOTLAND: "SCT",
    Country.NORTHERN_IRELAND: "NIR",
}
CLOSED = {
    KeepClear.SCHOOL: (ClosedDays.Kind.SCHOOL, gettext_lazy("school holidays (%(name)s)")),
    KeepClear.HOST: (ClosedDays.Kind.HOST, gettext_lazy("closed (%(name)s)")),
}


def constraints_for(
    cohort: Cohort, *, keep_clear: frozenset[KeepClear], moment: datetime
) -> Constraints:
    """Return the constraints on the cohort's dates after `moment`. Makes at most three queries.

    Members' answers to the latest poll are always loaded, but proposals avoid them only if
    `keep_clear` has PEOPLE. If it has FACILITATORS, a date clashes with the half days that a
    facilitator can't make. The cohort's own workshops are not constraints; `scheduling.clash`
    compares a slot with them.
    """
    first = moment.astimezone(cohort.zone).date()
    avoids_facilitators = KeepClear.FACILITATORS in keep_clear
    unavailable, without_facilitator = answered_half_days(cohort, first)
    return Constraints(
        now=moment,
        closed=closed_days(cohort, keep_clear, first),
        busy=busy_facilitators(cohort, moment) if avoids_facilitators else (),
        without_facilitator=without_facilitator if avoids_facilitators else frozenset(),
        unavailable=unavailable,
        moves_for_people=KeepClear.PEOPLE in keep_clear,
    )


def closed_days(cohort: Cohort, keep_clear: frozenset[KeepClear], first: date) -> dict[date, str]:
    """Return a dict that maps each closed day from `first` on to the reason why it is closed.

    A reason is for example “bank holiday (Good Friday)”. Several reasons for one day are joined
    into one text. Makes at most one query.
    """
    last = date(first.year + YEARS_AHEAD, 12, 31)
    reasons: defaultdict[date, list[str]] = defaultdict(list)
    if KeepClear.BANK in keep_clear:
        for year in range(first.year, last.year + 1):
            for day, name in bank_holidays(cohort.country, year).items():
                reasons[day].append(_("bank holiday (%(name)s)") % {"name": name})
    kinds: dict[str, str] = {
        kind: str(text) for choice, (kind, text) in CLOSED.items() if choice in keep_clear
    }
    if kinds:
        periods = ClosedDays.objects.of(cohort).filter(
            kind__in=kinds, last__gte=first, first__lte=last
        )
        for period in periods:
            reason = kinds[period.kind] % {"name": period.name}
            for day in days_between(max(period.first, first), min(period.last, last)):
                reasons[day].append(reason)
    return {day: join_with_and(dict.fromkeys(found)) for day, found in reasons.items()}


def join_with_and(items: Iterable[str]) -> str:
    """Return “A, B and C” in the current language."""
    return get_text_list(list(items), _("and"))


@lru_cache(maxsize=64)
def bank_holidays(country: str, year: int) -> Mapping[date, str]:
    """Return a mapping from days to the names of a country's bank holidays and substitute days."""
    subdivision = SUBDIVISIONS.get(Country(country))
    if subdivision is None:
        return {}
    # Import here, because the package is slow to import and only planning needs it.
    from holidays import country_holidays  # noqa: PLC0415

    known = country_holidays("GB", subdiv=subdivision, years=year, language="en_GB")
    return {day: tidy_name(name) for day, name in sorted(known.items())}


def tidy_name(holiday: str) -> str:
    return holiday.replace(" (observed)", ", substitute day").replace("'", "’")


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))


def busy_facilitators(cohort: Cohort, moment: datetime) -> list[Busy]:
    """Return when the cohort's facilitators are busy with workshops of other cohorts.

    Includes the workshops in which they take part. The reason names only the place and the half
    day, to disclose nothing more about the other cohort. Makes one query.
    """
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
        Busy(slot, busy_reason(slot, place, role, who, cohort.zone))
        for (slot, place, role), who in names.items()
    ]


def busy_reason(slot: Slot, place: str, role: str, names: list[str], zone: ZoneInfo) -> str:
    """Return why people are busy.

    For example “Ruth Okafor and Tom Sallow facilitate in Essex that morning”.
    """
    facts = {"names": join_with_and(names), "place": place}
    halves = [half for _day, half in slot.half_days(zone)]
    count = len(names)
    if role == Membership.Role.FACILITATOR:
        if halves == [HalfDay.MORNING]:
            text = ngettext(
                "%(names)s facilitates in %(place)s that morning",
                "%(names)s facilitate in %(place)s that morning",
                count,
            )
        elif halves == [HalfDay.AFTERNOON]:
            text = ngettext(
                "%(names)s facilitates in %(place)s that afternoon",
                "%(names)s facilitate in %(place)s that afternoon",
                count,
            )
        else:
            text = ngettext(
                "%(names)s facilitates in %(place)s that day",
                "%(names)s facilitate in %(place)s that day",
                count,
            )
    elif halves == [HalfDay.MORNING]:
        text = ngettext(
            "%(names)s takes part in %(place)s that morning",
            "%(names)s take part in %(place)s that morning",
            count,
        )
    elif halves == [HalfDay.AFTERNOON]:
        text = ngettext(
            "%(names)s takes part in %(place)s that afternoon",
            "%(names)s take part in %(place)s that afternoon",
            count,
        )
    else:
        text = ngettext(
            "%(names)s takes part in %(place)s that day",
            "%(names)s take part in %(place)s that day",
            count,
        )
    return text % facts


def unavailable_half_days(
    cohort: Cohort, first: date
) -> dict[tuple[date, HalfDay], frozenset[int]]:
    """Return a dict that maps half days from `first` on to the members who can't make them.

    Members are given by the primary keys of current memberships. The answers are those to the
    latest poll. Makes one query.
    """
    return answered_half_days(cohort, first)[0]


def answered_half_days(
    cohort: Cohort, first: date
) -> tuple[dict[tuple[date, HalfDay], frozenset[int]], frozenset[tuple[date, HalfDay]]]:
    """Return `unavailable_half_days`, and those half days that a facilitator can't make.

    Makes one query.
    """
    latest = (
        AvailabilityPoll.objects.filter(cohort=cohort).order_by("-asked_at", "-pk").values("pk")[:1]
    )
    rows = Unavailability.objects.filter(
        answer__poll=latest, answer__membership__left_at=None, day__gte=first
    ).values_list("day", "half", "answer__membership", "answer__membership__role")
    unavailable: defaultdict[tuple[date, HalfDay], set[int]] = defaultdict(set)
    without_facilitator = set()
    for day, half, member, role in rows:
        unavailable[day, HalfDay(half)].add(member)
        if role == Membership.Role.FACILITATOR:
            without_facilitator.add((day, HalfDay(half)))
    return (
        {when: frozenset(members) for when, members in unavailable.items()},
        frozenset(without_facilitator),
    )
