"""One survey about two workshops: who is asked and when, and the numbers of its results."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.invitations import survey_audience, surveys_due_for
from surveys.links import SURVEY_LINK
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from surveys.pairs import other_of_pair, set_surveys_every
from surveys.release import release_due
from surveys.results import results_of, results_of_cohort
from surveys.submission import submit
from tests.people import signed_in
from tests.surveys.conftest import CLOSED, ENDS, LONG_AGO, STARTS, Join, make_workshop, mark
from tests.surveys.pages import page, results_path
from tests.surveys.sending import recipients, turn_at, users_of
from workshops.models import Workshop

WEEKS = timedelta(weeks=3)
HALF_AN_HOUR = timedelta(minutes=30)
SOON = timedelta(minutes=31)


@pytest.fixture
def series(cohort: Cohort) -> list[Workshop]:
    """Five workshops, three weeks apart, of a cohort with one survey about two of them."""
    cohort.surveys_every = 2
    cohort.save()
    return [
        make_workshop(
            cohort, place + 1, starts_at=STARTS + place * WEEKS, ends_at=ENDS + place * WEEKS
        )
        for place in range(5)
    ]


def asked(workshop: Workshop) -> set[int]:
    """Return the pks of the members that the workshop's survey is for."""
    return set(survey_audience().filter(pk=workshop.pk).values_list("member_id", flat=True))


def pks(*members: Membership) -> set[int]:
    return {member.pk for member in members}


def cancel(workshop: Workshop) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(cancelled_at=LONG_AGO)


# Who is asked


def test_survey_follows_every_second_workshop_for_those_at_either(
    series: list[Workshop], join: Join
) -> None:
    both, first, second, neither = join(4)
    mark(series[0], both, first)
    mark(series[0], second, neither, as_="absent")
    mark(series[1], both, second)
    mark(series[1], first, neither, as_="absent")

    assert asked(series[0]) == set()
    assert asked(series[1]) == pks(both, first, second)
    # Nobody is marked at the third and fourth workshop yet, so everybody expected is asked.
    assert [len(asked(one)) for one in series[2:]] == [0, 4, 4]


def test_last_survey_is_about_the_last_workshop_alone_if_their_number_is_odd(
    series: list[Workshop], join: Join
) -> None:
    was_there, was_not = join(2)
    mark(series[3], was_not)
    mark(series[4], was_there)
    assert asked(series[4]) == pks(was_there)
    assert other_of_pair(series[4]) is None


def test_workshop_whose_second_is_cancelled_has_a_survey_of_its_own(
    series: list[Workshop], join: Join
) -> None:
    was_there, was_not = join(2)
    mark(series[0], was_there)
    mark(series[0], was_not, as_="absent")
    cancel(series[1])
    assert (asked(series[0]), asked(series[1])) == (pks(was_there), set())


def test_survey_is_about_the_second_alone_if_the_first_is_cancelled(
    series: list[Workshop], join: Join
) -> None:
    was_there, was_not = join(2)
    mark(series[0], was_not)
    mark(series[1], was_there)
    cancel(series[0])
    assert asked(series[1]) == pks(was_there)
    assert other_of_pair(series[1]) is None


def test_without_a_register_at_the_second_those_at_the_first_are_asked_too(
    series: list[Workshop], join: Join
) -> None:
    sent_apologies, expected = join(2)
    mark(series[0], sent_apologies)
    series[1].attendances.create(membership=sent_apologies, answer="apologies", answered_at=ENDS)
    assert asked(series[1]) == pks(sent_apologies, expected)


def test_people_who_have_left_are_not_asked(series: list[Workshop], join: Join) -> None:
    stayed, left = join(2)
    mark(series[0], stayed, left)
    mark(series[1], stayed)
    Membership.objects.filter(pk=left.pk).update(left_at=ENDS + timedelta(days=1))
    assert asked(series[1]) == pks(stayed)


def test_each_workshop_has_its_survey_in_other_cohorts(
    series: list[Workshop], cohort: Cohort, join: Join
) -> None:
    members = join(2)
    mark(series[0], members[0])
    mark(series[1], members[1])
    Cohort.objects.update(surveys_every=1)
    assert [asked(one) for one in series[:2]] == [pks(members[0]), pks(members[1])]


# E-mails, pages and Today


def test_email_and_page_say_that_it_is_about_the_last_two_half_days(
    series: list[Workshop], join: Join, mailoutbox: list[EmailMessage]
) -> None:
    Workshop.objects.filter(pk=series[0].pk).update(title="Who leads here?")
    members = join(3)
    mark(series[0], members[0])
    mark(series[1], members[1], at=ENDS + WEEKS)
    turn_at(ENDS + SOON)
    assert recipients() == set()
    turn_at(ENDS + WEEKS + SOON)
    assert recipients() == users_of(*members[:2])
    about = "about the last two half days: “Who leads here?” and “Trust under strain”."
    mail: Any = mailoutbox[-1]
    assert f"The survey is {about}" in mail.body
    assert "How were the last two half days for you?" in mail.body
    assert about in mail.alternatives[0][0]
    with time_machine.travel(ENDS + WEEKS + timedelta(hours=1)):
        shown = page(Client(), SURVEY_LINK.path(series[1].public_id, members[0].public_id))
    assert f"It is {about}" in shown


