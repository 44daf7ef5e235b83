"""Browser tests of availability polls: on a phone, by keyboard, and without JavaScript."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.browser import NARROW, WIDE
from workshops.availability.polls import ANSWER_LINK
from workshops.models import AvailabilityAnswer, AvailabilityPoll, Workshop

SignIn = Callable[[Page, User], None]
Check = Callable[[Page], None]


def open_poll(page: Page, cohort: Cohort) -> AvailabilityPoll:
    page.goto(f"/cohorts/{cohort.public_id}/free/ask/")
    page.get_by_role("button", name="Ask 2 people").click()
    expect(page.get_by_role("heading", name="The poll is open")).to_be_visible()
    return AvailabilityPoll.objects.get()


def test_poll_is_opened_on_laptop_and_answered_on_phone(
    wide_page: Page,
    narrow_page: Page,
    sign_in: SignIn,
    axe: Check,
    cohort: Cohort,
    facilitator: User,
    participant: User,
    workshops: list[Workshop],
) -> None:
    Membership.objects.update(joined_at=timezone.now())
    sign_in(wide_page, facilitator)
    wide_page.goto(f"/cohorts/{cohort.public_id}/free/ask/")
    axe(wide_page)
    poll = open_poll(wide_page, cohort)
    sign_in(narrow_page, participant)
    narrow_page.goto("/")
    narrow_page.get_by_role("link", name="Say when you’re free").click()
    narrow_page.wait_for_load_state()  # for the styles, because the boxes are measured
    boxes = narrow_page.get_by_role("checkbox")
    assert boxes.count() == len(poll.half_days())
    for box in (boxes.first, boxes.nth(3)):
        size = box.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44
        box.tap()
        expect(box).to_be_checked()
    axe(narrow_page)
    narrow_page.get_by_role("button", name="Send", exact=True).tap()
    expect(narrow_page.get_by_text("Answer saved, thank you.")).to_be_visible()
    day, half = poll.half_days()[0]
    words = f"{day:%A} {day.day} {day:%B}, {half.label.lower()}"
    expect(narrow_page.get_by_role("checkbox", name=f"{words}: I can’t make it")).to_be_checked()
    wide_page.reload()
    expect(wide_page.get_by_text("1 of 2 answered")).to_be_visible()
    expect(wide_page.get_by_role("row", name=words)).to_contain_text("1 can’t")
    axe(wide_page)


@pytest.mark.parametrize(("size", "has_scripts"), [(NARROW, False), (WIDE, False), (WIDE, True)])
def test_poll_is_answered_by_keyboard_with_and_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    cohort: Cohort,
    participant: User,
    facilitator: User,
    sign_in: SignIn,
    size: dict[str, int],
    has_scripts: bool,
) -> None:
    Membership.objects.update(joined_at=timezone.now())
    context = new_context(base_url=live_site, viewport=size, java_script_enabled=has_scripts)
    page = context.new_page()
    sign_in(page, facilitator)
    poll = open_poll(page, cohort)
    context.clear_cookies()

    membership = Membership.objects.get(user=participant)
    page.goto(ANSWER_LINK.url(poll.public_id, membership.public_id))
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    expect(page.get_by_text("Answer saved, thank you.")).to_be_visible()
    assert AvailabilityAnswer.objects.get().unavailable.count() == 2
