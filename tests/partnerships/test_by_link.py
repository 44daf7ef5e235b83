"""Tests of the pages that a party opens by link, in a browser without cookies."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cohorts.models import Membership
from partnerships import actions
from partnerships.links import PARTY_LINK
from partnerships.models import Check, Partnership, Party
from tests.partnerships.conftest import (
    OUTSIDE,
    STARTED_AT,
    THREE_MONTHS,
    StartWork,
    party_of,
)
from tests.surveys.pages import page

pytestmark = pytest.mark.django_db
LATER = STARTED_AT + timedelta(days=1)
ANSWER = reverse("partnerships:check_answer")


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def party(start_work: StartWork) -> Party:
    """Somebody outside the cohort, who has not answered."""
    return party_of(start_work(members=[], outside=OUTSIDE), None)


def act(browser: Client, name: str, party: Party, **given: str) -> str:
    """POST an act, and return the address that it leads to."""
    data = {"token": PARTY_LINK.token(party.public_id), **given}
    response = browser.post(reverse(f"partnerships:{name}"), data)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def link(party: Party) -> str:
    return PARTY_LINK.path(party.public_id)


def test_opening_the_link_changes_nothing(browser: Client, party: Party) -> None:
    shown = page(browser, link(party))
    assert "Are you part of this?" in shown
    assert "Amina Rahman, Tynewick Council" in shown
    party.refresh_from_db()
    assert (party.agreed_at, party.declined_at) == (None, None)
    assert not browser.cookies


def test_other_side_agrees_without_an_account(browser: Client, party: Party) -> None:
    with time_machine.travel(LATER, tick=False):
        assert act(browser, "party_agree", party, may_be_named="on") == link(party)
        assert "You agreed" in page(browser, link(party))
    party.refresh_from_db()
    assert party.may_be_named
    assert Partnership.objects.get().is_confirmed


def test_declining_and_changing_ones_mind(browser: Client, party: Party) -> None:
    act(browser, "party_decline", party)
    assert "You said that you don’t agree" in page(browser, link(party))
    act(browser, "party_agree", party)
    assert Partnership.objects.get().is_confirmed
    act(browser, "party_decline", party)
    assert not Partnership.objects.get().is_confirmed


def test_link_used_after_withdrawal_says_so(
    browser: Client, party: Party, member: Membership
) -> None:
    actions.withdraw(partnership=party.partnership, by=member.user, at=LATER)
    assert "This was withdrawn" in page(browser, link(party))
    for name in ("party_agree", "party_decline"):
        data = {"token": PARTY_LINK.token(party.public_id)}
        response = browser.post(reverse(f"partnerships:{name}"), data)
        assert "This was withdrawn" in response.content.decode()
    party.refresh_from_db()
    assert not party.has_agreed


def test_link_of_somebody_removed_or_forged_is_404(browser: Client, party: Party) -> None:
    there, token = link(party), PARTY_LINK.token(party.public_id)
    actions.remove_party(party=party, at=LATER)
    page(browser, there, 404)
    page(browser, reverse("partnerships:party_start", args=["forged"]), 404)
    for name in ("party_agree", "party_decline", "party_stop_asking", "check_answer"):
        for wrong in (token, token[:-1], "forged"):
            response = browser.post(reverse(f"partnerships:{name}"), {"token": wrong})
            assert response.status_code == 404


def test_asking_us_to_stop_deletes_name_and_address(browser: Client, party: Party) -> None:
    act(browser, "party_agree", party)
    act(browser, "party_stop_asking", party)
    assert "We have deleted your name and address" in page(browser, link(party))
    party.refresh_from_db()
    assert (party.name, party.email, party.has_agreed) == ("", "", True)


def session(browser: Client, party: Party) -> str:
    """Exchange the link for a session, and return it as the form holds it."""
    response = browser.post(ANSWER, {"token": PARTY_LINK.token(party.public_id)})
    text = response.content.decode()
    assert "How far has it come?" in text
    return text.split('name="session" value="')[1].split('"')[0]


def test_check_is_answered_on_a_page_without_the_token(
    browser: Client, confirmed: Partnership, member: Membership
) -> None:
    party = party_of(confirmed, member)
    with time_machine.travel(THREE_MONTHS, tick=False):
        assert "Say how it’s going" in page(browser, link(party))
        held = session(browser, party)
        empty = browser.post(ANSWER, {"session": held, "happened": "Two wards."}).content.decode()
        assert "Choose how far it has come." in empty
        assert "Two wards." in empty
        given = {"session": held, "status": "running", "contribution": "no", "noticed": "Porters"}
        response = browser.post(ANSWER, given)
        assert response["Location"] == reverse("partnerships:check_thanks")
        assert "We have your answer" in page(browser, response["Location"])
        again = browser.post(ANSWER, given).content.decode()
        assert "You agreed" in again
    check = Check.objects.get(months=3)
    assert (check.status, check.contribution, check.noticed) == ("running", "no", "Porters")
    assert check.answered_by == party
    assert not browser.cookies


def test_session_expires(browser: Client, confirmed: Partnership, member: Membership) -> None:
    with time_machine.travel(THREE_MONTHS, tick=False):
        held = session(browser, party_of(confirmed, member))
    with time_machine.travel(THREE_MONTHS + timedelta(hours=5), tick=False):
        response = browser.post(ANSWER, {"session": held, "status": "running"})
    assert "This page has expired" in response.content.decode()
    assert "This page has expired" in page(browser, ANSWER)
    page_of_forged = browser.post(ANSWER, {"session": "forged", "status": "running"})
    assert page_of_forged.status_code == 404
    assert not Check.objects.exclude(answered_at=None).exists()


def test_party_who_has_not_agreed_answers_no_check(
    browser: Client, confirmed: Partnership, other: Membership
) -> None:
    party = party_of(confirmed, other)
    with time_machine.travel(THREE_MONTHS, tick=False):
        act(browser, "party_decline", party)
        response = browser.post(ANSWER, {"token": PARTY_LINK.token(party.public_id)})
    assert "How far has it come?" not in response.content.decode()
