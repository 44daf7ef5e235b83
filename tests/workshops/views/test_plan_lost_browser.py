"""The plan of dates in a browser that loses its connection, or whose session expires."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from cohorts.models import Cohort
from tests.factories import JANUARY
from tests.reflections.phones import BROWSER_STORAGE
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]
pytestmark = pytest.mark.django_db(transaction=True)
SHOWN_AGAIN = "These are the dates as you left them."


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(JANUARY, tick=True):
        yield


@pytest.fixture
def plan(
    narrow_page: Page,
    sign_in: SignIn,
    facilitator: User,
    cohort: Cohort,
    workshops: list[Workshop],
    participant: User,
) -> Page:
    """The plan page, with a date and a venue that were typed."""
    sign_in(narrow_page, facilitator)
    narrow_page.goto(f"/cohorts/{cohort.public_id}/plan/")
    narrow_page.wait_for_load_state("networkidle")
    narrow_page.get_by_label("First workshop").fill("2027-03-04")
    narrow_page.get_by_role("button", name="Suggest dates again").click()
    expect(narrow_page.locator("#workshop-1")).to_contain_text("4 March 2027")
    narrow_page.wait_for_load_state("networkidle")
    narrow_page.get_by_label("Usual venue").fill("The library")
    return narrow_page


def lose_posts(route: Route) -> None:
    if route.request.method == "POST":
        route.abort("internetdisconnected")
    else:
        route.continue_()


def sign_in_again(page: Page, sign_in: SignIn, user: User) -> None:
    """Sign in, and open the page that the sign-in page leads to."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    [address] = parse_qs(urlsplit(page.url).query)["next"]
    sign_in(page, user)
    page.goto(address)


def expect_plan(page: Page) -> None:
    expect(page.get_by_text(SHOWN_AGAIN)).to_be_visible()
    expect(page.get_by_label("Usual venue")).to_have_value("The library")
    expect(page.get_by_label("First workshop")).to_have_value("2027-03-04")
    expect(page.locator("#workshop-1")).to_contain_text("4 March 2027")


def test_lost_connection_keeps_the_page_and_tries_again(plan: Page, cohort: Cohort) -> None:
    plan.route("**/*", lose_posts)
    plan.get_by_role("button", name="Confirm…").click()
    expect(plan.get_by_role("button", name="Trying again…")).to_be_visible()
    expect(plan.get_by_label("Usual venue")).to_have_value("The library")
    plan.unroute("**/*")
    plan.get_by_role("button", name="Confirm and send").click(timeout=20_000)
    plan.wait_for_url(f"**{cohort.get_absolute_url()}")
    assert cohort.workshops.filter(venue="The library").count() == 6


def test_closed_tab_without_a_connection_loses_nothing(plan: Page, cohort: Cohort) -> None:
    plan.route("**/*", lose_posts)
    plan.get_by_role("button", name="Confirm…").click()
    expect(plan.get_by_role("button", name="Trying again…")).to_be_visible()
    context = plan.context
    address = plan.url
    plan.goto("about:blank")
    plan.close()
    page = context.new_page()
    page.goto(address)
    expect_plan(page)
    assert not cohort.workshops.exclude(starts_at=None).exists()


def test_expired_session_leads_back_to_the_plan(
    plan: Page, sign_in: SignIn, facilitator: User
) -> None:
    plan.context.clear_cookies(name="sessionid")
    plan.get_by_role("button", name="Confirm…").click()
    sign_in_again(plan, sign_in, facilitator)
    expect_plan(plan)


def test_expired_session_leads_back_to_the_plan_from_its_preview(
    plan: Page, sign_in: SignIn, facilitator: User, cohort: Cohort
) -> None:
    plan.get_by_role("button", name="Confirm…").click()
    expect(plan.get_by_role("heading", level=1)).to_have_text("Confirm the dates")
    plan.wait_for_load_state("networkidle")
    plan.context.clear_cookies(name="sessionid")
    plan.get_by_role("button", name="Confirm and send").click()
    sign_in_again(plan, sign_in, facilitator)
    expect_plan(plan)
    assert not cohort.workshops.exclude(starts_at=None).exists()
    plan.get_by_role("button", name="Confirm…").click()
    plan.get_by_role("button", name="Confirm and send").click()
    plan.wait_for_url(f"**{cohort.get_absolute_url()}")


def test_expired_session_leads_back_from_a_date_check(
    plan: Page, sign_in: SignIn, facilitator: User
) -> None:
    plan.context.clear_cookies(name="sessionid")
    plan.get_by_label("Usual venue").press("Enter")
    sign_in_again(plan, sign_in, facilitator)
    expect_plan(plan)


def test_date_check_leaves_nothing_on_the_device(plan: Page) -> None:
    plan.get_by_label("Usual venue").press("Enter")
    expect(plan.locator("#workshop-6")).to_contain_text("The library")
    for _ in range(100):
        if not plan.evaluate(BROWSER_STORAGE)["drafts"]:
            break
        plan.wait_for_timeout(50)
    assert plan.evaluate(BROWSER_STORAGE)["drafts"] == []
    plan.reload()
    expect_plan(plan)
