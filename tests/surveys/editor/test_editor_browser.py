"""A facilitator edits the questions of a survey, and a participant answers it on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.links import SURVEY_LINK
from surveys.models import BallotBox
from tests.browser import NARROW
from tests.surveys.conftest import NEXT_DAY
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def next_day() -> Iterator[None]:
    with time_machine.travel(NEXT_DAY):
        yield


def titles(page: Page) -> list[str]:
    return (
        page.locator("#questions")
        .locator("xpath=../..")
        .get_by_role("heading", level=3)
        .all_inner_texts()
    )


def test_questions_are_added_moved_previewed_and_answered(
    wide_page: Page,
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    facilitator: User,
    participant: User,
    workshop: Workshop,
    axe: Callable[[Page], None],
) -> None:
    page = wide_page
    sign_in(page, facilitator)
    page.goto(workshop.cohort.get_absolute_url())
    page.get_by_role("link", name="Survey questions").click()
    axe(page)

    # Add a question of one's own: a wrong one first.
    page.get_by_role("link", name="Choice of several").click()
    page.get_by_label("Question", exact=True).fill("What did you use?")
    page.get_by_label("Answers to choose from").fill("The reading")
    page.get_by_role("button", name="Add the question").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter from 2 to 10 options")
    axe(page)
    page.get_by_label("Answers to choose from").fill("The reading\nThe room")
    page.get_by_role("button", name="Add the question").click()
    expect(page.get_by_text("Question added.")).to_be_visible()

    # Add a ready question, and a short text.
    page.get_by_role(
        "button",
        name="Add “With how many people here from other organisations could you disagree openly?”",
    ).click()
    page.get_by_role("link", name="Short text").click()
    page.get_by_label("Question", exact=True).fill("In one word, how are you?")
    page.get_by_label("People have to answer it").check()
    page.get_by_role("button", name="Add the question").click()
    expect(page.get_by_role("heading", name="8 questions")).to_be_visible()

    # Move the last question up twice by keyboard: the button keeps the focus.
    button = page.get_by_role("button", name="Move “In one word, how are you?” up")
    button.focus()
    for place in ("7 of 8", "6 of 8"):
        page.keyboard.press("Enter")
        expect(button).to_have_accessible_description(place)
        expect(button).to_be_focused()
    assert titles(page)[5:] == [
        "In one word, how are you?",
        "What did you use?",
        "With how many people here from other organisations could you disagree openly?",
    ]

    page.get_by_role("link", name="Preview the survey").click()
    expect(page.get_by_text("This is a preview")).to_be_visible()
    expect(page.get_by_role("button", name="Send without my name")).to_be_disabled()
    page.get_by_label("In one word, how are you?").fill("Well")
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar")).to_have_accessible_name("1 of 8 questions answered")
    axe(page)

    answer_on_a_phone(new_context(base_url=live_site, viewport=NARROW), workshop, participant, axe)
    [answers] = BallotBox.objects.get().read()
    [short, used, trust] = [one.id for one in Cohort.objects.get().questions[5:]]
    assert answers == {"spoke_openly": 4, short: "Well", used: ["The room"], trust: 7}


def answer_on_a_phone(
    context: BrowserContext, workshop: Workshop, participant: User, axe: Callable[[Page], None]
) -> None:
    """Answer the survey: first with a number that is too large, and without a required answer."""
    member = Membership.objects.get(user=participant)
    page = context.new_page()
    page.goto(SURVEY_LINK.path(workshop.public_id, member.public_id))
    page.get_by_role("button", name="Start").click()
    page.get_by_role("group", name="I could speak openly").get_by_role("radio").nth(3).check()
    page.get_by_role("checkbox", name="The room").check()
    trust = page.get_by_label("With how many people here")
    trust.fill("61")
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter a whole number from 0 to 60.")
    axe(page)
    expect(trust).to_have_value("61")
    expect(page.get_by_role("checkbox", name="The room")).to_be_checked()
    trust.fill("7")
    page.get_by_label("In one word, how are you?").fill("Well")
    page.get_by_role("button", name="Send without my name").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()


def test_questions_are_edited_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    facilitator: User,
    workshop: Workshop,
) -> None:
    context = new_context(java_script_enabled=False, base_url=live_site, viewport=NARROW)
    page = context.new_page()
    sign_in(page, facilitator)
    page.goto(reverse("surveys:question_list", args=["cohorts", workshop.cohort.public_id]))
    page.get_by_role("link", name="Edit “What should we change for next time?”").click()
    page.get_by_label("Question", exact=True).fill("What should we change?")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Move “What should we change?” up").click()
    page.get_by_role("link", name="Delete “I could speak openly”").click()
    page.get_by_role("button", name="Delete the question").click()
    expect(page.get_by_text("Question deleted.")).to_be_visible()
    context.close()

    assert [one.id for one in Cohort.objects.get().questions] == [
        "new_perspective",
        "do_differently",
        "change",
        "worth_time",
    ]


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_questions_are_edited_by_keyboard_on_the_narrowest_phone(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    facilitator: User,
    workshop: Workshop,
    *,
    javascript: bool,
) -> None:
    context = new_context(
        java_script_enabled=javascript, base_url=live_site, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    sign_in(page, facilitator)
    page.goto(reverse("surveys:question_list", args=["cohorts", workshop.cohort.public_id]))

    def press(name: str, key: str = "Enter") -> None:
        """Go to the link, button or field with this name by the Tab key alone, and press a key."""
        wanted = page.get_by_label(name, exact=True).or_(
            page.get_by_role("link", name=name, exact=True).or_(
                page.get_by_role("button", name=name, exact=True)
            )
        )
        wanted.first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        for _ in range(90):
            page.keyboard.press("Tab")
            if wanted.first.evaluate("one => one === document.activeElement"):
                break
        expect(wanted.first).to_be_focused()
        if key:
            page.keyboard.press(key)

    headings = page.locator("#questions").locator("xpath=../..").get_by_role("heading", level=3)
    press("Choice of one")
    press("Question", "")
    page.keyboard.insert_text("Where next?")
    press("Answers to choose from", "")
    page.keyboard.insert_text("The library\nThe hospital")
    press("Add the question")
    expect(headings.nth(5)).to_have_text(re.compile("Where next?"))
    press("Move “Where next?” up")
    expect(headings.nth(4)).to_have_text(re.compile("Where next?"))
    press("Delete “Where next?”")
    press("Delete the question")
    expect(page.get_by_text("Question deleted.")).to_be_visible()
    press("Preview the survey")
    expect(page).to_have_title(re.compile("How was it for you"))
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()

    assert len(Cohort.objects.get().questions) == 5
