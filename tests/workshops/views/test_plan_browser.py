"""Browser tests of planning dates: by dragging, tapping, keyboard, and without JavaScript."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import User
from cohorts.models import Cohort
from tests.browser import NARROW
from tests.factories import JANUARY
from workshops.models import ClosedDays, Workshop

SignIn = Callable[[Page, User], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(JANUARY, tick=True):
        yield


@pytest.fixture
def url(
    transactional_db: None, cohort: Cohort, workshops: list[Workshop], participant: User
) -> str:
    """The URL of the plan page of six workshops. School holidays are 29 March to 9 April."""
    ClosedDays.objects.create(
        kind="school", name="Easter", first="2027-03-29", last="2027-04-09", cohort=cohort
    )
    return f"/cohorts/{cohort.public_id}/plan/"


def row(page: Page, position: int) -> Locator:
    return page.locator(f"#workshop-{position}")


def local_starts(cohort: Cohort) -> list[str]:
    workshops = cohort.workshops.on().order_by("position")
    return [
        f"{one.starts_at.astimezone(cohort.zone):%d %b %H:%M}" for one in workshops if one.starts_at
    ]


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("It can't be reached by Tab.")


@pytest.mark.parametrize("size", ["narrow", "wide"])
def test_series_is_planned_and_confirmed(
    size: str,
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    cohort: Cohort,
    url: str,
) -> None:
    page: Page = request.getfixturevalue(f"{size}_page")
    sign_in(page, facilitator)
    page.goto(url)
    page.get_by_label("First workshop").fill("2027-03-04")
    page.get_by_label("2 weeks").check()
    page.get_by_label("Usual venue").fill("Town Hall")
    page.get_by_role("button", name="Suggest dates again").click()
    expect(row(page, 3)).to_contain_text("Moved two weeks: school holidays (Easter)")
    axe(page)
    row(page, 2).get_by_text("Change").click()
    page.get_by_label("Date of workshop 2").fill("2027-03-26")
    page.get_by_role("button", name="Check this date of workshop 2").click()
    expect(page.get_by_text("1 clash to resolve")).to_be_visible()
    expect(row(page, 2)).to_contain_text("Good Friday")
    page.get_by_role("button", name="Confirm…").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Choose another date, or give a reason to keep it below."
    )
    page.get_by_label("Reason to keep the date of workshop 2").fill("The hall is free.")
    page.get_by_role("button", name="Confirm…").click()
    expect(page.get_by_role("heading", name="Confirm the dates")).to_be_visible()
    expect(page.get_by_text("Reason to keep this date: The hall is free.")).to_be_visible()
    now = page.get_by_role("region", name="Sent as soon as you confirm")
    expect(now).to_contain_text("To Amina Rahman")
    axe(page)
    page.get_by_role("button", name="Go back and change").click()
    expect(page.get_by_label("Usual venue")).to_have_value("Town Hall")
    expect(page.get_by_label("Reason to keep the date of workshop 2")).to_have_value(
        "The hall is free."
    )
    assert local_starts(cohort) == []
    page.get_by_role("button", name="Confirm…").click()
    page.get_by_role("button", name="Confirm and send").click()
    page.wait_for_url("**/cohorts/*/")
    assert local_starts(cohort)[:3] == ["04 Mar 09:30", "26 Mar 09:30", "15 Apr 09:30"]


def test_date_is_dragged_and_later_dates_follow_on_request(
    wide_page: Page, sign_in: SignIn, facilitator: User, cohort: Cohort, url: str
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(url)
    wide_page.get_by_label("First workshop").fill("2027-02-04")
    with wide_page.expect_navigation():
        wide_page.get_by_role("button", name="Suggest dates again").click()
    row(wide_page, 1).get_by_text("Change").click()
    wide_page.get_by_label("Venue of workshop 1").fill("Library")
    wide_page.locator("#pick-2").scroll_into_view_if_needed()
    wide_page.locator("#pick-2").drag_to(wide_page.locator("td[data-day='2027-02-26']"))
    expect(row(wide_page, 2)).to_contain_text("Friday 26 February 2027, 9:30am to 1pm")
    expect(row(wide_page, 3)).to_contain_text("Thursday 18 March 2027")
    expect(wide_page.get_by_label("Venue of workshop 1")).to_have_value("Library")
    wide_page.get_by_role("button", name="Move the later workshops to follow workshop 2").click()
    expect(row(wide_page, 3)).to_contain_text("Friday 19 March 2027")
    expect(row(wide_page, 4)).to_contain_text("Friday 16 April 2027")
    expect(row(wide_page, 4)).to_contain_text("Moved one week: school holidays (Easter)")
    expect(row(wide_page, 2)).to_contain_text("Friday 26 February 2027")
    assert local_starts(cohort) == []


def test_calendar_stays_beside_the_dates_and_marks_a_clash(
    wide_page: Page, sign_in: SignIn, facilitator: User, url: str
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(url)
    row(wide_page, 3).get_by_text("Change").click()
    wide_page.get_by_label("Date of workshop 3").fill("2027-03-30")
    row(wide_page, 3).get_by_role("button", name="Check this date").click()
    clash = wide_page.locator("#pick-3")
    expect(clash).to_have_class("pick off")
    expect(clash).to_contain_text("School holidays (Easter)", ignore_case=True)
    shapes = [clash, wide_page.locator("#pick-1")]
    radii = [one.evaluate("one => getComputedStyle(one).borderRadius") for one in shapes]
    assert radii[0] != radii[1] == "50%"
    row(wide_page, 6).scroll_into_view_if_needed()
    expect(row(wide_page, 6)).to_be_in_viewport()
    expect(wide_page.get_by_role("list", name="Legend")).to_be_in_viewport()
    dates, months = (
        wide_page.locator(f"section[aria-labelledby={one}]").bounding_box()
        for one in ("dates", "months")
    )
    assert dates
    assert months
    assert dates["x"] + dates["width"] <= months["x"]


def test_date_is_moved_with_two_taps(
    narrow_page: Page, sign_in: SignIn, facilitator: User, url: str
) -> None:
    sign_in(narrow_page, facilitator)
    narrow_page.goto(url)
    narrow_page.locator("#pick-1").tap()
    expect(narrow_page.get_by_role("status")).to_contain_text(
        "Workshop 1 is picked up from Thursday 4 February"
    )
    narrow_page.locator("td[data-day='2027-02-09']").tap()
    expect(row(narrow_page, 1)).to_contain_text("Tuesday 9 February 2027")


def test_series_is_planned_and_confirmed_by_keyboard(
    wide_page: Page, sign_in: SignIn, facilitator: User, cohort: Cohort, url: str
) -> None:
    page, press = wide_page, wide_page.keyboard.press
    status = page.locator("[data-plan-said]")
    sign_in(page, facilitator)
    page.goto(url)
    tab_to(page, page.get_by_label("First workshop"))
    page.keyboard.type("03042027")  # This browser's date input has the month first.
    tab_to(page, page.get_by_role("button", name="Suggest dates again"))
    press("Enter")
    expect(row(page, 1)).to_contain_text("Thursday 4 March 2027")
    tab_to(page, page.locator("#pick-2"))
    press("Enter")
    expect(status).to_contain_text("Workshop 2 is picked up from Thursday 25 March")
    press("ArrowRight")
    expect(status).to_have_text("Friday 26 March, bank holiday (Good Friday)")
    press("Escape")
    expect(status).to_have_text("Workshop 2 stays on Thursday 25 March.")
    press("Space")
    press("ArrowUp")
    press("ArrowLeft")
    expect(status).to_have_text("Wednesday 17 March")
    press("Enter")
    expect(row(page, 2)).to_contain_text("Wednesday 17 March 2027, 9:30am to 1pm")
    expect(status).to_contain_text("Workshop 2 is on Wednesday 17 March 2027")
    expect(page.locator("#pick-2")).to_be_focused()
    expect(row(page, 3)).to_contain_text("Thursday 15 April 2027")
    page.keyboard.press("Shift+Tab")
    for _ in range(60):
        if page.evaluate("document.activeElement.name") == "confirm":
            break
        page.keyboard.press("Shift+Tab")
    press("Enter")
    expect(page.get_by_role("heading", name="Confirm the dates")).to_be_visible()
    assert local_starts(cohort) == []
    tab_to(page, page.get_by_role("button", name="Confirm and send"))
    press("Enter")
    page.wait_for_url("**/cohorts/*/")
    assert local_starts(cohort)[:3] == ["04 Mar 09:30", "17 Mar 09:30", "15 Apr 09:30"]


def test_input_typed_during_date_check_is_retained(
    wide_page: Page, sign_in: SignIn, facilitator: User, url: str
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(url)
    wide_page.evaluate("""() => {
        document.querySelector("[data-look]").click();
        const venue = document.querySelector("[name='usual_venue']");
        venue.value = "Library";
        venue.dispatchEvent(new Event("input", {bubbles: true}));
    }""")
    expect(row(wide_page, 6)).to_contain_text("Library")
    expect(wide_page.get_by_label("Usual venue")).to_have_value("Library")


def test_series_is_planned_and_confirmed_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    cohort: Cohort,
    url: str,
) -> None:
    page: Page = new_context(
        base_url=live_site, java_script_enabled=False, viewport=NARROW
    ).new_page()
    sign_in(page, facilitator)
    page.goto(url)
    page.locator("#pick-2").click()
    expect(page.get_by_label("Date of workshop 2")).to_be_visible()
    expect(page.get_by_label("Date of workshop 3")).to_be_hidden()
    page.get_by_label("Date of workshop 2").fill("2027-02-26")
    page.get_by_role("button", name="Check this date of workshop 2").click()
    page.get_by_role("button", name="Move the later workshops to follow workshop 2").click()
    expect(row(page, 3)).to_contain_text("Friday 19 March 2027")
    page.get_by_role("button", name="Confirm…").click()
    assert local_starts(cohort) == []
    page.get_by_role("button", name="Confirm and send").click()
    page.wait_for_url("**/cohorts/*/")
    assert local_starts(cohort)[:3] == ["04 Feb 09:30", "26 Feb 09:30", "19 Mar 09:30"]


def test_typed_dates_survive_closed_days_and_going_back(
    wide_page: Page, sign_in: SignIn, facilitator: User, cohort: Cohort, url: str
) -> None:
    page = wide_page
    date = page.get_by_label("Date of workshop 2")
    sign_in(page, facilitator)
    page.goto(url)
    page.get_by_label("First workshop").fill("2027-03-04")
    page.get_by_role("button", name="Suggest dates again").click()
    expect(row(page, 1)).to_contain_text("4 March 2027")
    row(page, 2).get_by_text("Change").click()
    date.fill("2027-03-24")  # nothing has sent it to the server yet

    page.get_by_role("link", name="closed days").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("losed days")
    page.goto(url)
    expect(page.get_by_text("These are the dates as you left them.")).to_be_visible()
    expect(date).to_have_value("2027-03-24")
    page.get_by_role("button", name="Confirm…").click()
    expect(page.get_by_role("heading", name="Confirm the dates")).to_be_visible()
    page.go_back()

    expect(date).to_have_value("2027-03-24")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("losed days")
    page.go_back()
    expect(date).to_have_value("2027-03-24")
    assert local_starts(cohort) == []
