"""Browser tests: users download and delete their data, on a phone and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from zipfile import ZipFile

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Reflection
from tests.browser import NARROW
from tests.privacy.conftest import BEFORE, WORDS

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Page, User], None]
OVERFLOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def author(participant: User, cohort: Cohort) -> User:
    Reflection.objects.create(
        author=participant, cohort=cohort, body=WORDS, written_at=BEFORE, changed_at=BEFORE
    )
    return participant


def test_data_is_downloaded_on_a_phone(
    narrow_page: Page, sign_in: SignIn, author: User, axe: Callable[[Page], None]
) -> None:
    sign_in(narrow_page, author)
    narrow_page.goto("/")
    narrow_page.get_by_role("contentinfo").get_by_role("link", name="Your data").click()
    expect(narrow_page.get_by_role("row", name="Your reflections 1")).to_be_visible()
    axe(narrow_page)
    assert not narrow_page.evaluate(OVERFLOW)
    with narrow_page.expect_download() as download:
        narrow_page.get_by_role("button", name="Download").press("Enter")
    with ZipFile(download.value.path()) as archive:
        assert WORDS in archive.read("reflections.html").decode()
        assert WORDS in archive.read("data/reflections.json").decode()


def test_account_is_deleted_by_keyboard(
    narrow_page: Page, sign_in: SignIn, author: User, axe: Callable[[Page], None]
) -> None:
    sign_in(narrow_page, author)
    narrow_page.goto("/my-data/")
    narrow_page.get_by_role("link", name="Delete my account").press("Enter")
    expect(
        narrow_page.get_by_role("listitem").filter(has_text="Your reflections: 1")
    ).to_be_visible()
    axe(narrow_page)
    assert not narrow_page.evaluate(OVERFLOW)
    box = narrow_page.get_by_role("textbox")
    box.fill("no")
    box.press("Enter")
    expect(narrow_page.get_by_role("alert").filter(has_text="Nothing was deleted.")).to_be_visible()
    narrow_page.get_by_role("textbox").fill("delete")
    narrow_page.get_by_role("button", name="Delete everything").press("Enter")
    expect(narrow_page.get_by_role("heading", name="Your data is deleted")).to_be_visible()
    axe(narrow_page)
    narrow_page.goto("/my-data/")
    expect(narrow_page.get_by_label("Your work e-mail")).to_be_visible()
    assert User.objects.get(pk=author.pk).erased_at is not None


def test_text_is_deleted_without_javascript(
    new_context: Callable[..., BrowserContext], live_site: str, sign_in: SignIn, author: User
) -> None:
    page = new_context(base_url=live_site, viewport=NARROW, java_script_enabled=False).new_page()
    sign_in(page, author)
    page.goto("/my-data/delete-words/")
    page.get_by_role("textbox").fill("delete")
    page.get_by_role("button", name="Delete everything I wrote").click()
    expect(page.get_by_text("Everything you wrote is deleted.")).to_be_visible()
    assert (Reflection.objects.count(), User.objects.get(pk=author.pk).erased_at) == (0, None)


def test_who_sees_what_is_accessible_for_visitors(
    sized_page: Page, db: None, axe: Callable[[Page], None]
) -> None:
    sized_page.goto("/sign-in/")
    sized_page.get_by_role("contentinfo").get_by_role("link", name="Who sees what").click()
    expect(sized_page.get_by_role("heading", level=1)).to_have_text(
        "Who sees what, and where it is kept"
    )
    axe(sized_page)
    assert not sized_page.evaluate(OVERFLOW)
