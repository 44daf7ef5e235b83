"""Browser tests of a message's page: by keyboard on a laptop, and on a phone without JavaScript."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message
from tests.browser import NARROW
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

REMINDER = "First reminder"


@pytest.fixture
def workshop(cohort: Cohort, facilitator: User, participant: User) -> Workshop:
    """A workshop in twenty days, whose invitations and calendar entries have been sent."""
    now = timezone.now()
    Membership.objects.update(joined_at=now - timedelta(days=30))
    starts = (now + timedelta(days=20)).replace(hour=9, minute=30, second=0, microsecond=0)
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=now - timedelta(days=2),
    )
    take_turn()
    return workshop


def press_enter(page: Page, control: Locator) -> None:
    control.focus()
    page.keyboard.press("Enter")


def test_message_is_read_annotated_and_sent_by_keyboard(
    wide_page: Page,
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
    workshop: Workshop,
    facilitator: User,
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(reverse("home:message_list", args=[workshop.cohort.public_id]))
    expect(wide_page.get_by_role("heading", name="Now")).to_be_visible()
    axe(wide_page)

    press_enter(wide_page, wide_page.get_by_role("link", name=REMINDER))
    letter = wide_page.frame_locator("iframe")
    expect(letter.get_by_text("Dear Amina")).to_be_visible()
    wide_page.get_by_label("Your note", exact=True).focus()
    wide_page.keyboard.type("Bring a coat: https://example.org/weather")
    press_enter(wide_page, wide_page.get_by_role("button", name="Save note"))
    expect(letter.get_by_role("link", name="https://example.org/weather")).to_be_visible()
    axe(wide_page)

    press_enter(wide_page, wide_page.get_by_role("link", name="Send now"))
    expect(wide_page.get_by_text("It goes to 1 person")).to_be_visible()
    axe(wide_page)
    press_enter(wide_page, wide_page.get_by_role("button", name="Send now"))
    expect(wide_page.get_by_text("Sending. It arrives within a few minutes.")).to_be_visible()
    take_turn()

    assert "Bring a coat" in Message.objects.get(kind="week-before", sent_at__isnull=False).text
    wide_page.reload()
    expect(wide_page.get_by_role("main").get_by_text("Sent", exact=True).first).to_be_visible()


def test_message_is_skipped_and_restored_on_a_phone_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: Callable[[Page, User], None],
    workshop: Workshop,
    facilitator: User,
) -> None:
    context = new_context(base_url=live_site, viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, facilitator)
    page.goto(reverse("home:message_list", args=[workshop.cohort.public_id]))
    page.get_by_role("link", name=REMINDER).click()
    expect(page.frame_locator("iframe").get_by_text("Dear Amina")).to_be_visible()

    page.get_by_role("link", name="Skip it for Amina Rahman").click()
    page.get_by_role("button", name="Skip this message").click()
    expect(page.get_by_text("Skipped by Ruth")).to_be_visible()
    page.get_by_role("button", name="Send after all to Amina Rahman").click()
    page.get_by_role("link", name="Skip", exact=True).click()
    expect(page.get_by_text("Nobody gets it.")).to_be_visible()
    page.get_by_role("button", name="Skip this message").click()
    expect(page.get_by_text("Skipped by Ruth Okafor")).to_be_visible()
    page.get_by_role("button", name="Send it after all").click()
    expect(page.get_by_text("No longer skipped. It’s sent, unless it’s too late.")).to_be_visible()
    context.close()
