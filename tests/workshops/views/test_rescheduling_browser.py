"""Browser tests of moving, cancelling and reinstating a workshop, with and without JavaScript."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Membership
from workshops.models import ClosedDays, Workshop

STARTS = datetime(2030, 3, 14, 9, 30, tzinfo=UTC)
SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]
Schedule = Callable[..., Workshop]


@pytest.fixture
def workshop(
    workshops: list[Workshop], schedule: Schedule, join: Callable[..., Membership]
) -> Workshop:
    """An upcoming workshop, on 14 March 2030. The host is closed a week later, on 21 March."""
    join("Ann Able")
    day = date(2030, 3, 21)
    ClosedDays.objects.create(kind=ClosedDays.Kind.HOST, name="Stocktaking", first=day, last=day)
    return schedule(workshops[3], STARTS)


def move_cancel_and_reinstate(page: Page, workshop: Workshop, axe: Axe) -> None:
    """Move the workshop to a closed day (with a reason), cancel it and reinstate it.

    Each change is previewed first.
    """
    page.goto(workshop.get_absolute_url())
    page.get_by_role("link", name="Change date or venue").click()
    axe(page)
    page.get_by_label("Date").fill("2030-03-21")
    page.get_by_label("Venue").fill("Library")
    page.get_by_label("Why?").fill("The hall is flooded.")
    page.get_by_role("button", name="Continue").click()
    # The first preview in a process imports the library of bank holidays, which takes seconds.
    heading = page.get_by_role("heading", name="Move “Power and prejudice”?")
    expect(heading).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Closed (Stocktaking)")).to_be_visible()
    expect(
        page.get_by_text(
            "Moves from Thursday 7 March 2030 at 9am to Thursday 14 March 2030 at 9am. "
            "Recipients: 1 person."
        )
    ).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Move the workshop").click()
    expect(
        page.get_by_role("alert").get_by_text("Enter a reason to use this date").first
    ).to_be_visible()
    axe(page)
    page.get_by_label("Use this date anyway, because…").fill("They let us in.")
    page.get_by_role("button", name="Move the workshop").click()
    expect(page.get_by_text("“Power and prejudice” moved.")).to_be_visible()
    expect(page.get_by_text("Thursday 21 March 2030, 9:30am to 1pm").first).to_be_visible()
    expect(page.get_by_text("Reason to keep this date: They let us in.")).to_be_visible()
    page.get_by_text("History of changes").click()
    expect(
        page.get_by_text("just now. New place: Library. Reason: “The hall is flooded.”")
    ).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Cancel this workshop").click()
    expect(page.get_by_text("No longer sent.").first).to_be_visible()
    axe(page)
    page.get_by_label("Why?").fill("Snow")
    page.get_by_role("button", name="Cancel the workshop").click()
    page.get_by_role("link", name="Reinstate it").click()
    expect(page.get_by_text("Closed (Stocktaking)")).to_be_visible()
    expect(page.get_by_label("Use this date anyway, because…")).to_have_value("They let us in.")
    axe(page)
    page.get_by_role("button", name="Reinstate the workshop").click()
    expect(page.get_by_text("“Power and prejudice” reinstated.")).to_be_visible()
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (
        saved.starts_at,
        saved.venue,
        saved.override_reason,
        saved.is_cancelled,
        saved.sequence,
    ) == (
        datetime(2030, 3, 21, 9, 30, tzinfo=UTC),
        "Library",
        "They let us in.",
        False,
        4,
    )


def test_workshop_is_moved_cancelled_and_reinstated_on_phone(
    narrow_page: Page, sign_in: SignIn, axe: Axe, facilitator: User, workshop: Workshop
) -> None:
    sign_in(narrow_page, facilitator)
    move_cancel_and_reinstate(narrow_page, workshop, axe)


def test_workshop_is_moved_cancelled_and_reinstated_on_laptop(
    wide_page: Page, sign_in: SignIn, axe: Axe, facilitator: User, workshop: Workshop
) -> None:
    sign_in(wide_page, facilitator)
    move_cancel_and_reinstate(wide_page, workshop, axe)


def test_workshop_is_moved_without_javascript_after_concurrent_cancellation(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    second_facilitator: User,
    workshop: Workshop,
) -> None:
    """While a facilitator sees the preview of a move, another facilitator cancels the workshop.

    The form shows the conflict. The first facilitator submits the move again, and reinstates the
    workshop.
    """
    page: Page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    sign_in(page, facilitator)
    page.goto(f"/workshops/{workshop.public_id}/move/")
    page.get_by_label("Date").fill("2030-03-28")
    page.get_by_label("Why?").fill("The hall is flooded.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Go back and change").click()
    expect(page.get_by_label("Date")).to_have_value("2030-03-28")
    expect(page.get_by_label("Why?")).to_have_value("The hall is flooded.")
    page.get_by_label("Venue").fill("Library")
    page.get_by_role("button", name="Continue").click()
    Workshop.objects.get(pk=workshop.pk).cancel(
        by=second_facilitator, at=datetime.now(UTC), reason="Snow"
    )
    page.get_by_role("button", name="Move the workshop").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Tom Sallow cancelled “Power and prejudice”, just now. Reason: “Snow”"
    )
    expect(page.get_by_label("Venue")).to_have_value("Library")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Move the workshop").click()
    page.get_by_role("button", name="Reinstate the workshop").click()
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (saved.starts_at, saved.venue, saved.is_cancelled, saved.sequence) == (
        datetime(2030, 3, 28, 9, 30, tzinfo=UTC),
        "Library",
        False,
        4,
    )


def test_workshop_is_moved_by_keyboard(
    wide_page: Page, sign_in: SignIn, facilitator: User, workshop: Workshop
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(f"/workshops/{workshop.public_id}/move/")
    wide_page.get_by_label("Date").focus()
    wide_page.keyboard.type("03282030")
    tab_to(wide_page, "Continue")
    wide_page.keyboard.press("Enter")
    wide_page.get_by_role("heading", name="Move “Power and prejudice”?").wait_for()
    tab_to(wide_page, "Move the workshop")
    wide_page.keyboard.press("Enter")
    wide_page.wait_for_url(f"**{workshop.get_absolute_url()}")
    assert Workshop.objects.get(pk=workshop.pk).starts_at == datetime(
        2030, 3, 28, 9, 30, tzinfo=UTC
    )


def tab_to(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    for _ in range(40):
        if button.evaluate("button => button === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"“{name}” is not reached by keyboard.")
