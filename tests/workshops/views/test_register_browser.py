"""Browser tests of the register, with and without JavaScript, and of the plan page without it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from accounts.models import User
from cohorts.models import Membership
from tests.workshops.views.test_register_pages import add_people
from workshops.models import Attendance, Workshop

SignIn = Callable[[Page, User], None]
Schedule = Callable[..., Workshop]


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.exclude(mark="").values_list("membership__user__name", "mark"))


@pytest.fixture
def started_workshop(
    workshops: list[Workshop], schedule: Schedule, join: Callable[..., Membership]
) -> Workshop:
    """A workshop that began five minutes ago, at the middle of the day in the cohort's time zone.

    The date is in real time, because the clock of a browser can't be changed by the test.
    """
    for name in ("Ann Able", "Ben Best", "Cid Cole"):
        join(name)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    cohort = workshops[3].cohort
    cohort.time_zone = f"Etc/GMT{min(now.hour - 10, 12):+d}"  # Etc/GMT signs are inverted
    cohort.save()
    return schedule(workshops[3], now - timedelta(minutes=5))


def local_time_after_start(workshop: Workshop, minutes: int) -> str:
    """Return the local time this many minutes after the workshop began."""
    assert workshop.starts_at is not None
    moment = workshop.starts_at + timedelta(minutes=minutes)
    return f"{moment.astimezone(workshop.cohort.zone):%H:%M}"


def test_taps_are_saved_counted_and_undone(
    sized_page: Page,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    started_workshop: Workshop,
) -> None:
    sign_in(sized_page, facilitator)
    sized_page.goto(f"/workshops/{started_workshop.public_id}/register/")
    ann = sized_page.get_by_role("group", name="Ann Able")
    ann.get_by_role("radio", name="Partly").check()
    expect(sized_page.locator("#tally")).to_contain_text("1 of 3 marked")
    expect(ann.get_by_role("radio", name="Partly")).to_be_focused()
    sized_page.get_by_label("when Ann Able left").fill(local_time_after_start(started_workshop, 60))
    sized_page.get_by_role("group", name="Ben Best").get_by_role("radio", name="Absent").check()
    expect(sized_page.locator("#tally")).to_contain_text("2 of 3 marked")
    expect(sized_page.get_by_text("All saved.")).to_be_visible()
    saved = Attendance.objects.order_by("membership__user__name").values_list("mark", "minutes")
    assert list(saved) == [("partly", 60), ("absent", None)]
    axe(sized_page)
    sized_page.get_by_role("button", name="Clear the mark of Ann Able").click()
    expect(sized_page.locator("#tally")).to_contain_text("1 of 3 marked")
    expect(ann.get_by_role("radio", name="Partly")).not_to_be_checked()
    sized_page.get_by_role("button", name="Everyone else present").click()
    expect(sized_page.locator("#tally")).to_contain_text("3 of 3 marked")
    expect(sized_page.get_by_text("All saved.")).to_be_visible()
    assert marks(started_workshop) == {
        "Ann Able": "present",
        "Ben Best": "absent",
        "Cid Cole": "present",
    }


def test_second_of_two_quick_taps_wins(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    narrow_page.goto(f"/workshops/{started_workshop.public_id}/register/")
    narrow_page.evaluate(
        "for (const value of ['present', 'absent']) "
        "document.querySelector(`[value=${value}]`).click()"
    )
    expect(narrow_page.locator("#tally")).to_contain_text("1 absent")
    expect(narrow_page.get_by_text("All saved.")).to_be_visible()
    assert marks(started_workshop) == {"Ann Able": "absent"}


def test_tap_before_the_script_has_loaded_is_saved(
    narrow_page: Page, sign_in: SignIn, facilitator: User, started_workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    delayed: list[Route] = []
    narrow_page.route("**/offline-queue*.js", lambda route: delayed.append(route))
    narrow_page.goto(f"/workshops/{started_workshop.public_id}/register/", wait_until="commit")
    narrow_page.get_by_role("group", name="Ann Able").get_by_role("radio", name="Partly").check()
    narrow_page.get_by_label("when Ann Able left").fill(
        local_time_after_start(started_workshop, 60)
    )
    assert marks(started_workshop) == {}
    for route in delayed:
        route.continue_()
    expect(narrow_page.get_by_text("All saved.")).to_be_visible()
    saved = Attendance.objects.values_list("mark", "minutes")
    assert list(saved) == [("partly", 60)]


def test_invalid_times_show_errors_immediately(
    narrow_page: Page,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    started_workshop: Workshop,
) -> None:
    sign_in(narrow_page, facilitator)
    narrow_page.goto(f"/workshops/{started_workshop.public_id}/register/")
    narrow_page.get_by_role("group", name="Ann Able").get_by_role("radio", name="Partly").check()
    expect(narrow_page.get_by_text("All saved.")).to_be_visible()
    left = narrow_page.get_by_label("when Ann Able left")
    left.fill(local_time_after_start(started_workshop, -10))
    expect(narrow_page.get_by_text("Enter a time within the workshop")).to_be_visible()
    expect(narrow_page.get_by_text("Times to correct below: 1.")).to_be_visible()
    axe(narrow_page)
    assert [(one.mark, one.minutes) for one in Attendance.objects.all()] == [("partly", None)]
    left.fill(local_time_after_start(started_workshop, 60))
    expect(narrow_page.get_by_text("All saved.")).to_be_visible()
    expect(narrow_page.get_by_text("Enter a time within the workshop")).to_be_hidden()
    assert Attendance.objects.get().minutes == 60


def test_register_works_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    started_workshop: Workshop,
) -> None:
    page: Page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    sign_in(page, facilitator)
    page.goto(f"/workshops/{started_workshop.public_id}/register/")
    for name, mark in (("Ann Able", "Partly"), ("Ben Best", "Absent")):
        page.get_by_role("group", name=name).get_by_role("radio", name=mark).check()
    page.get_by_label("when Ann Able left").fill(local_time_after_start(started_workshop, 60))
    page.get_by_role("button", name="Save the register").click()
    expect(page.locator("#tally")).to_contain_text("2 of 3 marked")
    page.get_by_role("button", name="Clear the mark of Ben Best").click()
    expect(page.locator("#tally")).to_contain_text("1 of 3 marked")
    saved = Attendance.objects.exclude(mark="").values_list("mark", "minutes")
    assert list(saved) == [("partly", 60)]


def test_totals_and_the_rest_on_a_page_of_a_large_register(
    wide_page: Page,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    started_workshop: Workshop,
) -> None:
    add_people(started_workshop.cohort, range(110))  # with Ann, Ben and Cid, 113
    sign_in(wide_page, facilitator)
    wide_page.goto(f"/workshops/{started_workshop.public_id}/register/")
    axe(wide_page)
    tally, standing = wide_page.locator("#tally"), wide_page.locator("[data-standing]")
    wide_page.get_by_role("group", name="Ann Able").get_by_role("radio", name="Absent").check()
    expect(tally).to_contain_text("1 of 113 marked")
    expect(standing).to_contain_text("All saved.")
    wide_page.get_by_role("link", name="Next").click()
    expect(wide_page.get_by_role("group", name="Person 097")).to_be_visible()
    expect(tally).to_contain_text("1 of 113 marked")
    wide_page.get_by_role("button", name="Everyone else on this page present").click()
    expect(tally).to_contain_text("14 of 113 marked")
    expect(tally).to_contain_text("13 present")
    expect(standing).to_contain_text("All saved.")
    assert Attendance.objects.exclude(mark="").count() == 14
    expect(wide_page.get_by_text("Somebody has been added to the register.")).to_be_hidden()
    wide_page.get_by_label("Name or organisation").fill("able")
    wide_page.get_by_role("button", name="Search").click()
    expect(wide_page.get_by_role("group", name="Ann Able")).to_be_visible()
    expect(wide_page.get_by_role("group", name="Ben Best")).to_be_hidden()
    expect(tally).to_contain_text("14 of 113 marked")
    wide_page.context.set_offline(True)
    wide_page.get_by_role("group", name="Ann Able").get_by_role("radio", name="Present").check()
    expect(standing).to_contain_text("Marks waiting on this phone: 1.")
    wide_page.context.set_offline(False)
    expect(standing).to_contain_text("All saved.")
    expect(tally).to_contain_text("14 present")


def test_dates_are_planned_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    workshops: list[Workshop],
) -> None:
    page: Page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    sign_in(page, facilitator)
    page.goto(f"/cohorts/{workshops[0].cohort.public_id}/plan/")
    first = page.get_by_role("listitem").filter(has_text="1. Leadership and authority")
    first.get_by_text("Change").click()
    page.get_by_label("Venue of workshop 1").fill("Library")
    page.get_by_label("First workshop").fill("2030-01-10")
    page.get_by_label("4 weeks").check()
    page.get_by_role("button", name="Suggest dates again").click()
    expect(page.get_by_text("Thursday 7 February 2030, 9:30am to 1pm")).to_be_visible()
    page.get_by_role("button", name="Confirm…").click()
    assert not Workshop.objects.on().exists()
    page.get_by_role("button", name="Confirm and send").click()
    page.wait_for_url("**/cohorts/*/")
    saved = Workshop.objects.order_by("position")
    assert [workshop.venue for workshop in saved][:2] == ["Library", ""]
    assert [f"{workshop.starts_at:%d %b %H:%M}" for workshop in saved][:3] == [
        "10 Jan 09:30",
        "07 Feb 09:30",
        "07 Mar 09:30",
    ]
