from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.message_templates import DEFAULT_CONTENT
from programmes.models import Programme, WorkshopPlan
from tests.factories import JANUARY
from workshops.models import Workshop
from workshops.planning.scheduling import (
    NewFacilitator,
    clash,
    create_cohort,
    other_slots,
    schedule_series,
    update_content,
)
from workshops.times import Arrangement, Slot, local_moment

LONDON = ZoneInfo("Europe/London")


def slot(day: date, hour: int = 9) -> Slot:
    starts_at = datetime.combine(day, time(hour, 30), LONDON)
    return Slot(starts_at, starts_at + timedelta(minutes=210))


# Creating a cohort


def test_create_cohort_copies_plans_and_message_templates(
    programme: Programme, plans: list[WorkshopPlan], administrator: User, outsider: User
) -> None:
    programme.save_message_template(
        "survey", DEFAULT_CONTENT | {"subject": "How was it?", "minutes": 60}
    )
    cohort = create_cohort(
        programme=programme,
        name="Essex, autumn 2027",
        place="Essex",
        time_zone="Europe/London",
        capacity=24,
        facilitators=[outsider],
        by=administrator,
        at=JANUARY,
    )
    WorkshopPlan.objects.filter(pk=plans[0].pk).update(
        title="Changed later", purpose="Changed later"
    )
    programme.save_message_template("survey", DEFAULT_CONTENT | {"subject": "Changed later"})

    copies = list(cohort.workshops.order_by("position"))
    assert [copy.content() for copy in copies] == [plan.content() for plan in plans]
    assert [(copy.starts_at, copy.venue) for copy in copies] == [(None, "")] * 6
    assert (cohort.made_by, cohort.made_at, cohort.capacity) == (administrator, JANUARY, 24)
    assert [wording.content() for wording in cohort.message_templates.all()] == [
        {"kind": "survey", **DEFAULT_CONTENT, "subject": "How was it?", "minutes": 60}
    ]


def test_create_cohort_adds_each_facilitator_once(
    programme: Programme, administrator: User, outsider: User
) -> None:
    cohort = create_cohort(
        programme=programme,
        name="Essex, autumn 2027",
        place="Essex",
        time_zone="Europe/London",
        capacity=24,
        facilitators=[outsider, outsider],
        new_facilitators=[NewFacilitator("New.One@example.org", "New One")],
        by=administrator,
        at=JANUARY,
    )
    members = cohort.memberships.order_by("pk").values_list(
        "user__email", "user__name", "role", "joined_at"
    )
    assert list(members) == [
        ("olly.outsider@example.org", "Olly Grant", "facilitator", JANUARY),
        ("new.one@example.org", "New One", "facilitator", JANUARY),
    ]


def test_create_cohort_is_atomic(
    programme: Programme, plans: list[WorkshopPlan], administrator: User, outsider: User
) -> None:
    outsider.is_active = False
    outsider.save()
    with pytest.raises(ValidationError, match="account is closed"):
        create_cohort(
            programme=programme,
            name="Essex, autumn 2027",
            place="Essex",
            time_zone="Europe/London",
            capacity=24,
            facilitators=[administrator],
            new_facilitators=[NewFacilitator(outsider.email, "Olly")],
            by=administrator,
            at=JANUARY,
        )
    assert (Cohort.objects.count(), Workshop.objects.count(), Membership.objects.count()) == (
        0,
        0,
        0,
    )


# Clashes with a cohort's other workshops


@pytest.mark.parametrize(
    ("position", "day", "words"),
    [
        (2, date(2027, 2, 4), ""),
        (
            2,
            date(2027, 1, 14),
            "Choose a later time. Workshop 1 is not over by then (Thursday 14 January 2027, "
            "9:30am to 1pm).",
        ),
        (
            2,
            date(2027, 2, 25),
            "Choose an earlier time. Workshop 3 starts before this (Thursday 25 February 2027, "
            "9:30am to 1pm).",
        ),
    ],
)
def test_clash_names_conflicting_workshop(position: int, day: date, words: str) -> None:
    others = {1: slot(date(2027, 1, 14)), 3: slot(date(2027, 2, 25))}
    assert clash(position, slot(day), others, LONDON) == words


