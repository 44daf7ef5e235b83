"""Browser test of quotes: an author offers and withdraws some, a facilitator chooses one."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.reports.offered import WORDS, Ended


def test_quotes_are_offered_chosen_printed_and_withdrawn(
    narrow_page: Page,
    wide_page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], None],
    facilitator: User,
    ended: Ended,
) -> None:
    report = reverse("reports:report_detail", args=[ended.cohort.public_id])
    sign_in(narrow_page, ended.amina)
    narrow_page.goto(ended.entry.get_absolute_url())
    offer(narrow_page, "As Amina I rang them.", axe)
    expect(
        narrow_page.get_by_text("This names you, or where you work: “Amina”.").first
    ).to_be_visible()
    narrow_page.get_by_label("The words you offer").fill(WORDS)
    narrow_page.get_by_role("button", name="Preview").click()
    expect(narrow_page.get_by_role("blockquote")).to_have_text(WORDS)
    axe(narrow_page)
    narrow_page.get_by_role("button", name="Offer these words").click()
    expect(narrow_page.get_by_role("heading", name="On offer to the report")).to_be_visible()
    axe(narrow_page)

    sign_in(wide_page, facilitator)
    wide_page.goto(report)
    assert wide_page.get_by_text(WORDS).count() == 0
    wide_page.get_by_role("link", name="Words on offer").click()
    axe(wide_page)
    wide_page.get_by_role("button", name="Add to the report").click()
    wide_page.goto(report)
    expect(
        wide_page.get_by_role("region", name="In their own words").get_by_role("blockquote")
    ).to_have_text(WORDS)

    narrow_page.reload()
    narrow_page.get_by_role("link", name="Withdraw these words").click()
    narrow_page.get_by_role("button", name="Withdraw").click()
    wide_page.reload()
    assert wide_page.get_by_text(WORDS).count() == 0

    offer(narrow_page, "We rang them.", axe)
    narrow_page.get_by_role("button", name="Offer these words").click()
    expect(narrow_page.get_by_role("heading", name="On offer to the report")).to_be_visible()
    wide_page.get_by_role("link", name="Words on offer").click()
    wide_page.get_by_role("button", name="Add to the report").click()
    wide_page.goto(report)
    wide_page.get_by_role("link", name="Freeze the report").click()
    axe(wide_page)
    # The long timeout is for the PDF, whose libraries are loaded first.
    wide_page.get_by_role("button", name="Freeze the report").click(timeout=60_000)
    expect(wide_page.get_by_text("Frozen on")).to_be_visible()
    axe(wide_page)
    with wide_page.expect_download(timeout=60_000) as download:
        wide_page.get_by_role("link", name="Download PDF", exact=True).click()
    assert download.value.suggested_filename.endswith(".pdf")
    narrow_page.reload()
    expect(narrow_page.get_by_role("heading", name="Printed in the report")).to_be_visible()
    assert narrow_page.get_by_role("link", name="Withdraw these words").count() == 0


def offer(page: Page, words: str, axe: Callable[[Page], None]) -> None:
    """From the reflection's page, open the form, fill in these words and press Preview."""
    page.get_by_role("link", name="Offer a few words to the report").click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("The words you offer").fill(words)
    page.get_by_role("button", name="Preview").click()
