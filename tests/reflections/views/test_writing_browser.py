"""Browser tests of writing and sharing reflections on a phone, checked with axe."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from cohorts.models import Membership
from reflections.models import Audience, Draft, Reflection
from tests.reflections.conftest import MARKER
from tests.reflections.phones import NEW, expect_save_status, open_page, textarea
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]


def test_reflection_is_written_shared_and_made_private_on_a_phone(
    narrow_page: Page,
    sign_in: SignIn,
    axe: Axe,
    participant: User,
    facilitator: User,
    workshop: Workshop,
) -> None:
    page = narrow_page
    sign_in(page, participant)
    page.goto(f"/reflections/new/?workshop={workshop.public_id}&prompt=1")
    axe(page)
    expect(page.get_by_role("radio", name="Only me")).to_be_checked()
    page.get_by_label("What did you notice in yourself?").fill(MARKER)
    expect(page.get_by_text("Word count: 5")).to_be_visible()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What did you notice in yourself?")
    expect(page.get_by_text("Only you can read this")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Choose who can read it").click()
    axe(page)
    page.get_by_role("radio", name="My facilitators").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Share this with 1 person?")
    axe(page)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("Ruth can read it.")).to_be_visible()
    axe(page)
    assert Reflection.objects.get().audience == Audience.FACILITATORS
    page.get_by_role("link", name="Choose who can read it").click()
    page.get_by_role("radio", name="Only me").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Only you can read this")).to_be_visible()
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_new_reader_is_confirmed_and_no_text_is_lost(
    narrow_page: Page, sign_in: SignIn, axe: Axe, participant: User, facilitator: User, peer: User
) -> None:
    page = narrow_page
    sign_in(page, participant)
    open_page(page, NEW)
    textarea(page).fill(MARKER)
    expect_save_status(page, "^Saved$")
    page.get_by_label("One thing I’ll try").fill("To ask")
    page.get_by_role("radio", name="My facilitators").check()
    Membership.objects.filter(user=peer).update(role=Membership.Role.FACILITATOR)
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_role("group", name="Who can read this?")).to_contain_text(
        "Since you opened this page, Dev Patel joined and could read it too"
    )
    expect(page.get_by_role("radio", name="My facilitators Dev and Ruth.")).to_be_checked()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not Reflection.objects.exists()
    expect(textarea(page)).to_have_value(MARKER)
    expect(page.get_by_label("One thing I’ll try")).to_have_value("To ask")
    page.get_by_role("button", name="Save reflection").press("Enter")
    expect(page.get_by_text("Dev and Ruth can read it.")).to_be_visible()
    kept = Reflection.objects.get()
    assert (kept.body, kept.audience, kept.experiments.get().words) == (
        MARKER,
        Audience.FACILITATORS,
        "To ask",
    )
    assert not Draft.objects.exists()


def test_pages_of_shared_reflections_pass_axe(
    wide_page: Page,
    sign_in: SignIn,
    axe: Axe,
    participant: User,
    facilitator: User,
    entry: Callable[..., Reflection],
    workshop: Workshop,
) -> None:
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=9))
    shared = entry(audience=Audience.COHORT, workshop=workshop)
    entry(workshop=workshop)
    sign_in(wide_page, facilitator)
    wide_page.goto(f"/cohorts/{workshop.cohort.public_id}/reflections/")
    axe(wide_page)
    wide_page.get_by_role("link", name="Read and reply").click()
    wide_page.get_by_label("Your reply").fill("Thank you")
    wide_page.get_by_role("button", name="Send reply").click()
    expect(wide_page.get_by_text("Reply sent.")).to_be_visible()
    axe(wide_page)
    wide_page.get_by_role("link", name="Delete your reply").click()
    axe(wide_page)
    sign_in(wide_page, participant)
    for address in (
        "/reflections/",
        f"{shared.get_absolute_url()}edit/",
        f"{shared.get_absolute_url()}delete/",
    ):
        wide_page.goto(address)
        axe(wide_page)


def test_reply_to_a_deleted_reflection_is_returned_to_its_author(
    narrow_page: Page,
    sign_in: SignIn,
    axe: Axe,
    facilitator: User,
    entry: Callable[..., Reflection],
) -> None:
    page = narrow_page
    sign_in(page, facilitator)
    shared = entry(audience=Audience.FACILITATORS)
    page.goto(shared.get_absolute_url())
    page.get_by_label("Your reply", exact=True).fill("Long\nand careful")
    shared.delete()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("You can’t reply here any more.")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("Long\nand careful")
    expect(page.get_by_role("button", name="Copy your reply")).to_be_visible()
    axe(page)
