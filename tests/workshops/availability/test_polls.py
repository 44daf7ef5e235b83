"""Availability polls: answers, pages and visibility."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from tests.people import signed_in
from tests.workshops.poll_helpers import (
    ASKED,
    CLOSES,
    DAY,
    HOUR,
    TUESDAY,
    Join,
    open_poll,
    save_answer,
)
from workshops.availability import polls
from workshops.availability.polls import ANSWER_LINK, members_by_id, summarise_unavailable
from workshops.forms.availability import half_day_value
from workshops.models import AvailabilityAnswer, AvailabilityPoll, ClosedDays, Workshop
from workshops.planning.constraints import unavailable_half_days
from workshops.times import HalfDay


@pytest.fixture
def poll(cohort: Cohort) -> AvailabilityPoll:
    return open_poll(cohort)


# How answers to a poll are saved and counted


def test_answer_replaces_previous_answer(
    poll: AvailabilityPoll, join: Join, cohort: Cohort
) -> None:
    amina = join("Amina")
    save_answer(poll, amina, (TUESDAY, HalfDay.MORNING), (TUESDAY, HalfDay.AFTERNOON))
    save_answer(poll, amina, (TUESDAY, HalfDay.AFTERNOON), (date(2020, 1, 1), HalfDay.MORNING))
    assert AvailabilityAnswer.objects.count() == 1
    assert unavailable_half_days(cohort, TUESDAY) == {
        (TUESDAY, HalfDay.AFTERNOON): frozenset({amina.pk})
    }


def test_closed_poll_refuses_answer(poll: AvailabilityPoll, join: Join) -> None:
    assert not save_answer(poll, join("Amina"), at=CLOSES)
    assert not AvailabilityAnswer.objects.exists()


def test_cohort_has_one_open_poll(poll: AvailabilityPoll, cohort: Cohort) -> None:
    fields: dict[str, Any] = {"cohort": cohort, "by": None, "first": TUESDAY, "last": TUESDAY}
    fields |= {"weekdays": [1], "halves": ["morning"], "closes_at": CLOSES + 9 * DAY}
    assert polls.open_poll(at=ASKED, **fields) is None
    new_poll = polls.open_poll(at=CLOSES, **fields)
    assert new_poll
    assert AvailabilityPoll.objects.get(closed_at=None) == new_poll


def test_unavailable_people_are_counted_by_sector_and_named_to_facilitators(
    join: Join, cohort: Cohort
) -> None:
    amina, dev = join("Amina"), join("Dev")
    charity = Organisation(name="Tyne Food", sector=Sector.VOLUNTARY)
    charity.full_clean()
    charity.save()
    Membership.objects.filter(pk=dev.pk).update(organisation=charity)
    members = members_by_id(cohort)
    summary = summarise_unavailable({amina.pk, dev.pk, 0}, members, named=True)
    assert (summary.count, summary.sectors, summary.names) == (
        2,
        (("public", 1), ("voluntary", 1)),
        ("Amina", "Dev"),
    )
    assert summarise_unavailable({dev.pk}, members, named=False).names == ()


# The pages of polls


@pytest.fixture
def now() -> Any:
    with time_machine.travel(ASKED + HOUR, tick=False):
        yield


def poll_url(cohort: Cohort, name: str = "poll") -> str:
    return reverse(f"workshops:availability_{name}", args=[cohort.public_id])


FORM_DATA = {
    "first": "2027-05-04",
    "last": "2027-06-03",
    "weekdays": ["1", "2"],
    "halves": ["morning"],
    "answer_by": "2027-03-31",
}


@pytest.mark.usefixtures("now")
def test_poll_form_shows_recipients_and_opens_only_one_poll(
    facilitator: User, cohort: Cohort, join: Join
) -> None:
    Membership.objects.update(joined_at=ASKED - DAY)
    join("Amina")
    join("Gone", left_at=ASKED - DAY)
    client = signed_in(facilitator)
    shown = client.get(poll_url(cohort))
    assert shown.context["would_be_asked"] == ["Amina", "Ruth Okafor"]
    assert not AvailabilityPoll.objects.exists()
    done = client.post(poll_url(cohort), FORM_DATA, follow=True)
    assert "2 people will get an e-mail." in done.content.decode()
    assert AvailabilityPoll.objects.get().closes_at == CLOSES
    again = client.post(poll_url(cohort), FORM_DATA, follow=True)
    assert "A poll is already open." in again.content.decode()
    assert AvailabilityPoll.objects.count() == 1


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first": "2027-03-18"}, "Enter a date after today."),
        ({"first": "2027-02-31"}, "Enter a real date, for example 18/03/2027."),
        ({"last": "2027-05-03"}, "Enter a date on or after the first day."),
        ({"last": "2027-11-02"}, "Enter an earlier date. A poll can cover up to 26 weeks."),
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"halves": []}, "Choose mornings, afternoons or both."),
        (
            {"last": "2027-05-04", "weekdays": ["0"]},
            "Choose a day of the week that falls within these dates.",
        ),
        ({"answer_by": "2027-03-17"}, "Enter today’s date or a later one."),
        (
            {"answer_by": "2027-04-15"},
            "Enter Wednesday 14 April 2027 or an earlier date. A poll can be open for up to four "
            "weeks.",
        ),
        (
            {
                "last": "2027-10-30",
                "weekdays": ["0", "1", "2", "3"],
                "halves": ["morning", "afternoon"],
            },
            "Enter an earlier date, or choose fewer days or halves. This is 202 half days, and a "
            "poll can"
            " have up to 150.",
        ),
    ],
)
def test_poll_form_shows_field_errors(
    facilitator_client: Client, cohort: Cohort, typed: dict[str, Any], sentence: str
) -> None:
    page = facilitator_client.post(poll_url(cohort), {**FORM_DATA, **typed})
    assert list(page.context["form"].errors.values()) == [[sentence]]
    assert not AvailabilityPoll.objects.exists()


@pytest.mark.usefixtures("now")
def test_poll_form_defaults_are_valid(
    facilitator_client: Client, cohort: Cohort, workshops: list[Workshop]
) -> None:
    form = facilitator_client.get(poll_url(cohort)).context["form"]
    first, last = form.initial["first"], form.initial["last"]
    assert (first.weekday(), last.weekday(), (last - first).days // 7) == (0, 4, 17)
    typed = dict(form.initial)
    assert facilitator_client.post(poll_url(cohort), typed).status_code == 302


@pytest.mark.usefixtures("now")
def test_poll_form_default_range_covers_proposed_dates(
    facilitator_client: Client, cohort: Cohort, workshops: list[Workshop]
) -> None:
    ClosedDays.objects.create(
        cohort=cohort, kind="school", name="Summer", first="2027-05-24", last="2027-07-02"
    )
    plan = facilitator_client.get(reverse("workshops:series_plan", args=[cohort.public_id]))
    days = [row.slot.starts_at.date() for row in plan.context["rows"]]
    initial = facilitator_client.get(poll_url(cohort)).context["form"].initial
    assert len(days) == len(workshops)
    assert initial["first"] <= days[0] < days[-1] <= initial["last"]


@pytest.mark.usefixtures("now")
def test_member_answers_poll_signed_in(
    poll: AvailabilityPoll, cohort: Cohort, participant: User
) -> None:
    client, there = signed_in(participant), poll_url(cohort, "answer")
    assert "Thursday" not in client.get(there).content.decode().split("<form")[1]
    done = client.post(there, {"unavailable": ["2027-05-04-morning"]}, follow=True)
    assert 'value="2027-05-04-morning" checked' in done.content.decode()
    nothing = client.post(there, {})
    assert nothing.context["form"].non_field_errors() == [
        "Tap the half days that you can’t make, or choose “I can make all of these”."
    ]
    both = client.post(there, {"unavailable": ["2027-05-05-morning"], "makes_all": "on"})
    assert 'value="2027-05-05-morning" checked' in both.content.decode()
    assert AvailabilityAnswer.objects.get().unavailable.count() == 1
    assert client.post(there, {"makes_all": "on"}).status_code == 302
    assert AvailabilityAnswer.objects.get().unavailable.count() == 0


@pytest.mark.usefixtures("now")
def test_private_link_saves_answer_only_on_post(
    poll: AvailabilityPoll, join: Join, client: Client
) -> None:
    there = reverse(
        "workshops:availability_by_link",
        args=[ANSWER_LINK.token(poll.public_id, join("Amina").public_id)],
    )
    assert client.get(there).status_code == 200
    assert not AvailabilityAnswer.objects.exists()
    assert client.post(there, {"unavailable": ["2027-05-04-morning"]}).status_code == 302
    assert AvailabilityAnswer.objects.get().unavailable.get().day == TUESDAY


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("left", 200, "You are no longer in this cohort"),
        ("closed", 200, "This poll has closed"),
        ("forged", 404, "This link doesn’t work"),
    ],
)
def test_unusable_link_shows_explanation(
    poll: AvailabilityPoll,
    join: Join,
    client: Client,
    facilitator: User,
    how: str,
    status: int,
    words: str,
) -> None:
    amina = join("Amina")
    token = ANSWER_LINK.token(poll.public_id, amina.public_id)
    if how == "left":
        amina.leave(by=None, at=ASKED)
    elif how == "closed":
        poll.close(by=facilitator, at=ASKED)
    else:
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    there = reverse("workshops:availability_by_link", args=[token])
    for page in (client.get(there), client.post(there, {"unavailable": ["2027-05-04-morning"]})):
        assert (page.status_code, words in page.content.decode()) == (status, True)
        assert ("Go to Today" in page.content.decode()) is (status == 200)
    assert not AvailabilityAnswer.objects.exists()


@pytest.mark.usefixtures("now")
def test_results_show_names_only_to_facilitators(
    poll: AvailabilityPoll, join: Join, facilitator: User, administrator: User, cohort: Cohort
) -> None:
    save_answer(poll, join("Amina Rahman"), (TUESDAY, HalfDay.MORNING))
    shown = {
        user.name: signed_in(user).get(poll_url(cohort)).content.decode()
        for user in (facilitator, administrator)
    }
    assert ["Amina Rahman" in page for page in shown.values()] == [True, False]
    assert all("Tuesday 4 May, morning" in page and "1 can’t" in page for page in shown.values())


@pytest.mark.usefixtures("now")
def test_members_without_an_answer_are_named_only_to_facilitators(
    poll: AvailabilityPoll, join: Join, facilitator: User, administrator: User, cohort: Cohort
) -> None:
    save_answer(poll, join("Amina Rahman"))
    join("Bryn Hughes")
    shown = {
        user.name: signed_in(user).get(poll_url(cohort)).content.decode()
        for user in (facilitator, administrator)
    }
    assert ["Bryn Hughes" in page for page in shown.values()] == [True, False]
    assert ["2 people have not answered" in page for page in shown.values()] == [True, False]
    assert all("1 of 3 answered" in " ".join(page.split()) for page in shown.values())


def test_poll_leaves_out_days_that_are_closed_when_it_opens(cohort: Cohort) -> None:
    ClosedDays.objects.create(
        kind=ClosedDays.Kind.SCHOOL,
        name="Half-term",
        first=date(2027, 6, 1),
        last=date(2027, 6, 4),
        cohort=cohort,
    )
    poll = open_poll(
        cohort, first=date(2027, 5, 31), last=date(2027, 6, 8), weekdays=[0, 1], halves=["morning"]
    )
    # Monday 31 May is a bank holiday, and Tuesday 1 June is in the half-term.
    days = [(date(2027, 6, 7), HalfDay.MORNING), (date(2027, 6, 8), HalfDay.MORNING)]
    assert poll.half_days() == days
    ClosedDays.objects.all().delete()
    assert AvailabilityPoll.objects.get().half_days() == days


@pytest.mark.usefixtures("now")
def test_answer_page_says_when_the_poll_closes_and_what_was_answered(
    poll: AvailabilityPoll, participant: User, cohort: Cohort
) -> None:
    client = signed_in(participant)
    url = poll_url(cohort, "answer")
    page = " ".join(client.get(url).content.decode().split())
    assert "until 11:59pm on Wednesday 31 March 2027." in page
    answer = {"unavailable": [half_day_value(TUESDAY, "morning")]}
    page = " ".join(client.post(url, answer, follow=True).content.decode().split())
    assert "<li>Tuesday 4 May, morning</li>" in page


@pytest.mark.usefixtures("now")
def test_closing_requires_post_and_retains_answers(
    poll: AvailabilityPoll, join: Join, facilitator: User, cohort: Cohort
) -> None:
    save_answer(poll, join("Amina"), (TUESDAY, HalfDay.MORNING))
    client = signed_in(facilitator)
    client.get(poll_url(cohort, "close"))
    assert AvailabilityPoll.objects.get().closed_at is None
    page = client.post(poll_url(cohort, "close"), follow=True).content.decode()
    assert "Tuesday 4 May, morning" in page
    poll.refresh_from_db()
    assert (poll.closed_by, poll.is_open(ASKED + HOUR)) == (facilitator, False)
    assert "No poll is open" in client.post(poll_url(cohort, "close"), follow=True).content.decode()


@pytest.mark.usefixtures("now")
def test_today_shows_poll_until_answered(poll: AvailabilityPoll, participant: User) -> None:
    client = signed_in(participant)
    assert "Tap the half days" in client.get(reverse("home:today")).content.decode()
    save_answer(poll, Membership.objects.get(user=participant))
    assert "Tap the half days" not in client.get(reverse("home:today")).content.decode()


@pytest.mark.usefixtures("now")
def test_results_query_count_is_constant(
    poll: AvailabilityPoll,
    join: Join,
    facilitator_client: Client,
    cohort: Cohort,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    save_answer(poll, join("Person 0"), *poll.half_days()[:1])
    facilitator_client.get(poll_url(cohort))
    with django_assert_num_queries(8) as counted:
        facilitator_client.get(poll_url(cohort))
    for number in range(1, 30):
        save_answer(poll, join(f"Person {number}"), *poll.half_days()[: number % 8])
    with django_assert_num_queries(len(counted)):
        facilitator_client.get(poll_url(cohort))
