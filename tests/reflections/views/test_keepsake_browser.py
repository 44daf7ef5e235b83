"""Keeping what is written: by the Enter key, after signing in once more, on the one of two devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.models import User
from reflections.models import Draft, Experiment, Reflection
from tests.reflections.phones import NEW, WORDS, area, on_the_device, open_at, write_and_save

SignIn = Callable[[Page, User], None]


@pytest.mark.parametrize("other", ["", "the otter"])
def test_enter_in_one_thing_to_try_keeps_it_all(phone: Page, other: str) -> None:
    """Also where a second draft is mentioned, with a link of its own."""
    open_at(phone, NEW)
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
        open_at(phone, phone.url)
        expect(phone.locator("[data-conflict]")).to_be_visible()
    phone.get_by_label("One thing I’ll try").fill("Ring Dev")
    phone.get_by_label("One thing I’ll try").press("Enter")
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")
    assert [draft.body for draft in Draft.objects.all()] == ([other] if other else [])


def test_button_that_enter_presses_is_in_nobodys_way(phone: Page) -> None:
    open_at(phone, NEW)
    area(phone).focus()
    passed: list[str] = []
    while "Save reflection" not in passed:
        phone.keyboard.press("Tab")
        passed.append(phone.evaluate("document.activeElement.textContent.trim()"))
        assert len(passed) < 8, passed
    assert "Save" not in passed
    assert phone.get_by_role("button", name="Save", exact=True).count() == 0
    phone.keyboard.press("Shift+Tab")
    expect(phone.get_by_label("One thing I’ll try")).to_be_focused()


def test_signing_in_once_more_elsewhere_does_not_stop_it_from_being_kept(
    phone: Page, sign_in: SignIn, participant: User
) -> None:
    """With the new session comes another token than the page was given."""
    open_at(phone, NEW)
    Session.objects.all().delete()
    phone.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    sign_in(phone, participant)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    assert (Reflection.objects.get().body, Draft.objects.count()) == (WORDS, 0)


def test_thing_to_try_that_is_typed_on_the_one_device_outlives_keeping_on_the_other(
    phone: Page, laptop: Page
) -> None:
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)
    open_at(laptop, phone.url)
    with laptop.expect_response("**/reflections/drafts/**"):
        laptop.get_by_label("One thing I’ll try").fill("Ring Dev")
    on_the_device(laptop, 0)
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("You also wrote a different draft of this")).to_be_visible()
    phone.get_by_role("link", name="Edit").click()
    expect(phone.get_by_label("One thing I’ll try")).to_have_value("Ring Dev")
    phone.get_by_role("button", name="Save changes").click()
    expect(phone.get_by_text("Saved. The same people can read it as before.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")
    assert not Draft.objects.exists()
