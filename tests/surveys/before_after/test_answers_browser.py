"""The pages of a wave and of a colleague on a phone."""

from __future__ import annotations

from collections.abc import Callable

import time_machine
from playwright.sync_api import Page, expect

from surveys.before_after.links import COLLEAGUE_LINK, WAVE_LINK
from surveys.models import Colleague, Hope, Occasion, Wave, WaveReceipt
from tests.reflections.phones import wait_for_record
from tests.surveys.before_after.conftest import END_OPEN, START_OPEN
from tests.surveys.conftest import Join

HOPE = "What would make this programme worth it for you?"


def test_wave_is_answered_on_a_phone_and_gives_back_what_was_typed(
    narrow_page: Page, waves: dict[str, Wave], join: Join, axe: Callable[[Page], None]
) -> None:
    [member], page = join(1), narrow_page
    token = WAVE_LINK.token(waves[Occasion.START].public_id, member.public_id)
    with time_machine.travel(START_OPEN):
        page.goto(f"/before-and-after/{token}/")
        axe(page)
        page.get_by_role("button", name="Start").click()
        axe(page)
        assert token not in page.url
        page.get_by_label(HOPE).fill("That we meet.")
        wait_for_record(page)
        page.goto(f"/before-and-after/{token}/")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_label(HOPE)).to_have_value("That we meet.")
        statement = page.get_by_role("group", name="I start on something that matters")
        statement.get_by_role("radio").first.check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert WaveReceipt.objects.get().membership == member
    assert Hope.objects.get().text == "That we meet."


def test_colleague_answers_on_a_phone(
    narrow_page: Page, waves: dict[str, Wave], join: Join, axe: Callable[[Page], None]
) -> None:
    [member], page = join(1), narrow_page
    person = Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
    token = COLLEAGUE_LINK.token(person.public_id)
    with time_machine.travel(END_OPEN):
        page.goto(f"/before-and-after/seen/{token}/")
        axe(page)
        page.get_by_role("button", name="Start").click()
        axe(page)
        assert token not in page.url
        page.get_by_role("group").first.get_by_role("radio").first.check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    person.refresh_from_db()
    assert person.has_answered
