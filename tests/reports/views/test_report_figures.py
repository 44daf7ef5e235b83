"""Browser tests of the report on a phone, on a laptop and in print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.reports.hand_worked import FINISHED, STARTS, HandWorked

A4_WITHIN_MARGINS = {"width": 680, "height": 1009}


@pytest.fixture(autouse=True)
def moment() -> Iterator[Any]:
    with time_machine.travel(FINISHED) as traveller:
        yield traveller


@pytest.fixture
def address(hand_worked: HandWorked) -> str:
    return reverse("reports:report_detail", args=[hand_worked.cohort.public_id])


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_report_fits_a_phone(
    narrow_page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], None],
    facilitator: User,
    address: str,
) -> None:
    sign_in(narrow_page, facilitator)
    narrow_page.goto(address)
    assert fits(narrow_page)
    axe(narrow_page)


def test_report_fits_a_laptop(
    wide_page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], None],
    facilitator: User,
    address: str,
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(address)
    assert fits(wide_page)
    axe(wide_page)
    with wide_page.expect_download() as download:
        wide_page.get_by_role("link", name="Download spreadsheet").click()
    assert download.value.suggested_filename == "north-east-spring-2027-report-2026-12-31.xlsx"


def test_report_before_the_first_workshop_is_accessible(
    wide_page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], None],
    facilitator: User,
    address: str,
    moment: Any,
) -> None:
    moment.move_to(STARTS[0])
    sign_in(wide_page, facilitator)
    wide_page.goto(address)
    assert wide_page.get_by_role("heading", name="Nothing to report yet").is_visible()
    axe(wide_page)


def test_list_of_reports_fits_a_phone(
    narrow_page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], None],
    facilitator: User,
    address: str,
) -> None:
    sign_in(narrow_page, facilitator)
    narrow_page.goto(reverse("reports:report_list"))
    assert fits(narrow_page)
    axe(narrow_page)
    narrow_page.get_by_role("link", name="North East, spring 2027").click()
    expect(narrow_page.get_by_role("heading", level=1)).to_have_text("North East, spring 2027")


def test_printed_report_has_tables_and_no_buttons(
    wide_page: Page, sign_in: Callable[..., None], facilitator: User, address: str
) -> None:
    sign_in(wide_page, facilitator)
    wide_page.goto(address)
    wide_page.set_viewport_size(A4_WITHIN_MARGINS)  # type: ignore[arg-type]
    wide_page.emulate_media(media="print")
    assert fits(wide_page)
    for kind in ("button", "navigation", "contentinfo"):
        assert wide_page.get_by_role(kind).count() == 0
    assert wide_page.get_by_role("link", name="Download spreadsheet").count() == 0
    assert wide_page.get_by_role("columnheader", name="Wrote a reflection").is_visible()
    assert wide_page.get_by_text("have no mark on the register").is_hidden()
    assert wide_page.get_by_role("heading", name="How each figure is calculated").is_visible()
    # It takes two pages with our fonts, perhaps three with others. One card a page would be six.
    assert 2 <= wide_page.pdf(format="A4").count(b"/Type /Page\n") <= 3
