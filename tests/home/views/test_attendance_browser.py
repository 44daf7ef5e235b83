"""The attendance table on a cohort's page: a phone folds it, a laptop shows it."""

from collections.abc import Callable

import pytest
import time_machine
from playwright.sync_api import Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import LONG_AGO, STARTS, who_leads_here

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cohort_page(
    cohort: Cohort,
    facilitator: User,
    participant: User,
    sign_in: Callable[[Page, User], None],
) -> Callable[[Page], None]:
    """A function that opens the cohort's page, after a workshop."""
    Membership.objects.update(joined_at=LONG_AGO)
    who_leads_here(cohort)

    def open_in(page: Page) -> None:
        sign_in(page, facilitator)
        page.goto(cohort.get_absolute_url())

    return open_in


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel(STARTS, tick=True) as traveller:
        yield traveller


def test_phone_folds_attendance(
    cohort_page: Callable[[Page], None], narrow_page: Page, axe: Callable[[Page], None]
) -> None:
    cohort_page(narrow_page)
    person = narrow_page.get_by_role("rowheader", name="Amina Rahman")
    expect(person).to_have_count(0)
    narrow_page.get_by_text("Attendance by person").click()
    expect(person).to_be_visible()
    axe(narrow_page)


def test_laptop_shows_attendance(
    cohort_page: Callable[[Page], None], wide_page: Page, axe: Callable[[Page], None]
) -> None:
    cohort_page(wide_page)
    expect(wide_page.get_by_role("rowheader", name="Amina Rahman")).to_be_visible()
    expect(wide_page.get_by_text("Attendance by person")).to_be_hidden()
    axe(wide_page)
