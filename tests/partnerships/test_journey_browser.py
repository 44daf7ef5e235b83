"""Somebody writes down what they start, the other side agrees by link, and a check is answered.

On a phone and on a laptop, with the accessibility checker axe on every page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from partnerships.models import Check, Partnership
from tests.partnerships.conftest import OUTSIDE, THREE_MONTHS
from tests.services import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)


def link_to(server: Letterbox, address: str) -> str:
    """Return the path of the private link in the latest e-mail to this address."""
    body = server.to(address)[-1].get_body(("plain",))
    assert body is not None
    return "/together/link/" + str(body.get_content()).split("/together/link/")[1].split()[0]


def fill_in_card(page: Page, cohort: Cohort, axe: Callable[[Page], None]) -> None:
    page.goto(f"/cohorts/{cohort.public_id}/together/start/")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter a name for it.")
    page.get_by_label("What do you call it?").fill("Warm homes after hospital")
    page.get_by_label("What will you do together?").fill("Housing hears of each discharge.")
    page.get_by_label("Shared information").check()
    page.get_by_text("Somebody outside this cohort").click()
    page.get_by_label("Their name").fill(OUTSIDE.name)
    page.get_by_label("Their e-mail address").fill(OUTSIDE.email)
    page.get_by_label("Their organisation").fill(OUTSIDE.organisation)
    page.get_by_label("The organisation’s sector").select_option("voluntary")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Warm homes after hospital")).to_be_visible()
    expect(page.get_by_text("Reported by one side")).to_be_visible()
    axe(page)


def test_card_is_agreed_to_by_link_and_its_check_is_answered(
    sized_page: Page,
    live_site: str,
    smtp_server: Letterbox,
    cohort: Cohort,
    member: Membership,
    other: Membership,
    axe: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
) -> None:
    page = sized_page
    with time_machine.travel(NOW):
        sign_in(page, member.user)
        fill_in_card(page, cohort, axe)
        take_turn(timezone.now)
        page.context.clear_cookies()

        page.goto(link_to(smtp_server, OUTSIDE.email))
        axe(page)
        page.get_by_label("The report may name my organisation").check()
        page.get_by_role("button", name="I agree").click()
        expect(page.get_by_role("heading", name="You agreed")).to_be_visible()
    assert Partnership.objects.get().is_confirmed

    with time_machine.travel(THREE_MONTHS):
        take_turn(lambda: THREE_MONTHS)
        page.goto(link_to(smtp_server, member.user.email))
        page.get_by_role("button", name="Say how it’s going").click()
        expect(page).to_have_url(f"{live_site}/together/answer/")
        axe(page)
        page.get_by_label("Part of normal work").check()
        page.get_by_label("No, it would not have happened").check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        axe(page)
    check = Check.objects.get(months=3)
    assert (check.status, check.contribution) == ("normal", "no")
