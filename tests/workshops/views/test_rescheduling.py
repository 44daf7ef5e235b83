"""The pages that move, cancel and reinstate: what follows is shown first, then all is done in one act."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.people import signed_in
from tests.workshops.changing import at, fresh, text
from workshops.changes.change_log import fingerprint
from workshops.models import (
    AvailabilityAnswer,
    AvailabilityPoll,
    Change,
    ClosedDays,
    Unavailability,
    Workshop,
)
from workshops.register import rsvp

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
ENDS = datetime(2027, 3, 18, 13, tzinfo=UTC)
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
AFTER = STARTS + timedelta(days=1)
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]
Facts = dict[str, str]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    workshops[3].venue = "The Old Fire Station"
    workshops[3].save()
    return schedule(workshops[3], STARTS)


@pytest.fixture
def facts(workshop: Workshop) -> Facts:
    """Thursday 25 March 2027 in the afternoon, before the clocks change, elsewhere."""
    return {
        "day": "2027-03-25",
        "starts": "13:30",
        "ends": "16:30",
        "venue": "Library",
        "link": "",
        "reason": "The fire station is flooded.",
        "kept_because": "",
        "seen": fingerprint([workshop]),
        "step": "do",
    }


# Moving


def test_move_shows_the_form_then_what_follows_then_acts(
    facilitator_client: Client, facilitator: User, workshop: Workshop, facts: Facts, join: Join
) -> None:
    for name in ("Ann Able", "Ben Best"):
        join(name)
    first = facilitator_client.get(at(workshop, "move"))
    assert 'value="2027-03-18"' in text(first)
    look = facilitator_client.post(at(workshop, "move"), facts | {"step": "look"})
    for words in (
        "Move “Power and prejudice”?",
        "Thursday 18 March 2027, 9:30am to 1pm",
        "Thursday 25 March 2027, 1:30pm to 4:30pm",
        "The fire station is flooded.",
        "Moves from Thursday 11 March 2027 at 9am to Thursday 18 March 2027 at 9am, to 2 people.",
        "Moves from Wednesday 17 March 2027 at 9am to Wednesday 24 March 2027 at 9am, to 2 people.",
        "Moves from Thursday 18 March 2027 at 1:30pm to Thursday 25 March 2027 at 5pm.",
    ):
        assert words in text(look)
    assert fresh(workshop).arrangement == workshop.arrangement
    response = facilitator_client.post(at(workshop, "move"), facts)
    assert response.headers["Location"] == workshop.get_absolute_url()
    kept, change = fresh(workshop), workshop.changes.get(kind=Change.Kind.MOVED)
    assert (kept.starts_at, kept.ends_at, kept.venue, kept.length_minutes) == (
        datetime(2027, 3, 25, 13, 30, tzinfo=UTC),
        datetime(2027, 3, 25, 16, 30, tzinfo=UTC),
        "Library",
        180,
    )
    assert (kept.version, kept.sequence, kept.scheduled_at) == (2, 2, NOW)
    assert (
        change.by,
        change.at,
        change.reason,
        change.sequence,
        change.starts_before,
        change.venue_before,
    ) == (
        facilitator,
        NOW,
        "The fire station is flooded.",
        2,
        STARTS,
        "The Old Fire Station",
    )


def test_move_says_whom_it_asks_again(
    facilitator_client: Client, workshop: Workshop, facts: Facts, join: Join
) -> None:
    for name, answer in (("Ann", "coming"), ("Ben", "coming"), ("Cid", "apologies")):
        rsvp.save_answer(workshop=workshop, membership=join(name), answer=answer, at=NOW)
    words = "2 said that they would come and 1 sent apologies."
    look = facts | {"step": "look"}
    assert words in text(facilitator_client.post(at(workshop, "move"), look))
    elsewhere = look | {"day": "2027-03-18", "starts": "09:30", "ends": "13:00"}
    response = facilitator_client.post(at(workshop, "move"), elsewhere)
    assert "Another place for “Power and prejudice”?" in text(response)
    assert "sent apologies" not in text(response)


def test_move_back_keeps_all_that_was_typed(
    facilitator_client: Client, workshop: Workshop, facts: Facts
) -> None:
    typed = facts | {"step": "back", "kept_because": "No other week"}
    form = facilitator_client.post(at(workshop, "move"), typed).context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        name: typed[name] for name in form.fields
    }
    assert fresh(workshop).arrangement == workshop.arrangement


def test_move_sets_a_first_date_and_takes_it_away(
    facilitator_client: Client, workshops: list[Workshop], facts: Facts
) -> None:
    one = workshops[4]
    first = facts | {"seen": fingerprint([one])}
    assert "Set the date" in text(facilitator_client.get(at(one, "move")))
    assert "Set the date of “Learning by trying”?" in text(
        facilitator_client.post(at(one, "move"), first | {"step": "look"})
    )
    facilitator_client.post(at(one, "move"), first)
    assert fresh(one).is_planned
    undated = first | {"day": "", "starts": "", "ends": "", "seen": fingerprint([fresh(one)])}
    look = facilitator_client.post(at(one, "move"), undated | {"step": "look"})
    assert "Take the date of “Learning by trying” away?" in text(look)
    assert "Date to be agreed" in text(look)
    facilitator_client.post(at(one, "move"), undated)
    assert (fresh(one).slot, [change.kind for change in one.changes.all()]) == (
        None,
        ["planned", "undated"],
    )


def test_move_of_what_is_the_same_says_so(
    facilitator_client: Client, workshop: Workshop, facts: Facts
) -> None:
    same = {"day": "2027-03-18", "starts": "09:30", "ends": "13:00", "venue": workshop.venue}
    response = facilitator_client.post(at(workshop, "move"), facts | same | {"step": "look"})
    assert "This is when and where it is already." in text(response)


def test_move_of_a_held_workshop_corrects_it_and_sends_nothing(
    facilitator_client: Client,
    workshop: Workshop,
    facts: Facts,
    join: Join,
    now: time_machine.Traveller,
) -> None:
    join("Ann")
    now.move_to(AFTER)
    assert "Give it another date only if" in text(facilitator_client.get(at(workshop, "move")))
    undated = facts | {"day": "", "starts": "", "ends": ""}
    form = facilitator_client.post(at(workshop, "move"), undated).context["form"]
    assert form.errors == {"day": ["This workshop has begun, so it keeps a date."]}
    corrected = facts | {"day": "2027-03-17"}
    look = facilitator_client.post(at(workshop, "move"), corrected | {"step": "look"})
    assert "Something is against this date" not in text(look)
    facilitator_client.post(at(workshop, "move"), corrected)
    assert fresh(workshop).starts_at == datetime(2027, 3, 17, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"day": "2027-04-31"}, "day", "Write a date that exists, such as 18/03/2027."),
        (
            {"day": "", "venue": "x"},
            "day",
            "Choose the date as well, or leave the times empty too.",
        ),
        ({"ends": "13:00"}, "ends", "It must end after it starts, on the same day."),
        ({"ends": "25:00"}, "ends", "Write a time such as 09:30."),
        ({"link": "javascript:alert(1)"}, "link", "Write a link that begins with https://."),
        (
            {"day": "2027-03-28", "starts": "01:30"},
            "starts",
            "The clocks go forward: there is no 1:30am on Sunday 28 March 2027. Choose another time.",
        ),
        (
            {"day": "2027-10-31", "starts": "01:30"},
            "starts",
            "The clocks go back: 1:30am on Sunday 31 October 2027 comes twice that night. Choose another time.",
        ),
        ({"reason": "x" * 10_000}, "reason", "Shorten this to 500 characters; it has 10000."),
        ({"venue": "x" * 10_000}, "venue", "Shorten this to 300 characters; it has 10000."),
        (
            {"day": "2027-02-25"},
            "day",
            "Workshop 3 isn’t over by then: it is on Thursday 25 February 2027, 1pm to 4:30pm. Choose a later time.",
        ),
        (
            {"day": "2027-04-16"},
            "day",
            "Workshop 5 has begun by then: it is on Thursday 15 April 2027, 10am to 1:30pm."
            " Choose an earlier time.",
        ),
    ],
)
@pytest.mark.parametrize("step", ["look", "do"])
def test_move_says_what_is_wrong_and_keeps_what_was_typed(
    facilitator_client: Client,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
    facts: Facts,
    wrong: Facts,
    field: str,
    words: str,
    step: str,
) -> None:
    schedule(workshops[2], datetime(2027, 2, 25, 13, 0, tzinfo=UTC))
    schedule(workshops[4], datetime(2027, 4, 15, 9, 0, tzinfo=UTC))
    response = facilitator_client.post(at(workshop, "move"), facts | wrong | {"step": step})
    form = response.context["form"]
    assert dict(form.errors)[field] == [words]
    typed = {name: value for name, value in (facts | wrong).items() if name in form.fields}
    assert {name: form[name].value() for name in typed} == typed
    assert fresh(workshop).sequence == 1


@pytest.mark.parametrize("nonsense", ["\0", "a\0b", "\u202e", "9" * 500])
def test_move_survives_nonsense(
    facilitator_client: Client, workshop: Workshop, facts: Facts, nonsense: str
) -> None:
    for field in facts:
        for part in ("move", "cancel", "reinstate"):
            response = facilitator_client.post(at(workshop, part), facts | {field: nonsense})
            assert response.status_code in (200, 302)


# What is against a date


def test_move_onto_a_closed_day_is_kept_with_a_reason_only(
    facilitator_client: Client, workshop: Workshop, facts: Facts
) -> None:
    ClosedDays.objects.create(
        kind=ClosedDays.Kind.HOST,
        name="Stocktaking",
        first=date(2027, 3, 25),
        last=date(2027, 3, 25),
    )
    look = facilitator_client.post(at(workshop, "move"), facts | {"step": "look"})
    assert "Closed (Stocktaking)" in text(look)
    assert "Keep it all the same, because…" in text(look)
    refused = facilitator_client.post(at(workshop, "move"), facts)
    assert refused.context["form"].errors == {
        "kept_because": ["Say why it is kept all the same, or choose another date."]
    }
    assert "Move “Power and prejudice”?" in text(refused)
    facilitator_client.post(
        at(workshop, "move"), facts | {"kept_because": "The hall is open to us."}
    )
    assert (fresh(workshop).venue, fresh(workshop).kept_because) == (
        "Library",
        "The hall is open to us.",
    )
    page = text(facilitator_client.get(workshop.get_absolute_url()))
    assert "<b>Kept on this date:</b> The hall is open to us." in page


def test_why_it_is_kept_stays_with_the_date_and_goes_with_it(
    facilitator_client: Client, workshop: Workshop, facts: Facts
) -> None:
    past = facts | {"day": "2027-01-07", "kept_because": "It was held then."}
    facilitator_client.post(at(workshop, "move"), past)
    assert fresh(workshop).kept_because == "It was held then."
    elsewhere = past | {"venue": "Hall", "kept_because": "", "seen": fingerprint([fresh(workshop)])}
    facilitator_client.post(at(workshop, "move"), elsewhere)
    assert (fresh(workshop).venue, fresh(workshop).kept_because) == ("Hall", "It was held then.")
    facilitator_client.post(at(workshop, "move"), facts | {"seen": fingerprint([fresh(workshop)])})
    assert (fresh(workshop).starts_at, fresh(workshop).kept_because) == (
        datetime(2027, 3, 25, 13, 30, tzinfo=UTC),
        "",
    )


def test_move_says_that_a_facilitator_is_taken(
    facilitator_client: Client,
    facilitator: User,
    other_facilitator: User,
    workshop: Workshop,
    facts: Facts,
    schedule: Schedule,
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=elsewhere, user=facilitator, role=Membership.Role.FACILITATOR)
    schedule(
        Workshop.objects.create(cohort=elsewhere, position=1, title="Elsewhere"),
        datetime(2027, 3, 25, 14, tzinfo=UTC),
    )
    look = facilitator_client.post(at(workshop, "move"), facts | {"step": "look"})
    assert "Ruth Okafor facilitates in Essex that afternoon" in text(look)


def test_move_says_who_cannot_make_it(
    facilitator_client: Client,
    administrator_client: Client,
    facilitator: User,
    cohort: Cohort,
    workshop: Workshop,
    facts: Facts,
    join: Join,
) -> None:
    poll = AvailabilityPoll.objects.create(
        cohort=cohort,
        first=date(2027, 3, 1),
        last=date(2027, 3, 31),
        weekdays=[3],
        halves=["morning", "afternoon"],
        asked_at=NOW,
        asked_by=facilitator,
        closes_at=NOW + timedelta(days=7),
    )
    answer = AvailabilityAnswer.objects.create(
        poll=poll, membership=join("Ann Able"), answered_at=NOW
    )
    Unavailability.objects.create(answer=answer, day=date(2027, 3, 25), half="afternoon")
    look = facts | {"step": "look"}
    for client, names in ((facilitator_client, True), (administrator_client, False)):
        page = text(client.post(at(workshop, "move"), look))
        assert "1 person has said that they can’t make it then" in page
        assert ("Who can’t make it" in page) is names


# Twice, and two at once


def test_a_second_click_moves_nothing(
    facilitator_client: Client, workshop: Workshop, facts: Facts, now: time_machine.Traveller
) -> None:
    facilitator_client.post(at(workshop, "move"), facts)
    now.shift(1)
    response = facilitator_client.post(at(workshop, "move"), facts, follow=True)
    assert "“Power and prejudice” is moved already." in text(response)
    assert (fresh(workshop).sequence, workshop.changes.count()) == (2, 2)


def test_the_second_facilitator_is_told_what_the_first_did(
    facilitator_client: Client,
    second: User,
    workshop: Workshop,
    facts: Facts,
    now: time_machine.Traveller,
) -> None:
    facilitator_client.post(at(workshop, "move"), facts)
    now.shift(300)
    other = facts | {
        "day": "2027-04-01",
        "venue": "Town hall",
        "reason": "The mayor wants to come.",
    }
    client = signed_in(second)
    response = client.post(at(workshop, "move"), other)
    assert (
        "Ruth Okafor moved “Power and prejudice” from Thursday 18 March 2027, 9:30am to 1pm to Thursday 25 March 2027,"
        " 1:30pm to 4:30pm, Library, 5 minutes ago: “The fire station is flooded.”"
    ) in text(response)
    form = response.context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        name: other[name] for name in form.fields
    }
    assert (fresh(workshop).venue, fresh(workshop).sequence) == ("Library", 2)
    # Who has read it may go on.
    client.post(at(workshop, "move"), other | {"seen": response.context["seen"]})
    assert (fresh(workshop).venue, fresh(workshop).sequence) == ("Town hall", 3)


def test_who_only_looks_is_told_too(
    facilitator_client: Client, second: User, workshop: Workshop, facts: Facts
) -> None:
    workshop.cancel(by=second, at=NOW, reason="Snow")
    response = facilitator_client.post(at(workshop, "move"), facts | {"step": "look"})
    assert "Tom Sallow cancelled “Power and prejudice”, just now: “Snow”" in text(response)


def test_the_same_move_by_another_is_told(
    facilitator_client: Client, second: User, workshop: Workshop, facts: Facts
) -> None:
    signed_in(second).post(at(workshop, "move"), facts)
    response = facilitator_client.post(at(workshop, "move"), facts, follow=True)
    assert "is moved already. Tom Sallow moved “Power and prejudice” from" in text(response)
    assert workshop.changes.count() == 2


# Who sees what was changed


def test_only_conveners_read_what_was_changed(
    facilitator_client: Client, participant_client: Client, workshop: Workshop, facts: Facts
) -> None:
    facilitator_client.post(
        at(workshop, "move"), facts | {"day": "2027-01-07", "kept_because": "Held then."}
    )
    for client, reads in ((facilitator_client, True), (participant_client, False)):
        page = text(client.get(workshop.get_absolute_url()))
        assert (
            "What was changed" in page,
            "Kept on this date" in page,
            "moved “Power" in page,
        ) == (reads,) * 3
