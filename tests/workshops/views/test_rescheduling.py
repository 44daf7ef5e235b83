"""The page that moves a workshop, with a preview of the effects."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import FEBRUARY, STARTS
from tests.workshops.changing import move_to_library, planned_fourth, reloaded, text, url_of
from workshops.changes.change_log import sequence_token
from workshops.models import (
    AvailabilityAnswer,
    AvailabilityPoll,
    Change,
    ClosedDays,
    Unavailability,
    Workshop,
)
from workshops.register import rsvp

ENDS = datetime(2027, 3, 18, 13, tzinfo=UTC)
AFTER = STARTS + timedelta(days=1)
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]
FormData = dict[str, str]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(FEBRUARY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return planned_fourth(workshops, schedule)


@pytest.fixture
def form_data(workshop: Workshop) -> FormData:
    return move_to_library(workshop)


# Moving a workshop


def test_move_shows_form_then_preview_then_moves(
    facilitator_client: Client,
    facilitator: User,
    workshop: Workshop,
    form_data: FormData,
    join: Join,
) -> None:
    for name in ("Ann Able", "Ben Best"):
        join(name)
    first = facilitator_client.get(url_of(workshop, "move"))
    assert 'value="2027-03-18"' in text(first)
    look = facilitator_client.post(url_of(workshop, "move"), form_data | {"step": "look"})
    for words in (
        "Move “Power and prejudice”?",
        "Thursday 18 March 2027, 9:30am to 1pm",
        "Thursday 25 March 2027, 1:30pm to 4:30pm",
        "The fire station is flooded.",
        "Moves from Thursday 11 March 2027 at 9am to Thursday 18 March 2027 at 9am. Recipients: 2 "
        "people.",
        "Moves from Wednesday 17 March 2027 at 9am to Wednesday 24 March 2027 at 9am. Recipients: "
        "2 people.",
        "Moves from Thursday 18 March 2027 at 1:30pm to Thursday 25 March 2027 at 5pm.",
    ):
        assert words in text(look)
    assert reloaded(workshop).arrangement == workshop.arrangement
    response = facilitator_client.post(url_of(workshop, "move"), form_data)
    assert response.headers["Location"] == workshop.get_absolute_url()
    saved, change = reloaded(workshop), workshop.changes.get(kind=Change.Kind.MOVED)
    assert (saved.starts_at, saved.ends_at, saved.venue, saved.length_minutes) == (
        datetime(2027, 3, 25, 13, 30, tzinfo=UTC),
        datetime(2027, 3, 25, 16, 30, tzinfo=UTC),
        "Library",
        180,
    )
    assert (saved.version, saved.sequence, saved.scheduled_at) == (2, 2, FEBRUARY)
    assert (
        change.by,
        change.at,
        change.reason,
        change.sequence,
        change.starts_before,
        change.venue_before,
    ) == (
        facilitator,
        FEBRUARY,
        "The fire station is flooded.",
        2,
        STARTS,
        "The Old Fire Station",
    )


def test_move_preview_counts_answers_to_reset(
    facilitator_client: Client, workshop: Workshop, form_data: FormData, join: Join
) -> None:
    for name, answer in (("Ann", "coming"), ("Ben", "coming"), ("Cid", "apologies")):
        rsvp.save_answer(workshop=workshop, membership=join(name), answer=answer, at=FEBRUARY)
    words = "2 people said that they are coming. 1 person sent apologies."
    look = form_data | {"step": "look"}
    assert words in text(facilitator_client.post(url_of(workshop, "move"), look))
    place_only = look | {"day": "2027-03-18", "starts": "09:30", "ends": "13:00"}
    response = facilitator_client.post(url_of(workshop, "move"), place_only)
    assert "Change the place of “Power and prejudice”?" in text(response)
    assert "sent apologies" not in text(response)


def test_move_back_redisplays_input(
    facilitator_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    typed = form_data | {"step": "back", "override_reason": "No other week"}
    form = facilitator_client.post(url_of(workshop, "move"), typed).context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        name: typed[name] for name in form.fields
    }
    assert reloaded(workshop).arrangement == workshop.arrangement


def test_move_sets_first_date_and_removes_it(
    facilitator_client: Client, workshops: list[Workshop], form_data: FormData
) -> None:
    one = workshops[4]
    first = form_data | {"seen": sequence_token([one])}
    assert "Set the date" in text(facilitator_client.get(url_of(one, "move")))
    assert "Set the date of “Learning by trying”?" in text(
        facilitator_client.post(url_of(one, "move"), first | {"step": "look"})
    )
    facilitator_client.post(url_of(one, "move"), first)
    assert reloaded(one).is_planned
    undated = first | {"day": "", "starts": "", "ends": "", "seen": sequence_token([reloaded(one)])}
    look = facilitator_client.post(url_of(one, "move"), undated | {"step": "look"})
    assert "Remove the date of “Learning by trying”?" in text(look)
    assert "Date to be agreed" in text(look)
    facilitator_client.post(url_of(one, "move"), undated)
    assert (reloaded(one).slot, [change.kind for change in one.changes.all()]) == (
        None,
        ["planned", "undated"],
    )


def test_move_without_changes_shows_message(
    facilitator_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    same = {"day": "2027-03-18", "starts": "09:30", "ends": "13:00", "venue": workshop.venue}
    response = facilitator_client.post(
        url_of(workshop, "move"), form_data | same | {"step": "look"}
    )
    assert "You haven’t changed anything." in text(response)


def test_move_corrects_but_does_not_remove_date_of_past_workshop(
    facilitator_client: Client,
    workshop: Workshop,
    form_data: FormData,
    join: Join,
    now: time_machine.Traveller,
) -> None:
    join("Ann")
    now.move_to(AFTER)
    assert "Change its date only if" in text(facilitator_client.get(url_of(workshop, "move")))
    undated = form_data | {"day": "", "starts": "", "ends": ""}
    form = facilitator_client.post(url_of(workshop, "move"), undated).context["form"]
    assert form.errors == {
        "day": ["Enter a date. You can’t remove it after the workshop has begun."]
    }
    corrected = form_data | {"day": "2027-03-17"}
    look = facilitator_client.post(url_of(workshop, "move"), corrected | {"step": "look"})
    assert "This date has a problem" not in text(look)
    facilitator_client.post(url_of(workshop, "move"), corrected)
    assert reloaded(workshop).starts_at == datetime(2027, 3, 17, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"day": "2027-04-31"}, "day", "Enter a real date, for example 18/03/2027."),
        (
            {"day": "", "venue": "x"},
            "day",
            "Enter the date, or leave the times empty too.",
        ),
        ({"ends": "13:00"}, "ends", "Enter an end time after the start time, on the same day."),
        ({"ends": "25:00"}, "ends", "Enter a time, for example 09:30."),
        ({"link": "javascript:alert(1)"}, "link", "Enter a link that starts with https://."),
        (
            {"day": "2027-03-28", "starts": "01:30"},
            "starts",
            "Choose another time. The clocks go forward, so 1:30am does not exist on Sunday 28 "
            "March 2027.",
        ),
        (
            {"day": "2027-10-31", "starts": "01:30"},
            "starts",
            "Choose another time. The clocks go back, so 1:30am happens twice on Sunday 31 "
            "October 2027.",
        ),
        ({"reason": "x" * 10_000}, "reason", "Shorten this to 500 characters; it has 10000."),
        ({"venue": "x" * 10_000}, "venue", "Shorten this to 300 characters; it has 10000."),
        (
            {"day": "2027-02-25"},
            "day",
            "Choose a later time. Workshop 3 is not over by then (Thursday 25 February 2027, 1pm "
            "to 4:30pm).",
        ),
        (
            {"day": "2027-04-16"},
            "day",
            "Choose an earlier time. Workshop 5 starts before this (Thursday 15 April 2027, 10am "
            "to 1:30pm).",
        ),
    ],
)
@pytest.mark.parametrize("step", ["look", "do"])
def test_move_shows_errors_and_redisplays_input(
    facilitator_client: Client,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
    form_data: FormData,
    wrong: FormData,
    field: str,
    words: str,
    step: str,
) -> None:
    schedule(workshops[2], datetime(2027, 2, 25, 13, 0, tzinfo=UTC))
    schedule(workshops[4], datetime(2027, 4, 15, 9, 0, tzinfo=UTC))
    response = facilitator_client.post(url_of(workshop, "move"), form_data | wrong | {"step": step})
    form = response.context["form"]
    assert dict(form.errors)[field] == [words]
    typed = {name: value for name, value in (form_data | wrong).items() if name in form.fields}
    assert {name: form[name].value() for name in typed} == typed
    assert reloaded(workshop).sequence == 1


@pytest.mark.parametrize("nonsense", ["\0", "a\0b", "\u202e", "9" * 500])
def test_move_handles_malformed_input(
    facilitator_client: Client, workshop: Workshop, form_data: FormData, nonsense: str
) -> None:
    for field in form_data:
        for part in ("move", "cancel", "reinstate"):
            response = facilitator_client.post(
                url_of(workshop, part), form_data | {field: nonsense}
            )
            assert response.status_code in (200, 302)


# Problems with the new date


def test_move_onto_closed_day_requires_reason(
    facilitator_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    ClosedDays.objects.create(
        kind=ClosedDays.Kind.HOST,
        name="Stocktaking",
        first=date(2027, 3, 25),
        last=date(2027, 3, 25),
    )
    look = facilitator_client.post(url_of(workshop, "move"), form_data | {"step": "look"})
    assert "Closed (Stocktaking)" in text(look)
    assert "Use this date anyway, because…" in text(look)
    refused = facilitator_client.post(url_of(workshop, "move"), form_data)
    assert refused.context["form"].errors == {
        "override_reason": ["Enter a reason to use this date, or choose another date."]
    }
    assert "Move “Power and prejudice”?" in text(refused)
    facilitator_client.post(
        url_of(workshop, "move"), form_data | {"override_reason": "The hall is open to us."}
    )
    assert (reloaded(workshop).venue, reloaded(workshop).override_reason) == (
        "Library",
        "The hall is open to us.",
    )
    page = text(facilitator_client.get(workshop.get_absolute_url()))
    assert "<b>Reason to keep this date:</b> The hall is open to us." in page


def test_override_reason_is_retained_until_date_changes(
    facilitator_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    past = form_data | {"day": "2027-01-07", "override_reason": "It was held then."}
    facilitator_client.post(url_of(workshop, "move"), past)
    assert reloaded(workshop).override_reason == "It was held then."
    place_only = past | {
        "venue": "Hall",
        "override_reason": "",
        "seen": sequence_token([reloaded(workshop)]),
    }
    facilitator_client.post(url_of(workshop, "move"), place_only)
    assert (reloaded(workshop).venue, reloaded(workshop).override_reason) == (
        "Hall",
        "It was held then.",
    )
    facilitator_client.post(
        url_of(workshop, "move"), form_data | {"seen": sequence_token([reloaded(workshop)])}
    )
    assert (reloaded(workshop).starts_at, reloaded(workshop).override_reason) == (
        datetime(2027, 3, 25, 13, 30, tzinfo=UTC),
        "",
    )


def test_move_preview_shows_facilitators_workshop_in_other_cohort(
    facilitator_client: Client,
    facilitator: User,
    other_facilitator: User,
    workshop: Workshop,
    form_data: FormData,
    schedule: Schedule,
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=elsewhere, user=facilitator, role=Membership.Role.FACILITATOR)
    schedule(
        Workshop.objects.create(cohort=elsewhere, position=1, title="Elsewhere"),
        datetime(2027, 3, 25, 14, tzinfo=UTC),
    )
    look = facilitator_client.post(url_of(workshop, "move"), form_data | {"step": "look"})
    assert "Ruth Okafor facilitates in Essex that afternoon" in text(look)


def test_move_preview_names_unavailable_people_only_to_facilitators(
    facilitator_client: Client,
    administrator_client: Client,
    facilitator: User,
    cohort: Cohort,
    workshop: Workshop,
    form_data: FormData,
    join: Join,
) -> None:
    poll = AvailabilityPoll.objects.create(
        cohort=cohort,
        first=date(2027, 3, 1),
        last=date(2027, 3, 31),
        weekdays=[3],
        halves=["morning", "afternoon"],
        asked_at=FEBRUARY,
        asked_by=facilitator,
        closes_at=FEBRUARY + timedelta(days=7),
    )
    answer = AvailabilityAnswer.objects.create(
        poll=poll, membership=join("Ann Able"), answered_at=FEBRUARY
    )
    Unavailability.objects.create(answer=answer, day=date(2027, 3, 25), half="afternoon")
    look = form_data | {"step": "look"}
    for client, names in ((facilitator_client, True), (administrator_client, False)):
        page = text(client.post(url_of(workshop, "move"), look))
        assert "1 person has said that they can’t make this date" in page
        assert ("Who can’t make it" in page) is names
