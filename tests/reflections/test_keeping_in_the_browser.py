"""Keeping what is written, by the Enter key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from reflections.models import Draft, Experiment, Reflection
from tests.reflections.phones import NEW, WORDS, area, open_at, write_and_save


@pytest.mark.parametrize("other", ["", "the otter"])
def test_enter_in_one_thing_to_try_keeps_it_all(phone: Page, other: str) -> None:
    """Also where the other of two versions has buttons of its own, above."""
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    if other:
        draft = Draft.objects.get()
        Draft.objects.update(other_body=other, other_typed_at=draft.typed_at)
        open_at(phone, phone.url)
        expect(phone.locator("[data-other]")).to_have_text(other)
    phone.get_by_label("One thing I’ll try").fill("Ring Dev")
    phone.get_by_label("One thing I’ll try").press("Enter")
    expect(phone.get_by_text("It is kept.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")
    assert [draft.body for draft in Draft.objects.all()] == ([other] if other else [])


def test_button_that_enter_presses_is_in_nobodys_way(phone: Page) -> None:
    open_at(phone, NEW)
    area(phone).focus()
    passed: list[str] = []
    while "Keep this reflection" not in passed:
        phone.keyboard.press("Tab")
        passed.append(phone.evaluate("document.activeElement.textContent.trim()"))
        assert len(passed) < 8, passed
    assert "Keep it" not in passed
    assert phone.get_by_role("button", name="Keep it").count() == 0
    phone.keyboard.press("Shift+Tab")
    expect(phone.get_by_label("One thing I’ll try")).to_be_focused()
