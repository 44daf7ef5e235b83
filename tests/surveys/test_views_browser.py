"""The feedback page on a phone, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings

from surveys.links import SURVEY_LINK
from surveys.models import BallotBox, Receipt, Response
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from tests.reflections.test_encryption import new_key
from tests.surveys.conftest import CLOSED, NEXT_DAY, Join
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def next_day() -> Iterator[None]:
    with time_machine.travel(NEXT_DAY):
        yield


def choose(page: Page, question: str, answer: int) -> None:
    page.get_by_role("group", name=question).get_by_role("radio").nth(answer - 1).check()


def test_feedback_form_submits_on_phone(
    narrow_page: Page, join: Join, workshop: Workshop, axe: Callable[[Page], None]
) -> None:
    [member] = join(1)
    page = narrow_page
    page.goto(SURVEY_LINK.path(workshop.public_id, member.public_id))
    page.get_by_role("button", name="Start").click()
    bar = page.get_by_role("progressbar")

    page.get_by_text("How your answers stay anonymous").click()
    expect(page.get_by_text("nobody can see who has answered")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("alert").first).to_contain_text("Answer at least one question")
    choose(page, "I could speak openly", 5)
    choose(page, "The half day was worth my time", 3)
    expect(bar).to_have_accessible_name("2 of 5 questions answered")
    page.get_by_label("What should we change for next time?").fill("More tea")
    expect(bar).to_have_js_property("value", 3)
    page.get_by_role("button", name="Send without my name").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    axe(page)
    [kept] = BallotBox.objects.get().read()
    assert kept == {"spoke_openly": 5, "worth_time": 3, "change": "More tea"}
    assert Receipt.objects.get().membership == member


def test_feedback_form_keeps_answers_on_phone_if_the_key_is_lost(
    narrow_page: Page,
    join: Join,
    workshop: Workshop,
    settings: Settings,
    axe: Callable[[Page], None],
) -> None:
    [member] = join(1)
    get_or_create_survey(workshop)
    keys, settings.REFLECTION_KEYS = settings.REFLECTION_KEYS, [new_key()]
    page = narrow_page
    page.goto(SURVEY_LINK.path(workshop.public_id, member.public_id))
    page.get_by_role("button", name="Start").click()
    choose(page, "I could speak openly", 5)
    page.get_by_label("What should we change for next time?").fill("More tea")
    page.get_by_role("button", name="Send without my name").click()

    expect(page.get_by_role("alert").first).to_contain_text("Your answers were not saved")
    expect(page.get_by_label("What should we change for next time?")).to_have_value("More tea")
    axe(page)
    settings.REFLECTION_KEYS = keys
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    [kept] = BallotBox.objects.get().read()
    assert kept == {"spoke_openly": 5, "change": "More tea"}


def test_feedback_form_works_without_javascript(
    browser: Browser, live_site: str, join: Join, workshop: Workshop
) -> None:
    [member] = join(1)
    context = browser.new_context(java_script_enabled=False, base_url=live_site)
    page = context.new_page()
    page.goto(SURVEY_LINK.path(workshop.public_id, member.public_id))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    choose(page, "I could speak openly", 2)
    page.get_by_role("button", name="Send without my name").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()
    release_due(at=CLOSED)
    assert Response.objects.get().answers == {"spoke_openly": 2}
