"""Browser tests of RSVPs, notes and access needs: on phone and laptop, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Membership
from tests.browser import NARROW
from workshops.models import Attendance, Workshop
from workshops.register.rsvp import RSVP_LINK

Schedule = Callable[..., Workshop]
SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]
NOTE = "My daughter’s school has its concert."


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    """A workshop in a few days.

    The date is in real time, because the clock of a browser can't be changed by the test.
    """
    return schedule(workshops[3], datetime.now(UTC) + timedelta(days=6))


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.get()


@pytest.fixture
def bare_page(new_context: Callable[..., BrowserContext], live_site: str) -> Iterator[Page]:
    """A browser page as wide as a phone, without JavaScript."""
    context = new_context(java_script_enabled=False, base_url=live_site, viewport=NARROW)
    yield context.new_page()
    context.close()


def saved_answers() -> list[tuple[str, str]]:
    return list(Attendance.objects.values_list("answer", "note"))


def answer_by_address(page: Page, workshop: Workshop, member: Membership) -> None:
    """Open the e-mail's link, answer “coming”, then send apologies with a note.

    The first note is too long.
    """
    page.goto(RSVP_LINK.path(workshop.public_id, member.public_id))
    page.get_by_role("button", name="I’m coming").click()
    expect(page.get_by_role("status")).to_have_text(
        "You said you’re coming. We look forward to seeing you."
    )
    page.get_by_role("button", name="I can’t make it").click()
    expect(page.get_by_role("status")).to_contain_text("You said you can’t make it")
    box = page.get_by_label("A note for your facilitators")
    expect(page.get_by_text("Only your facilitators can read this.")).to_be_visible()
    box.fill("x" * 1001)
    page.get_by_role("button", name="Send to your facilitators").click()
    expect(page.get_by_role("alert").first).to_contain_text("Shorten this to 1000 characters")
    expect(box).to_have_value("x" * 1001)
    box.fill(NOTE)
    page.get_by_role("button", name="Send to your facilitators").click()
    expect(page.get_by_text("Your facilitators have a note from you.")).to_be_visible()
    expect(box).to_have_value("")
    assert saved_answers() == [("apologies", NOTE)]


def test_rsvp_from_email(
    sized_page: Page, axe: Axe, workshop: Workshop, member: Membership
) -> None:
    sized_page.goto(RSVP_LINK.path(workshop.public_id, member.public_id))
    axe(sized_page)
    answer_by_address(sized_page, workshop, member)
    axe(sized_page)


def test_rsvp_from_email_without_javascript(
    bare_page: Page, workshop: Workshop, member: Membership
) -> None:
    answer_by_address(bare_page, workshop, member)


def answer_from_today(page: Page) -> None:
    """On Today, send apologies with a note, and then open the note again."""
    page.goto("/")
    page.get_by_role("button", name="I can’t make it").click()
    page.get_by_label("A note for your facilitators").fill(NOTE)
    page.get_by_role("button", name="Send to your facilitators").click()
    expect(page.get_by_text("Thank you. Your facilitators can read your note.")).to_be_visible()
    expect(page.get_by_role("button", name="✓ You can’t make it")).to_be_visible()
    page.get_by_role("link", name="Change your note to your facilitators").click()
    expect(page.get_by_label("A note for your facilitators")).to_have_value(NOTE)
    assert saved_answers() == [("apologies", NOTE)]


def save_needs(page: Page, member: Membership) -> None:
    page.goto("/")
    page.get_by_role("link", name="Tell us what you need").click()
    page.get_by_role("checkbox", name="Vegan").check()
    page.get_by_label("Anything else").fill("a window seat")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your needs are counted for the venue.")).to_be_visible()
    expect(page.get_by_role("link", name="Tell us")).to_have_count(0)
    page.get_by_role("link", name="Food and access").click()
    expect(page.get_by_role("checkbox", name="Vegan")).to_be_checked()
    member.refresh_from_db()
    assert (member.needs, member.needs_named) == ("Vegan, a window seat", False)


def test_note_and_needs_from_today_reach_facilitator(
    sized_page: Page,
    sign_in: SignIn,
    axe: Axe,
    workshop: Workshop,
    member: Membership,
    facilitator: User,
) -> None:
    sign_in(sized_page, member.user)
    answer_from_today(sized_page)
    axe(sized_page)
    save_needs(sized_page, member)
    axe(sized_page)
    sign_in(sized_page, facilitator)
    sized_page.goto(workshop.get_absolute_url())
    sized_page.get_by_text("Apologies, by name").click()
    expect(sized_page.get_by_text(NOTE)).to_be_visible()
    axe(sized_page)
    sized_page.goto(f"/cohorts/{workshop.cohort.public_id}/people/")
    sized_page.get_by_role("link", name="A sheet for the venue").click()
    expect(sized_page.get_by_role("row").nth(2)).to_have_text("Vegan 1", use_inner_text=True)
    expect(sized_page.get_by_text("Amina")).to_have_count(0)
    axe(sized_page)


def test_note_and_needs_from_today_without_javascript(
    bare_page: Page, sign_in: SignIn, workshop: Workshop, member: Membership
) -> None:
    sign_in(bare_page, member.user)
    answer_from_today(bare_page)
    save_needs(bare_page, member)
