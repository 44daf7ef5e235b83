"""Browser tests of saving a reflection: with Enter, after a new sign-in, and from two devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.models import User
from reflections.models import Draft, Experiment, Reflection
from tests.reflections.phones import (
    NEW,
    WORDS,
    open_page,
    textarea,
    wait_for_device_drafts,
    write_and_save,
)

SignIn = Callable[[Page, User], None]


@pytest.mark.parametrize("other", ["", "the otter"])
def test_enter_in_experiment_field_saves_reflection_and_experiment(phone: Page, other: str) -> None:
    """Enter saves both even if the page links to a second draft."""
    open_page(phone, NEW)
    write_and_save(phone, WORDS)
    if other:
        first = Draft.objects.get()
        Draft.objects.create(
            author=first.author,
            cohort=first.cohort,
            body=other,
            typed_at=first.typed_at,
            conflicts_with=first.entry,
        )
        open_page(phone, phone.url)
        expect(phone.locator("[data-conflict]")).to_be_visible()
    phone.get_by_label("One thing I’ll try").fill("Ring Dev")
    phone.get_by_label("One thing I’ll try").press("Enter")
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")
    assert [draft.body for draft in Draft.objects.all()] == ([other] if other else [])


def test_default_submit_button_is_hidden_from_keyboard_and_screen_readers(phone: Page) -> None:
    open_page(phone, NEW)
    textarea(phone).focus()
    passed: list[str] = []
    while "Save reflection" not in passed:
        phone.keyboard.press("Tab")
        passed.append(phone.evaluate("document.activeElement.textContent.trim()"))
        assert len(passed) < 8, passed
    assert "Save" not in passed
    assert phone.get_by_role("button", name="Save", exact=True).count() == 0
    phone.keyboard.press("Shift+Tab")
    expect(phone.get_by_label("One thing I’ll try")).to_be_focused()


def test_open_page_saves_after_signing_in_again(
    phone: Page, sign_in: SignIn, participant: User
) -> None:
    """The page must get a new CSRF token, because the new session has another one."""
    open_page(phone, NEW)
    Session.objects.all().delete()
    phone.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    sign_in(phone, participant)
    write_and_save(phone, WORDS)
    wait_for_device_drafts(phone, 0)
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    assert (Reflection.objects.get().body, Draft.objects.count()) == (WORDS, 0)


def test_experiment_typed_on_another_device_survives_saving(phone: Page, laptop: Page) -> None:
    open_page(phone, NEW)
    write_and_save(phone, WORDS)
    wait_for_device_drafts(phone, 0)
    open_page(laptop, phone.url)
    with laptop.expect_response("**/reflections/drafts/**"):
        laptop.get_by_label("One thing I’ll try").fill("Ring Dev")
    wait_for_device_drafts(laptop, 0)
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("You also wrote a different draft of this")).to_be_visible()
    phone.get_by_role("link", name="Edit").click()
    expect(phone.get_by_label("One thing I’ll try")).to_have_value("Ring Dev")
    phone.get_by_role("button", name="Save changes").click()
    expect(phone.get_by_text("Saved. The same people can read it as before.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")
    assert not Draft.objects.exists()
