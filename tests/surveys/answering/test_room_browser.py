"""Answering in the room: from the QR code on the facilitator's screen to the thanks on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.after_response import wait_for_work
from accounts.models import User
from surveys.answering.room import qr_code
from surveys.models import BallotBox, Receipt
from tests.browser import step
from tests.surveys.conftest import NEXT_DAY, Join
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def next_day() -> Iterator[None]:
    with time_machine.travel(NEXT_DAY):
        yield


def code_in(mailoutbox: list[EmailMessage]) -> str:
    wait_for_work()
    [message] = mailoutbox
    found = re.search(r"[A-Z]{4}-[A-Z]{4}", str(message.body))
    assert found
    return found[0]


def shown_on_screen(page: Page) -> str:
    """Return the URL of the code on the page, after checking that the picture encodes it."""
    url = page.get_by_role("link", name="Open the page that the code leads to").get_attribute(
        "href"
    )
    assert url
    [expected] = re.findall(r' d="([^"]+)"', qr_code(url))
    assert page.locator("svg.qr path").last.get_attribute("d") == expected
    return url


def test_qr_code_leads_from_the_screen_to_the_thanks(
    wide_page: Page,
    narrow_page: Page,
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
    facilitator: User,
    join: Join,
    workshop: Workshop,
    mailoutbox: list[EmailMessage],
) -> None:
    [member] = join(1)
    screen, phone = wide_page, narrow_page
    with step("the facilitator shows the code"):
        sign_in(screen, facilitator)
        screen.goto(reverse("surveys:survey_results", args=[workshop.public_id]))
        screen.get_by_role("link", name="QR code").click()
        expect(screen.get_by_text("Point your phone’s camera here")).to_be_visible()
        axe(screen)
        url = shown_on_screen(screen)
    with step("a participant opens it and gets a code by e-mail"):
        phone.goto(url)
        axe(phone)
        phone.get_by_label("Your e-mail address").fill(member.user.email)
        phone.get_by_role("button", name="E-mail me a code").click()
        expect(phone.get_by_text("it now has an e-mail with a code")).to_be_visible()
        axe(phone)
        phone.get_by_label("Code").fill(code_in(mailoutbox))
        phone.get_by_role("button", name="Continue").click()
    with step("they answer"):
        group = phone.get_by_role("group", name="I could speak openly")
        group.get_by_role("radio").nth(4).check()
        axe(phone)
        phone.get_by_role("button", name="Send without my name").click()
        expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
        axe(phone)
    with step("the phone has forgotten who they are"):
        phone.goto(url)
        expect(phone.get_by_label("Your e-mail address")).to_have_value("")
        assert phone.context.cookies() == []
    assert Receipt.objects.get().membership == member
    assert BallotBox.objects.get().read() == [{"spoke_openly": 5}]
