"""Tests of the conveners' page, of “Your network”, and of what other pages say about rounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from relationships.answers import leave_list, own_answers, save_answers
from relationships.models import Occasion, Round
from relationships.retention import delete_expired_answers
from tests.lost_keys import lose_keys
from tests.people import signed_in
from tests.relationships.conftest import (
    END_OPEN,
    LATER_CLOSED,
    START_CLOSED,
    START_OPEN,
    START_OPENS,
    Rounds,
    closed,
    finish,
    make_people,
    opened,
)
from tests.relationships.pages import path, send, text_of, without_tokens
from tests.surveys.conftest import LONG_AGO


@pytest.fixture(autouse=True)
def open_now() -> Iterator[None]:
    with time_machine.travel(START_OPEN, tick=False):
        yield


@pytest.fixture
def convener(facilitator: User) -> Client:
    Membership.objects.filter(user=facilitator).update(joined_at=LONG_AGO)
    return signed_in(facilitator)


def test_convener_sees_a_count_and_a_rate_and_no_names(
    convener: Client, start: Round, people: list[Membership]
) -> None:
    for member in people[:3]:
        finish(start, member, {people[5].pk: 4})
    save_answers(one=start, membership=people[4], levels={people[5].pk: 4}, at=START_OPEN)
    page = text_of(convener.get(path("round_list", start)))
    assert "3 of 12 people have answered (25%)." in page
    assert [one.user.name for one in people if one.user.name in page] == []
    leave_list(one=start, membership=people[0], at=START_OPEN)
    assert "2 of 11 people have answered" in text_of(convener.get(path("round_list", start)))


def test_convener_opens_a_round_once(
    convener: Client, rounds: Rounds, people: list[Membership]
) -> None:
    start = rounds[Occasion.START]
    assert "Opens by itself on" in text_of(convener.get(path("round_list", start)))
    for _time in range(2):
        response = convener.post(path("round_open", start, "start"), follow=True)
        assert "Opened. Participants get the e-mail now" in text_of(response)
    assert Round.objects.opened().get().opened_at == START_OPEN
    response = convener.post(path("round_open", start, "end"), follow=True)
    assert "Another round is open" in text_of(response)
    assert convener.post(path("round_open", start, "never")).status_code == 404
    assert convener.get(path("round_open", start, "end")).status_code == 405


def test_roster_of_four_gets_clear_words(convener: Client, rounds: Rounds, cohort: Cohort) -> None:
    make_people(cohort, 4)
    start = rounds[Occasion.START]
    page = text_of(convener.get(path("round_list", start)))
    assert "It can’t open with fewer than five participants" in page
    response = convener.post(path("round_open", start, "start"), follow=True)
    assert "With fewer than five participants" in text_of(response)
    assert not Round.objects.opened().exists()


def test_missed_round_says_so(convener: Client, cohort: Cohort, rounds: Rounds) -> None:
    Round.objects.update(made_at=END_OPEN)
    page = text_of(convener.get(path("round_list", rounds[Occasion.START])))
    assert "It doesn’t open by itself any more" in page


def test_lost_key_is_said_to_conveners(
    facilitator: User, start: Round, people: list[Membership], settings: Settings
) -> None:
    finish(start, people[0], {})
    lose_keys(settings)
    with time_machine.travel(START_CLOSED + timedelta(minutes=5), tick=False):
        closed(start, at=START_CLOSED)
        page = text_of(signed_in(facilitator).get(path("round_list", start)))
    assert "Some answers can’t be decrypted" in page
    assert "being counted" in page


def test_network_shows_ones_own_answers_then_and_now(
    rounds: Rounds, people: list[Membership]
) -> None:
    me, friend, other = people[:3]
    start = opened(rounds[Occasion.START], at=START_OPENS)
    finish(start, me, {friend.pk: 1})
    finish(start, friend, {me.pk: 4})
    closed(start, at=START_CLOSED)
    end = opened(rounds[Occasion.END], at=END_OPEN)
    finish(end, me, {friend.pk: 4, other.pk: 3}, at=END_OPEN)
    with time_machine.travel(END_OPEN, tick=False):
        page = text_of(signed_in(me.user).get(path("your_network", end)))
        others = text_of(signed_in(other.user).get(path("your_network", end)))
    assert "At the start you knew <strong>1</strong> person here." in page
    assert "You know <strong>2</strong> people, and help or work with <strong>2</strong>" in page
    assert "All 11 people, as a list" in page
    assert "What changed most" in page
    assert page.count('class="tie-4"') == 1
    assert "You haven’t answered yet" in others
    assert friend.user.name not in others


def test_network_says_nothing_of_what_others_said(start: Round, people: list[Membership]) -> None:
    me, friend, third = people[:3]
    finish(start, me, {friend.pk: 3})
    client = signed_in(me.user)
    before = without_tokens(client.get(path("your_network", start)))
    finish(start, friend, {me.pk: 3})
    finish(start, third, {me.pk: 4})
    assert without_tokens(client.get(path("your_network", start))) == before


def test_own_answers_can_be_changed_when_signed_in(start: Round, people: list[Membership]) -> None:
    me, other = people[:2]
    finish(start, me, {other.pk: 3})
    client = signed_in(me.user)
    page = text_of(client.post(path("your_network_change", start)))
    assert f'name="level-{other.public_id}" value="3" checked' in page
    send(client, "finish", start, me, {other: 1})
    assert own_answers(start, me)[other.pk] == 1
    with time_machine.travel(START_CLOSED, tick=False):
        assert signed_in(me.user).post(path("your_network_change", start)).status_code == 404


def test_network_after_answers_are_deleted(rounds: Rounds, people: list[Membership]) -> None:
    start = opened(rounds[Occasion.START], at=START_OPENS)
    finish(start, people[0], {people[1].pk: 3})
    closed(start, at=START_CLOSED)
    late = LATER_CLOSED + timedelta(days=30)
    delete_expired_answers(at=late)
    with time_machine.travel(late, tick=False):
        page = text_of(signed_in(people[0].user).get(path("your_network", start)))
    assert "Your answers have been deleted" in page


def test_network_with_a_lost_key(
    start: Round, people: list[Membership], settings: Settings
) -> None:
    finish(start, people[0], {})
    lose_keys(settings)
    page = text_of(signed_in(people[0].user).get(path("your_network", start)))
    assert "missing the key" in page


def test_facilitator_learns_no_answer_from_any_page(
    convener: Client, start: Round, people: list[Membership], administrator: User
) -> None:
    """The pages of conveners are the same whatever people answered."""
    pages = ("round_list", "cohort_relationships")
    for member in people:
        finish(start, member, {other.pk: 0 for other in people if other != member})

    def seen() -> list[str]:
        clients = (convener, signed_in(administrator))
        addresses = [*(path(name, start) for name in pages), start.cohort.get_absolute_url()]
        return [without_tokens(client.get(page)) for client in clients for page in addresses]

    before = seen()
    for member in people:
        finish(start, member, {other.pk: 4 for other in people if other != member})
    assert seen() == before
    assert convener.get(path("your_network", start)).status_code == 403


def test_removing_somebody_does_not_tell_whether_they_had_finished(
    convener: Client, start: Round, people: list[Membership]
) -> None:
    finish(start, people[0], {})
    finish(start, people[1], {})
    for member in (people[0], people[5]):
        member.leave(by=None, at=START_OPEN)
        assert "2 of 12 people" in text_of(convener.get(path("round_list", start)))
        assert "2 of 12 people" in text_of(convener.get(start.cohort.get_absolute_url()))


def test_home_has_a_card_until_the_person_has_finished(
    start: Round, people: list[Membership]
) -> None:
    client = signed_in(people[0].user)
    assert "Who do you know here?" in text_of(client.get("/"))
    finish(start, people[0], {})
    assert "Who do you know here?" not in text_of(client.get("/"))


def test_cohort_pages_link_to_rounds(
    convener: Client, start: Round, people: list[Membership]
) -> None:
    finish(start, people[0], {})
    page = text_of(convener.get(start.cohort.get_absolute_url()))
    assert "1 of 12 people have answered." in page
    member = text_of(signed_in(people[0].user).get(start.cohort.get_absolute_url()))
    assert path("your_network", start) in member
    assert path("round_list", start) not in member


def test_off_leaves_no_trace(
    convener: Client, start: Round, people: list[Membership], cohort: Cohort
) -> None:
    cohort.uses_relationships = False
    cohort.save()
    participant = signed_in(people[0].user)
    for name in ("round_list", "cohort_relationships"):
        assert convener.get(path(name, start)).status_code == 404
    assert convener.post(path("round_open", start, "end")).status_code == 404
    assert participant.get(path("your_network", start)).status_code == 404
    assert participant.post(path("your_network_change", start)).status_code == 404
    for client in (convener, participant):
        for address in ("/", start.cohort.get_absolute_url()):
            page = text_of(client.get(address))
            assert "Who do you know" not in page
            assert "Your network" not in page


def test_former_member_sees_no_network(start: Round, people: list[Membership]) -> None:
    finish(start, people[0], {people[1].pk: 3})
    people[0].leave(by=None, at=START_OPEN)
    assert signed_in(people[0].user).get(path("your_network", start)).status_code == 403


def test_pages_make_few_queries(convener: Client, start: Round, people: list[Membership]) -> None:
    finish(start, people[0], {people[1].pk: 3})
    client = signed_in(people[0].user)
    for reader, name in ((convener, "round_list"), (client, "your_network")):
        with CaptureQueriesContext(connection) as found:
            reader.get(path(name, start))
        assert len(found) <= 12
