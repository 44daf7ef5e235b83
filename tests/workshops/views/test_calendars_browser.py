"""Browser tests of calendar feeds: an address is created, read, replaced and stopped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import User
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]


def feed_section(page: Page) -> Locator:
    return page.get_by_role("region", name="Workshops I facilitate")


@pytest.fixture
def upcoming_workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], datetime.now(UTC) + timedelta(days=6))


def feed_address(page: Page) -> str:
    return feed_section(page).get_by_label("Your address").input_value()


def create_and_fetch_feed(page: Page, upcoming_workshop: Workshop) -> None:
    """Create a feed's address, starting at the cohort's page; fetch the feed without cookies."""
    page.goto(upcoming_workshop.cohort.get_absolute_url())
    page.get_by_role("link", name="Add these dates to your calendar").click()
    feed_section(page).get_by_role("button", name="Create my calendar address").click()
    first = feed_address(page)
    page.context.clear_cookies()
    answer = page.request.get(first)
    assert upcoming_workshop.title in answer.text().replace("\r\n ", "")
    assert page.request.get(first, headers={"If-None-Match": answer.headers["etag"]}).status == 304


def replace_and_delete_address(page: Page) -> None:
    page.goto("/calendar/")
    first = feed_address(page)
    page.get_by_text("If somebody else has seen the address").click()
    feed_section(page).get_by_role("button", name="Replace the address").click()
    expect(page.get_by_label("Your address")).not_to_have_value(first)
    second = feed_address(page)
    assert [page.request.get(url).status for url in (first, second)] == [404, 200]
    page.get_by_text("If somebody else has seen the address").click()
    feed_section(page).get_by_role("button", name="Delete the address").last.click()
    expect(
        feed_section(page).get_by_role("button", name="Create my calendar address")
    ).to_be_visible()
    assert page.request.get(second).status == 404


def test_calendar_address_is_created_read_replaced_and_stopped(
    sized_page: Page,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    upcoming_workshop: Workshop,
) -> None:
    sign_in(sized_page, facilitator)
    create_and_fetch_feed(sized_page, upcoming_workshop)
    sign_in(sized_page, facilitator)
    sized_page.goto("/calendar/")
    axe(sized_page)
    replace_and_delete_address(sized_page)
    axe(sized_page)


def test_calendar_address_works_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    upcoming_workshop: Workshop,
) -> None:
    page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    sign_in(page, facilitator)
    create_and_fetch_feed(page, upcoming_workshop)
    sign_in(page, facilitator)
    page.goto("/calendar/")
    expect(page.get_by_role("button", name="Copy the address")).to_be_hidden()
    replace_and_delete_address(page)
