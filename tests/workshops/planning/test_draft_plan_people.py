"""The plan page with answers to a poll: unavailable people, and dates that most people can make."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import JANUARY
from workshops.availability import polls
from workshops.models import AvailabilityPoll, Workshop
from workshops.times import HalfDay

RECURRENCE = {"first": "2027-03-04", "weeks": "3", "half_day": "morning", "propose": ""}


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def url(cohort: Cohort, workshops: list[Workshop]) -> str:
    return f"/cohorts/{cohort.public_id}/plan/"


@pytest.fixture
def members(cohort: Cohort, facilitator: User, participant: User) -> list[Membership]:
    """The cohort's members, who joined 30 days ago, and are therefore asked by the poll."""
    cohort.memberships.update(joined_at=JANUARY - timedelta(days=30))
    return list(cohort.memberships.order_by("pk"))


@pytest.fixture
def poll(cohort: Cohort, facilitator: User, members: list[Membership]) -> AvailabilityPoll:
    """A poll about Thursday and Friday mornings from March to July."""
    opened = polls.open_poll(
        cohort=cohort,
        first=date(2027, 3, 1),
        last=date(2027, 7, 31),
        weekdays=[3, 4],
        halves=["morning"],
        closes_at=JANUARY + timedelta(days=7),
        by=facilitator,
        at=JANUARY,
    )
    assert opened is not None
    return opened


AnswerPoll = Callable[..., bool]


@pytest.fixture
def answer_poll(poll: AvailabilityPoll) -> AnswerPoll:
    def answer_poll(membership: Membership, *days: date) -> bool:
        cannot = [(day, HalfDay.MORNING) for day in days]
        return polls.save_answer(poll=poll, membership=membership, unavailable=cannot, at=JANUARY)

    return answer_poll


def test_unavailable_people_are_named_only_to_facilitators(
    facilitator_client: Client,
    administrator_client: Client,
    url: str,
    members: list[Membership],
    answer_poll: AnswerPoll,
) -> None:
    answer_poll(members[1], date(2027, 3, 25))
    for client, is_named in ((facilitator_client, True), (administrator_client, False)):
        page = client.post(url, RECURRENCE)
        unavailable = page.context["rows"][1].unavailable
        assert (unavailable.count, unavailable.sectors) == (1, (("public", 1),))
        assert unavailable.names == (("Amina Rahman",) if is_named else ())
        assert ("Amina Rahman" in page.content.decode()) is is_named
        assert "1 can’t make it" in page.content.decode()


def test_everyone_is_free_is_shown_only_when_all_were_asked_and_answered(
    facilitator_client: Client,
    url: str,
    members: list[Membership],
    poll: AvailabilityPoll,
    answer_poll: AnswerPoll,
) -> None:
    assert "who answered" not in facilitator_client.post(url, RECURRENCE).content.decode()
    answer_poll(members[1], date(2027, 3, 25))
    some = facilitator_client.post(url, RECURRENCE).content.decode()
    assert ("Everyone is free" in some, some.count("Free: 1 of 1 who answered")) == (False, 5)
    answer_poll(members[0])
    everybody = facilitator_client.post(url, RECURRENCE)
    assert everybody.content.decode().count("Everyone is free") == 5
    afternoon = facilitator_client.post(url, RECURRENCE | {"half_day": "afternoon"})
    assert "Everyone is free" not in afternoon.content.decode()


def test_dates_move_for_unavailable_people_only_when_chosen(
    facilitator_client: Client, url: str, members: list[Membership], answer_poll: AnswerPoll
) -> None:
    answer_poll(members[1], date(2027, 3, 25))
    stays = facilitator_client.post(url, RECURRENCE)
    moves = facilitator_client.post(url, RECURRENCE | {"keep_clear": ["people"]})
    assert stays.context["rows"][1].fields["day"].value() == "2027-03-25"
    assert moves.context["rows"][1].fields["day"].value() == "2027-04-01"
    assert moves.context["rows"][1].why == "Moved one week: 1 person can’t make 25 March"