def test_clash_allows_back_to_back_workshops() -> None:
    morning, afternoon = slot(date(2027, 1, 14)), slot(date(2027, 1, 14), hour=13)
    early = Slot(morning.starts_at, afternoon.starts_at)
    assert clash(2, afternoon, {1: early}, LONDON) == ""
    assert clash(1, early, {2: afternoon}, LONDON) == ""


def test_other_slots_exclude_cancelled_workshops(
    workshops: list[Workshop], administrator: User
) -> None:
    for number, workshop in enumerate(workshops[:3]):
        one = slot(date(2027, 1, 14) + timedelta(weeks=number))
        workshop.arrange(Arrangement(one, "", ""), at=JANUARY)
    workshops[1].cancel(by=administrator, at=JANUARY)
    assert sorted(other_slots(workshops[0])) == [3]


# Saving the dates of workshops


def test_arrange_saves_time_place_and_length(workshops: list[Workshop]) -> None:
    one = Slot(
        local_moment(date(2027, 1, 14), time(9), LONDON),
        local_moment(date(2027, 1, 14), time(12), LONDON),
    )
    workshops[0].arrange(Arrangement(one, "Town Hall", "https://meet.example.org/"), at=JANUARY)
    saved = Workshop.objects.get(pk=workshops[0].pk)
    assert (saved.starts_at, saved.ends_at, saved.scheduled_at) == (
        one.starts_at,
        one.ends_at,
        JANUARY,
    )
    assert (saved.venue, saved.joining_link, saved.length_minutes, saved.version) == (
        "Town Hall",
        "https://meet.example.org/",
        180,
        1,
    )


def test_arrange_raises_version_only_for_new_time(workshops: list[Workshop]) -> None:
    one = slot(date(2027, 1, 14))
    for venue in ("Town Hall", "Library"):
        workshops[0].arrange(Arrangement(one, venue, ""), at=JANUARY)
    assert (workshops[0].version, workshops[0].venue) == (1, "Library")
    later = JANUARY + timedelta(days=1)
    workshops[0].arrange(Arrangement(slot(date(2027, 1, 21)), "", ""), at=later)
    assert (workshops[0].version, workshops[0].scheduled_at) == (2, later)


def test_arrange_without_slot_removes_time(workshops: list[Workshop]) -> None:
    workshops[0].arrange(Arrangement(slot(date(2027, 1, 14)), "", ""), at=JANUARY)
    workshops[0].arrange(Arrangement(None, "Library", ""), at=JANUARY)
    saved = Workshop.objects.get(pk=workshops[0].pk)
    assert (saved.starts_at, saved.ends_at, saved.scheduled_at, saved.venue) == (
        None,
        None,
        None,
        "Library",
    )


def test_update_content_does_not_undo_concurrent_cancellation(
    workshops: list[Workshop], administrator: User
) -> None:
    stale = Workshop.objects.get(pk=workshops[0].pk)
    workshops[0].cancel(by=administrator, at=JANUARY)
    update_content(workshop=stale, content={"title": "Another title"}, by=administrator, at=JANUARY)
    stale.arrange(Arrangement(slot(date(2027, 1, 14)), "", ""), at=JANUARY)
    saved = Workshop.objects.get(pk=stale.pk)
    assert (saved.is_cancelled, saved.title, saved.is_planned) == (True, "Another title", True)


def test_schedule_series_is_atomic(cohort: Cohort, workshops: list[Workshop]) -> None:
    backwards = Slot(slot(date(2027, 2, 4)).ends_at, slot(date(2027, 2, 4)).starts_at)
    arrangements = {
        1: Arrangement(slot(date(2027, 1, 14)), "", ""),
        2: Arrangement(backwards, "", ""),
    }
    with pytest.raises(IntegrityError):
        schedule_series(cohort=cohort, arrangements=arrangements, at=JANUARY)
    assert Workshop.objects.filter(starts_at__isnull=False).count() == 0


def test_schedule_series_leaves_other_workshops_unchanged(
    cohort: Cohort, workshops: list[Workshop]
) -> None:
    arrangements = {2: Arrangement(slot(date(2027, 2, 4)), "Library", "")}
    schedule_series(cohort=cohort, arrangements=arrangements, at=JANUARY)
    dated = (
        cohort.workshops.order_by("position").values_list("position", "venue").filter(version__gt=0)
    )
    assert list(dated) == [(2, "Library")]
