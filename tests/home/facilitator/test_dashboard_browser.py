"""Browser tests of Today and handouts: phone and laptop, with and without JavaScript."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.workshops import handouts
from workshops.models import Material, Workshop

SignIn = Callable[[Page, User], None]


@pytest.fixture
def soon(cohort: Cohort, facilitator: User, participant: User) -> Workshop:
    """A workshop without venue or link, in three days.

    The date is in real time, because the clock of a browser can't be stopped at NOW.
    """
    now = datetime.now(UTC)
    Membership.objects.update(joined_at=now - timedelta(days=60))
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Seeing the whole",
        agenda="15 Arrive and coffee\n60 Draw it",
        starts_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=3, hours=3, minutes=30),
        scheduled_at=now - timedelta(days=60),
    )


def hand_out_a_file(page: Page, workshop: Workshop) -> None:
    """Go from Today to the workshop, upload an invalid and a valid file, and delete the file."""
    page.goto("/")
    expect(page.get_by_role("heading", name="Needs your attention")).to_be_visible()
    expect(page.get_by_role("link", name="Add a venue or link")).to_be_visible()
    expect(page.get_by_role("link", name="Amina Rahman")).to_have_attribute(
        "href", "mailto:amina.participant@example.org"
    )
    page.get_by_role("link", name="Seeing the whole", exact=True).click()
    expect(page.get_by_text("Arrive and coffee")).to_be_visible()
    page.get_by_role("link", name="Add a link or file").click()
    page.get_by_label("Title").fill("One page on maps")
    choose(page, "map.pdf", handouts.EXE)
    expect(page.locator(".error")).to_contain_text("Its content does not match its name")
    expect(page.get_by_label("Title")).to_have_value("One page on maps")
    choose(page, "map.pdf", handouts.PDF)
    page.wait_for_url("**/workshops/*/#materials")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="One page on maps", exact=True).click()
    assert fetched.value.suggested_filename == "map.pdf"
    assert fetched.value.path().read_bytes() == handouts.PDF
    page.get_by_role("link", name="Delete “One page on maps”").click()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/workshops/*/#materials")
    assert not Material.objects.filter(workshop=workshop).exists()


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("Or a file").set_input_files(
        {"name": name, "mimeType": "application/pdf", "buffer": content}
    )
    page.get_by_role("button", name="Add", exact=True).click()


@pytest.mark.parametrize("size", ["narrow_page", "wide_page"])
def test_facilitator_hands_out_a_file_from_the_dashboard(
    size: str, request: pytest.FixtureRequest, sign_in: SignIn, facilitator: User, soon: Workshop
) -> None:
    page: Page = request.getfixturevalue(size)
    sign_in(page, facilitator)
    hand_out_a_file(page, soon)


def test_facilitator_hands_out_a_file_without_javascript(
    new_context: Callable[..., BrowserContext],
    live_site: str,
    sign_in: SignIn,
    facilitator: User,
    soon: Workshop,
) -> None:
    page: Page = new_context(base_url=live_site, java_script_enabled=False).new_page()
    sign_in(page, facilitator)
    hand_out_a_file(page, soon)


@pytest.mark.parametrize("size", ["narrow_page", "wide_page"])
def test_dashboard_and_materials_are_accessible(
    size: str,
    request: pytest.FixtureRequest,
    axe: Callable[[Page], None],
    sign_in: SignIn,
    facilitator: User,
    soon: Workshop,
) -> None:
    page: Page = request.getfixturevalue(size)
    sign_in(page, facilitator)
    Material.objects.create(
        workshop=soon, title="A film", link="https://example.org/", added_at=datetime.now(UTC)
    )
    for address in ("/", soon.get_absolute_url(), f"{soon.get_absolute_url()}materials/add/"):
        page.goto(address)
        axe(page)
