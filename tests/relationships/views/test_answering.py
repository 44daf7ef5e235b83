"""Tests of the pages on which people answer by a link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session as AnySession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from cohorts.models import Cohort, Membership
from relationships.answers import has_finished, leave_list, own_answers
from relationships.links import ROUND_LINK
from relationships.models import Occasion, RosterEntry, Round, RoundFigures
from tests.lost_keys import lose_keys
from tests.people import signed_in
from tests.relationships.conftest import (
    START_CLOSED,
    START_OPEN,
    Rounds,
    closed,
    finish,
    make_people,
)
from tests.relationships.pages import (
    link_to,
    path,
    send,
    started,
    text_of,
    without_tokens,
)
from tests.surveys.conftest import LONG_AGO

AS_SCRIPT: dict[str, Any] = {"headers": {"Accept": "application/json"}}


@pytest.fixture(autouse=True)
def open_now() -> Iterator[None]:
    with time_machine.travel(START_OPEN, tick=False):
        yield


def test_start_page_says_who_sees_what_and_saves_nothing(
    client: Client, start: Round, people: list[Membership]
) -> None:
    response = client.get(link_to(start, people[0]))
    page = text_of(response)
    assert response.status_code == 200
    for fear in (
        "Nobody sees what you say of anyone",
        "“you both said so”",
        "only where both answered",
        "how many have answered, never who",
        "Silence never counts",
        "Leave me off this list",
        "encrypted with a key that is not in the database",
        "deleted 30 days after",
    ):
        assert fear in page
    assert people[1].user.name not in page
    assert own_answers(start, people[0]) == {}


def test_list_has_everybody_else_grouped_by_sector(
    client: Client, start: Round, people: list[Membership]
) -> None:
    page = text_of(started(client, start, people[0]))
    places = [page.find(f"<legend>{one.user.name}</legend>") for one in people]
    assert places[0] == -1
    assert all(place > 0 for place in places[1:])
    # A council, a charity and a firm in turn.
    by_sector = [*people[3::3], *people[1::3], *people[2::3]]
    assert sorted(people[1:], key=lambda one: places[people.index(one)]) == by_sector


@pytest.mark.parametrize("act", ["answer", "save", "finish", "leave", "return"])
def test_acts_do_nothing_on_get(client: Client, start: Round, act: str) -> None:
    response = client.get(reverse(f"relationships:round_{act}"))
    assert "Open the link in your e-mail again" in text_of(response)
    assert client.put(reverse(f"relationships:round_{act}")).status_code == 405


def test_saving_without_javascript_shows_the_list_as_saved(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    response = send(client, "save", start, me, {other: 3})
    assert "Saved. You can go on now" in text_of(response)
    assert own_answers(start, me) == {other.pk: 3}
    assert not has_finished(start, me)
    again = text_of(started(client, start, me))
    assert f'name="level-{other.public_id}" value="3" checked' in again


def test_taps_are_saved_by_a_script(client: Client, start: Round, people: list[Membership]) -> None:
    me, other = people[:2]
    response = send(client, "save", start, me, {other: 2}, **AS_SCRIPT)
    assert response.json().keys() == {"clock", "token", "session"}
    assert own_answers(start, me) == {other.pk: 2}


def test_finishing_thanks_and_the_link_shows_no_answers_any_more(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    response = send(client, "finish", start, me, {other: 3})
    assert response.headers["Location"] == reverse("relationships:round_thanks")
    assert "Thank you" in text_of(client.get(response.headers["Location"]))
    assert own_answers(start, me)[people[5].pk] == 0
    page = text_of(client.get(link_to(start, me)))
    assert "We have your answers" in page
    for response in (client.get(link_to(start, me)), started(client, start, me)):
        assert other.user.name not in text_of(response)


def test_answering_creates_no_session(
    client: Client, start: Round, people: list[Membership]
) -> None:
    before = AnySession.objects.count()
    started(client, start, people[0])
    send(client, "save", start, people[0], {people[1]: 1})
    send(client, "finish", start, people[0], {})
    assert not client.cookies
    assert AnySession.objects.count() == before


def test_person_named_twice_is_refused(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    session = send(client, "save", start, me, **AS_SCRIPT).json()["session"]
    data = {"session": session, f"level-{other.public_id}": ["1", "4"]}
    response = client.post(reverse("relationships:round_save"), data)
    assert response.status_code == 400
    assert "were not saved" in text_of(response)
    assert own_answers(start, me) == {}


@pytest.mark.parametrize("level", ["5", "-1", "", "x", "03", "٣"])
def test_levels_out_of_range_are_refused(
    client: Client, start: Round, people: list[Membership], level: str
) -> None:
    me, other = people[:2]
    session = send(client, "save", start, me, **AS_SCRIPT).json()["session"]
    data = {"session": session, f"level-{other.public_id}": level}
    plain: dict[str, Any] = {}
    for how in (plain, AS_SCRIPT):
        response = client.post(reverse("relationships:round_save"), data, **how)
        assert response.status_code == 400
    assert own_answers(start, me) == {}


def test_people_of_other_cohorts_and_oneself_are_refused(
    client: Client, start: Round, people: list[Membership], cohort: Cohort
) -> None:
    elsewhere = Cohort.objects.create(programme=cohort.programme, name="Kent", place="Kent")
    [stranger] = make_people(elsewhere, 1)
    for wrong in (stranger, people[0]):
        assert send(client, "save", start, people[0], {wrong: 1}).status_code == 400
        assert send(client, "finish", start, people[0], {wrong: 1}).status_code == 400
    assert not has_finished(start, people[0])


def test_answer_about_somebody_who_has_just_left_the_list_is_no_error(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    leave_list(one=start, membership=other, at=START_OPEN)
    assert send(client, "save", start, me, {other: 1}).status_code == 200
    assert other.user.name not in text_of(started(client, start, me))


def test_late_answer_is_refused_and_the_page_says_the_same_before_and_after(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    viewer = signed_in(people[2].user)
    with time_machine.travel(START_CLOSED + timedelta(minutes=2), tick=False):
        closed(start, at=START_CLOSED)
        before = without_tokens(viewer.get(path("cohort_relationships", start)))
        response = send(client, "finish", start, me, {other: 4})
        assert "This round has closed" in text_of(response)
        assert send(client, "save", start, me, {other: 4}, **AS_SCRIPT).json()["closed"]
        assert without_tokens(viewer.get(path("cohort_relationships", start))) == before
    assert own_answers(start, me) == {}
    assert not RoundFigures.objects.exists()


def test_leaving_the_list_and_coming_back(
    client: Client, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    response = send(client, "leave", start, me)
    assert "You are off this list" in text_of(response)
    assert RosterEntry.objects.get(membership=me).is_left_off
    assert "Put me on the list again" in text_of(client.get(link_to(start, me)))
    assert me.user.name not in text_of(started(client, start, other))
    assert me.user.name not in text_of(send(client, "return", start, me))
    assert me.user.name in text_of(started(client, start, other))


def test_session_expires_and_forged_ones_open_nothing(
    client: Client, start: Round, people: list[Membership]
) -> None:
    session = send(client, "save", start, people[0], **AS_SCRIPT).json()["session"]
    address = reverse("relationships:round_save")
    with time_machine.travel(START_OPEN + timedelta(hours=4, seconds=2), tick=False):
        response = client.post(address, {"session": session})
        assert "Open the link in your e-mail again" in text_of(response)
        assert client.post(address, {"session": session}, **AS_SCRIPT).json()["out"]
    assert client.post(address, {"session": f"{session}x"}).status_code == 404
    token = ROUND_LINK.token(start.public_id, people[0].public_id)
    assert client.post(address, {"session": token}).status_code == 404
    assert client.get(f"{link_to(start, people[0])[:-2]}x/").status_code == 404


def test_round_that_is_to_come_says_so(
    client: Client, rounds: Rounds, people: list[Membership]
) -> None:
    assert "isn’t open yet" in text_of(client.get(link_to(rounds[Occasion.END], people[0])))


def test_former_member_and_late_joiner_are_not_asked(
    client: Client, start: Round, people: list[Membership], cohort: Cohort
) -> None:
    people[0].leave(by=None, at=START_OPEN)
    [late] = make_people(cohort, 1, at=LONG_AGO)
    for member in (people[0], late):
        assert "You aren’t on this list" in text_of(started(client, start, member))
        response = send(client, "finish", start, member, {people[1]: 1})
        assert "You aren’t on this list" in text_of(response)
        assert not has_finished(start, member)


def test_links_of_a_cohort_that_stopped_using_it_lead_nowhere(
    client: Client, start: Round, people: list[Membership], cohort: Cohort
) -> None:
    cohort.uses_relationships = False
    cohort.save()
    assert client.get(link_to(start, people[0])).status_code == 404
    assert started(client, start, people[0]).status_code == 404
    assert send(client, "save", start, people[0], {people[1]: 1}).status_code == 404


def test_lost_key_is_said_and_nothing_is_lost(
    client: Client, start: Round, people: list[Membership], settings: Settings
) -> None:
    me, other = people[:2]
    finish(start, other, {me.pk: 1})
    send(client, "save", start, me, {other: 3})
    keys = settings.REFLECTION_KEYS
    lose_keys(settings)
    response = send(client, "save", start, me, {other: 1})
    assert response.status_code == 503
    assert "missing the key" in text_of(response)
    assert started(client, start, me).status_code == 503
    settings.REFLECTION_KEYS = keys
    assert own_answers(start, me) == {other.pk: 3}


def test_queries_do_not_grow_with_the_list(
    client: Client, start: Round, people: list[Membership], cohort: Cohort
) -> None:
    def count(act: str) -> int:
        with CaptureQueriesContext(connection) as found:
            send(client, act, start, people[0], {people[1]: 1})
        return len(found)

    with CaptureQueriesContext(connection) as few:
        started(client, start, people[0])
    saving = count("save")
    RosterEntry.objects.bulk_create(
        RosterEntry(round=start, membership=one) for one in make_people(cohort, 30)
    )
    with CaptureQueriesContext(connection) as many:
        started(client, start, people[0])
    assert len(many) == len(few) <= 12
    assert count("save") == saving