def test_today_offers_the_survey_to_those_at_either(series: list[Workshop], join: Join) -> None:
    first, second, neither = join(3)
    mark(series[0], first)
    mark(series[1], second, at=ENDS + WEEKS)

    def due(member: Membership, moment: Any) -> int:
        return len(surveys_due_for(member.user, moment))

    assert [due(one, ENDS + SOON) for one in (first, second, neither)] == [0, 0, 0]
    later = ENDS + WEEKS + SOON
    assert [due(one, later) for one in (first, second, neither)] == [1, 1, 0]


# Results


def test_denominator_counts_those_at_either_once(series: list[Workshop], join: Join) -> None:
    members = join(6)
    mark(series[0], *members[:4])
    mark(series[1], *members[2:5])
    survey = get_or_create_survey(series[1])
    for member in members[:5]:
        at = ENDS + WEEKS + timedelta(days=1)
        submit(survey=survey, membership=member, answers={"worth_time": 4}, at=at)
    later = CLOSED + WEEKS
    release_due(at=later)
    survey.refresh_from_db()

    alone = results_of(survey, later)
    first, second = results_of_cohort(series[0].cohort, later)
    for one in (alone, second):
        assert (one.received, one.attending, one.rate, one.has_survey) == (5, 5, 1.0, True)
    assert (first.received, first.asked, first.rate, first.has_survey) == (0, 0, None, False)
    assert not results_of(Survey.objects.about(series[0]), later).has_survey


def test_page_of_the_first_workshop_says_where_its_feedback_is(
    series: list[Workshop], participant: User
) -> None:
    with time_machine.travel(ENDS + WEEKS + SOON):
        first = page(signed_in(participant), results_path(series[0]))
        second = page(signed_in(participant), results_path(series[1]))
    assert "No survey after this workshop" in first
    assert "This survey is about two half days" in second


# The choice


def every_path(cohort: Cohort) -> str:
    return reverse("surveys:surveys_every_set", args=[cohort.public_id])


def test_small_cohort_is_told_and_can_choose_until_the_first_survey_is_sent(
    facilitator: User, cohort: Cohort, join: Join
) -> None:
    join(7)
    workshop = make_workshop(cohort)
    feedback = reverse("surveys:cohort_feedback", args=[cohort.public_id])
    told = "7 people take part. Results are shown only if 5 people answer"
    todo = "7 people take part: exact feedback results need eight answers"
    with time_machine.travel(STARTS - timedelta(days=1)):
        facilitator_client = signed_in(facilitator)
        assert told in page(facilitator_client, cohort.get_absolute_url())
        assert told in page(facilitator_client, feedback)
        assert todo in page(facilitator_client, reverse("home:today"))
        saved = facilitator_client.post(every_path(cohort), {"every": "2"}, follow=True)
        assert "A survey follows every second workshop" in saved.content.decode()
        assert "Ask after each workshop" in page(facilitator_client, feedback)
        assert todo not in page(facilitator_client, reverse("home:today"))
        facilitator_client.post(every_path(cohort), {"every": "1"})
        cohort.refresh_from_db()
        assert cohort.surveys_every == 1
        get_or_create_survey(workshop)
        assert told not in page(facilitator_client, cohort.get_absolute_url())
        assert todo not in page(facilitator_client, reverse("home:today"))
        refused = facilitator_client.post(every_path(cohort), {"every": "2"}, follow=True)
        assert "how often people are asked can’t change" in refused.content.decode()
    cohort.refresh_from_db()
    assert cohort.surveys_every == 1
    with pytest.raises(ValidationError):
        set_surveys_every(cohort=cohort, every=2)


def test_cohort_of_eight_is_not_told(facilitator: User, cohort: Cohort, join: Join) -> None:
    join(8)
    make_workshop(cohort)
    with time_machine.travel(STARTS - timedelta(days=1)):
        facilitator_client = signed_in(facilitator)
        assert "How often to ask" not in page(facilitator_client, cohort.get_absolute_url())
        assert "exact feedback results" not in page(facilitator_client, reverse("home:today"))


def test_participants_are_neither_told_nor_asked(
    participant_client: Client, participant: User, cohort: Cohort
) -> None:
    for path in (
        cohort.get_absolute_url(),
        reverse("surveys:cohort_feedback", args=[cohort.public_id]),
    ):
        assert "How often to ask" not in page(participant_client, path)
    assert participant_client.post(every_path(cohort), {"every": "2"}).status_code == 403


@pytest.mark.parametrize("every", ["", "0", "3", "two"])
def test_bad_choice_changes_nothing(every: str, facilitator_client: Client, cohort: Cohort) -> None:
    answer = facilitator_client.post(every_path(cohort), {"every": every}, follow=True)
    assert "Choose each workshop or every second workshop." in answer.content.decode()
    cohort.refresh_from_db()
    assert cohort.surveys_every == 1
