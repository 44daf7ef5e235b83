"""Tests of the pages of “Before and after”."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.before_after.answering import submit
from surveys.before_after.links import COLLEAGUE_LINK, WAVE_LINK
from surveys.before_after.release import release_due_waves
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Hope, Occasion, Wave, WaveBox, WaveReceipt
from tests.lost_keys import lose_keys
from tests.surveys.before_after.conftest import (
    END_CLOSED,
    END_OPEN,
    START_OPEN,
    Answer,
    all_answered,
)
from tests.surveys.before_after.pages import (
    ANSWER_PATH,
    COLLEAGUE_PATH,
    send,
    send_as_colleague,
    start,
    start_as_colleague,
    wave_path,
)
from tests.surveys.conftest import LONG_AGO, Join
from tests.surveys.pages import page
from workshops.models import Workshop

Waves = dict[str, Wave]
HOPE = "That the two surgeries talk."


@pytest.fixture
def member(participant: User, cohort: Cohort) -> Membership:
    Membership.objects.filter(cohort=cohort).update(joined_at=LONG_AGO)
    return Membership.objects.get(user=participant)


@pytest.fixture
def client_of(participant: User) -> Client:
    client = Client()
    client.force_login(participant)
    return client


def signed_in(user: User) -> Client:
    """Return a client that has just signed in. Sessions expire after some weeks."""
    client = Client()
    client.force_login(user)
    return client


def path(cohort: Cohort, name: str = "before_after") -> str:
    return reverse(f"surveys:{name}", args=[cohort.public_id])


def test_wave_is_answered_by_its_link_without_signing_in(
    waves: Waves, member: Membership, cohort: Cohort
) -> None:
    wave, browser = waves[Occasion.START], Client(enforce_csrf_checks=True)
    given = dict.fromkeys(all_answered(4), "4")
    with time_machine.travel(START_OPEN, tick=False):
        first = page(browser, wave_path(wave, member))
        assert "Nobody sees the answers of one person" in first
        assert WaveReceipt.objects.count() == 0
        shown = start(browser, wave, member)
        assert "What would make this programme worth it for you?" in shown
        assert WAVE_LINK.token(wave.public_id, member.public_id) not in shown
        assert WaveReceipt.objects.count() == 0
        response = send(browser, wave, member, given | {"hope": HOPE})
        assert (response.status_code, response["Location"]) == (302, "/before-and-after/thanks/")
        for there in (page(browser, wave_path(wave, member)), start(browser, wave, member)):
            assert "We have your answers, thank you" in there
        again = send(browser, wave, member, given).content.decode()
        assert "We have your answers, thank you" in again
    assert Hope.objects.get().text == HOPE
    assert not browser.cookies


def test_wrong_answers_stay_on_the_page_with_an_error(waves: Waves, member: Membership) -> None:
    wave = waves[Occasion.START]
    with time_machine.travel(START_OPEN, tick=False):
        response = send(Client(), wave, member, {"authority_act": "9", "hope": HOPE})
        assert response.status_code == 200
        assert "Choose a number from 1 to 5." in response.content.decode()
        assert HOPE in response.content.decode()
        empty = send(Client(), wave, member, {}).content.decode()
    assert "Answer at least one question." in empty
    assert WaveReceipt.objects.count() == 0


def test_what_somebody_wrote_is_shown_if_it_came_too_late(waves: Waves, member: Membership) -> None:
    answers = {"authority_act": "3", "hope": HOPE}
    with time_machine.travel(END_OPEN, tick=False):
        shown = send(Client(), waves[Occasion.START], member, answers).content.decode()
    assert "This questionnaire has closed" in shown
    assert HOPE in shown


def test_session_of_a_wave_ends_after_four_hours(waves: Waves, member: Membership) -> None:
    wave, client = waves[Occasion.START], Client()
    with time_machine.travel(START_OPEN, tick=False):
        session = session_in(start(client, wave, member))
    answers = {"session": session, "authority_act": "3", "hope": HOPE}
    with time_machine.travel(START_OPEN + timedelta(hours=4, seconds=1), tick=False):
        shown = client.post(ANSWER_PATH, answers).content.decode()
    assert "Open the link in your e-mail again" in shown
    assert HOPE in shown
    assert "Open the link in your e-mail again" in page(client, ANSWER_PATH)
    assert WaveReceipt.objects.count() == 0


def session_in(shown: str) -> str:
    [found] = re.findall(r'name="session" value="([^"]+)"', shown)
    return str(found)


def test_session_opens_only_what_it_was_made_for(
    waves: Waves, member: Membership, cohort: Cohort
) -> None:
    person = Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
    wave, client = waves[Occasion.START], Client()
    with time_machine.travel(START_OPEN, tick=False):
        session = session_in(start(client, wave, member))
    with time_machine.travel(END_OPEN, tick=False):
        other = session_in(start_as_colleague(client, person))
        for there, token in (
            (ANSWER_PATH, other),
            (COLLEAGUE_PATH, session),
            (ANSWER_PATH, "wrong"),
            (COLLEAGUE_PATH, "wrong"),
        ):
            for name in ("session", "token"):
                assert client.post(there, {name: token, "authority_act": "3"}).status_code == 404


def test_links_that_fit_nothing_are_404(waves: Waves, member: Membership) -> None:
    page(Client(), "/before-and-after/wrong/", 404)
    page(Client(), "/before-and-after/seen/wrong/", 404)
    # The colleagues' wave is not for participants.
    page(Client(), wave_path(waves[Occasion.COLLEAGUES], member), 404)


def test_today_and_the_page_link_to_the_open_wave_until_it_is_answered(
    cohort: Cohort, waves: Waves, member: Membership, client_of: Client
) -> None:
    link, today = wave_path(waves[Occasion.START], member), reverse("home:today")
    with time_machine.travel(START_OPEN, tick=False):
        assert link in page(client_of, today)
        assert link in page(client_of, path(cohort))
        submit(
            wave=waves[Occasion.START],
            membership=member,
            answers=all_answered(2),
            at=START_OPEN,
        )
        assert link not in page(client_of, today)
        assert link not in page(client_of, path(cohort))


def test_hope_is_read_back_to_its_writer_alone_from_the_last_workshop_on(
    cohort: Cohort, waves: Waves, member: Membership, facilitator: User, administrator: User
) -> None:
    Hope.objects.create(author=member.user, cohort=cohort, text=HOPE)
    with time_machine.travel(START_OPEN, tick=False):
        assert HOPE not in page(signed_in(member.user), path(cohort))
    with time_machine.travel(datetime.fromisoformat("2027-04-29T09:00:00+01:00"), tick=False):
        assert HOPE in page(signed_in(member.user), path(cohort))
        for user in (facilitator, administrator):
            assert HOPE not in page(signed_in(user), path(cohort))


def test_page_of_the_last_workshop_reads_it_back_to_its_writer_alone(
    cohort: Cohort,
    series: list[Workshop],
    waves: Waves,
    member: Membership,
    join: Join,
    facilitator: User,
    administrator: User,
) -> None:
    Hope.objects.create(author=member.user, cohort=cohort, text=HOPE)
    last = series[5].get_absolute_url()
    with time_machine.travel(datetime.fromisoformat("2027-04-29T08:59:00+01:00"), tick=False):
        assert HOPE not in page(signed_in(member.user), last)
    with time_machine.travel(datetime.fromisoformat("2027-04-29T09:00:00+01:00"), tick=False):
        assert HOPE in page(signed_in(member.user), last)
        assert HOPE not in page(signed_in(member.user), series[4].get_absolute_url())
        for user in (facilitator, administrator, join(1)[0].user):
            assert HOPE not in page(signed_in(user), last)
        series[5].cancel(by=facilitator, at=START_OPEN)
        assert HOPE not in page(signed_in(member.user), last)


def test_results_are_shown_to_the_cohort_after_the_close(
    cohort: Cohort,
    waves: Waves,
    join: Join,
    answer: Answer,
    participant: User,
    facilitator: User,
) -> None:
    members = join(10)
    for number, one in enumerate(members):
        answer(one, Occasion.START, all_answered(2))
        answer(one, Occasion.END, all_answered(4 if number else 2, then_authority=1))
    release_due_waves(at=END_OPEN)
    with time_machine.travel(END_OPEN + timedelta(hours=1), tick=False):
        before = page(signed_in(participant), path(cohort))
    assert "People are answering until Friday 14 May 2027." in before
    assert "+1.8" not in before
    release_due_waves(at=END_CLOSED)
    with time_machine.travel(END_CLOSED, tick=False):
        shown = page(signed_in(participant), path(cohort))
        staff = page(signed_in(facilitator), path(cohort))
    for text in (shown, staff):
        assert text.count("<strong>+1.8</strong>") == 4
        assert text.count("+1.4 to +2.2") == 4
        assert text.count("9, 1, 0") == 4
        assert "+2.8" in text  # looking back, on one scale
    assert "10 of 11" in staff
    assert "10 of 11" not in shown


def test_too_few_pairs_say_why_nothing_is_shown(
    cohort: Cohort, waves: Waves, join: Join, answer: Answer, participant: User
) -> None:
    for one in join(4):
        for occasion in (Occasion.START, Occasion.END):
            answer(one, occasion, all_answered(3))
    release_due_waves(at=END_CLOSED)
    with time_machine.travel(END_CLOSED, tick=False):
        shown = page(signed_in(participant), path(cohort))
    assert shown.count("Not shown: fewer than five people answered both times") == 4


def name(client: Client, cohort: Cohort, **changes: str) -> str:
    given = {"name": "Chris Webb", "email": "Chris@Example.org", **changes}
    response = client.post(path(cohort, "colleague_edit"), given, follow=True)
    return response.content.decode()


def test_participant_names_changes_and_withdraws_a_colleague(
    cohort: Cohort, waves: Waves, member: Membership, client_of: Client
) -> None:
    with time_machine.travel(START_OPEN, tick=False):
        assert "Nobody is told who you named" in page(client_of, path(cohort, "colleague_edit"))
        assert "You named Chris Webb (chris@example.org)." in name(client_of, cohort)
        first = Colleague.objects.get()
        name(client_of, cohort, name="Chris O’Webb")
        assert Colleague.objects.get().public_id == first.public_id
        name(client_of, cohort, email="sam@example.org")
        second = Colleague.objects.get()
        assert second.public_id != first.public_id
        page(Client(), COLLEAGUE_LINK.path(first.public_id), 404)
        client_of.post(path(cohort, "colleague_withdraw"))
    assert Colleague.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, "Enter their name."),
        ({"email": "chris"}, "Enter an e-mail address, for example chris@example.org."),
        ({"email": "PARTICIPANT@example.org"}, "Enter the address of somebody else."),
    ],
)
def test_wrong_colleagues_are_refused_with_what_was_typed(
    cohort: Cohort,
    waves: Waves,
    member: Membership,
    client_of: Client,
    changes: dict[str, str],
    error: str,
) -> None:
    User.objects.filter(pk=member.user_id).update(email="participant@example.org")
    with time_machine.travel(START_OPEN, tick=False):
        shown = name(client_of, cohort, **changes)
    assert error in shown
    assert next(iter(changes.values())).strip() in shown
    assert Colleague.objects.count() == 0


def test_colleague_answers_by_their_link_without_an_account(
    cohort: Cohort, waves: Waves, member: Membership
) -> None:
    person = Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
    there, browser = COLLEAGUE_LINK.path(person.public_id), Client(enforce_csrf_checks=True)
    with time_machine.travel(START_OPEN, tick=False):
        assert "This questionnaire isn’t open yet" in page(browser, there)
    with time_machine.travel(END_OPEN, tick=False):
        assert "if at least five managers and colleagues answered" in page(browser, there)
        shown = start_as_colleague(browser, person)
        assert "if at least five managers and colleagues answered" in shown
        assert COLLEAGUE_LINK.token(person.public_id) not in shown
        assert shown.count("I haven’t seen this") == 6
        empty = send_as_colleague(browser, person, {}).content.decode()
        assert "Answer at least one question." in empty
        response = send_as_colleague(
            browser, person, {"sight_starts": "5", "sight_tries": "unseen"}
        )
        assert response["Location"] == "/before-and-after/seen/thanks/"
        assert "We have your answers, thank you" in page(browser, there)
    assert not browser.cookies
    with time_machine.travel(END_CLOSED, tick=False):
        Colleague.objects.update(has_answered=False)
        assert "This questionnaire has closed" in page(browser, there)


def test_colleague_cannot_be_named_or_replaced_too_late(
    cohort: Cohort, waves: Waves, member: Membership
) -> None:
    with time_machine.travel(END_CLOSED, tick=False):
        assert "it is too late to ask" in name(signed_in(member.user), cohort)
    Colleague.objects.create(
        membership=member, name="Chris", email="chris@example.org", has_answered=True
    )
    with time_machine.travel(END_OPEN, tick=False):
        assert "it is too late to ask" in name(
            signed_in(member.user), cohort, email="sam@example.org"
        )
    assert Colleague.objects.get().email == "chris@example.org"


def test_two_cohorts_do_not_see_each_other(
    cohort: Cohort, waves: Waves, member: Membership
) -> None:
    other = Cohort.objects.create(programme=cohort.programme, name="Other", place="There")
    follow_features(other, at=LONG_AGO)
    wave = Wave.objects.get(cohort=other, occasion=Occasion.START)
    page(Client(), wave_path(wave, member), 404)


def test_without_the_key_nothing_is_saved_and_the_answers_stay_on_the_page(
    waves: Waves, member: Membership, settings: Settings
) -> None:
    lose_keys(settings)
    with time_machine.travel(START_OPEN, tick=False):
        answers = {"authority_act": "4", "hope": HOPE}
        response = send(Client(), waves[Occasion.START], member, answers)
    assert response.status_code == 503
    assert "Your answers were not saved" in response.content.decode()
    assert HOPE in response.content.decode()
    assert WaveReceipt.objects.count() == 0


def test_page_says_if_answers_cannot_be_decrypted(
    cohort: Cohort, waves: Waves, join: Join, answer: Answer, settings: Settings, facilitator: User
) -> None:
    answer(*join(1), Occasion.START, all_answered(3))
    lose_keys(settings)
    with time_machine.travel(END_OPEN, tick=False):
        release_due_waves(at=END_OPEN)
        shown = page(signed_in(facilitator), path(cohort))
    assert "Some answers can’t be decrypted" in shown
    assert WaveBox.objects.count() == 4