def test_optimise_proposes_best_dates_and_retains_other_input(
    facilitator_client: Client,
    url: str,
    members: list[Membership],
    poll: AvailabilityPoll,
    answer_poll: AnswerPoll,
) -> None:
    assert 'name="optimise"' not in facilitator_client.get(url).content.decode()
    thursdays = [day for day, _ in poll.half_days() if day.weekday() == 3]
    answer_poll(members[1], *thursdays)
    typed = RECURRENCE | {"2-venue": "Library", "optimise": ""}
    page = facilitator_client.post(url, typed)
    days = [date.fromisoformat(row.fields["day"].value()) for row in page.context["rows"]]
    assert [day.weekday() for day in days] == [4] * 6
    assert days == sorted(days)
    assert [row.unavailable.count for row in page.context["rows"]] == [0] * 6
    assert page.context["rows"][0].why == "1 more person can make it than on 4 March"
    assert all(row.why for row in page.context["rows"])
    assert page.context["form"]["2-venue"].value() == "Library"
    assert 'name="optimise"' in page.content.decode()


def test_optimise_without_complete_set_shows_error_and_retains_dates(
    facilitator_client: Client,
    url: str,
    members: list[Membership],
    poll: AvailabilityPoll,
    answer_poll: AnswerPoll,
) -> None:
    AvailabilityPoll.objects.update(last=date(2027, 3, 20))
    answer_poll(members[1])
    page = facilitator_client.post(url, RECURRENCE | {"1-day": "2027-03-05", "optimise": ""})
    assert page.context["recurrence"].errors == {
        "first": [
            "The half days in the poll do not contain a complete set of dates."
            " Ask people about more half days."
        ]
    }
    assert page.context["form"]["1-day"].value() == "2027-03-05"


def test_facilitators_own_answer_is_a_clash_without_a_name(
    facilitator_client: Client,
    administrator_client: Client,
    facilitator: User,
    url: str,
    cohort: Cohort,
    answer_poll: AnswerPoll,
) -> None:
    answer_poll(cohort.memberships.get(user=facilitator), date(2027, 3, 25))
    keep_clear = {"keep_clear": ["facilitators"]}
    page = facilitator_client.post(url, RECURRENCE | keep_clear)
    assert [str(row.fields["day"].value()) for row in page.context["rows"]][:2] == [
        "2027-03-04",
        "2027-04-01",
    ]
    assert page.context["rows"][1].why == "Moved one week: a facilitator can’t make it"
    typed = page.context["page"].typed
    chosen = {name: value for name, value in typed.items() if name not in ("propose", "follow")}
    chosen |= {"2-day": "2027-03-25", "confirm": ""}
    for client in (facilitator_client, administrator_client):
        shown = client.post(url, chosen)
        assert shown.context["rows"][1].problems == ("A facilitator can’t make it",)
    assert "Ruth" not in shown.content.decode()
    unticked = facilitator_client.post(url, RECURRENCE | {"keep_clear": []})
    assert str(unticked.context["rows"][1].fields["day"].value()) == "2027-03-25"


def test_calendar_counts_people_who_cannot_make_the_half_day(
    facilitator_client: Client, url: str, members: list[Membership], answer_poll: AnswerPoll
) -> None:
    answer_poll(members[0], date(2027, 3, 25), date(2027, 3, 12))
    answer_poll(members[1], date(2027, 3, 25))
    morning = facilitator_client.post(url, RECURRENCE)
    assert morning.context["unable"] == {date(2027, 3, 25): 2, date(2027, 3, 12): 1}
    afternoon = facilitator_client.post(url, RECURRENCE | {"half_day": "afternoon"})
    assert afternoon.context["unable"] == {}


def test_calendar_marks_each_day_that_a_facilitator_cannot_make(
    facilitator_client: Client,
    url: str,
    facilitator: User,
    members: list[Membership],
    answer_poll: AnswerPoll,
) -> None:
    facilitating = next(one for one in members if one.user_id == facilitator.pk)
    answer_poll(facilitating, date(2027, 3, 12))
    keep_clear = RECURRENCE | {"keep_clear": ["facilitators"]}
    page = facilitator_client.post(url, keep_clear)
    assert page.context["avoided"] == {date(2027, 3, 12): "a facilitator can’t make it"}
    assert facilitator_client.post(url, RECURRENCE).context["avoided"] == {}
    typed = {name: value for name, value in keep_clear.items() if name != "propose"}
    slot = {"1-day": "2027-03-12", "1-starts": "13:30", "1-ends": "17:00"}
    assert facilitator_client.post(url, typed | slot).context["avoided"] == {}
    slot = {"1-day": "2027-03-12", "1-starts": "09:30", "1-ends": "13:00"}
    assert len(facilitator_client.post(url, typed | slot).context["avoided"]) == 1
