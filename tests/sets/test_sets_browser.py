"""Sets on a phone and on a laptop: made, changed by keyboard, published, and read by the set."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort
from sets.making import jobs
from sets.models import Set, SetMembership
from tests.sets.conftest import Fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_facilitator_makes_changes_and_publishes_sets_and_a_participant_opens_theirs(
    sized_page: Page,
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
    cohort: Cohort,
    facilitator: User,
    participant: User,
    fill: Fill,
) -> None:
    fill(8)
    page = sized_page
    sign_in(page, facilitator)
    page.goto(reverse("sets:set_list", args=[cohort.public_id]))
    axe(page)
    page.get_by_role("button", name="Make sets").press("Enter")
    page.get_by_role("progressbar").wait_for()
    axe(page)
    jobs.make_pending()
    page.get_by_role("button", name="Publish to 9 people").wait_for()
    axe(page)
    fits(page)
    first = page.get_by_role("link", name="Move Person").first
    first.press("Enter")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Swap with").first.press("Enter")
    page.get_by_text("have changed places.").wait_for()
    page.get_by_role("button", name="Publish to 9 people").press("Enter")
    page.get_by_text("Published. 9 people get an e-mail.").wait_for()
    axe(page)
    page.context.clear_cookies()
    sign_in(page, participant)
    page.goto(reverse("home:today"))
    own = Set.objects.joined_by(participant).get()
    page.get_by_role("link", name=f"Your set: {own}").press("Enter")
    page.get_by_role("textbox", name="Write a note").fill("Tea first.")
    page.get_by_role("button", name="Save for your set").press("Enter")
    page.get_by_text("Saved. Your set can read it.").wait_for()
    axe(page)
    fits(page)
    assert SetMembership.objects.active().filter(set=own).count() >= 4


def fits(page: Page) -> None:
    """Assert that the page doesn't scroll sideways."""
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, page.url
