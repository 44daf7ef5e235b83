"""Browser tests of autosave on a phone: offline, after the tab was closed, and on signing out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Dialog, Page, Route, expect

from accounts.models import User
from reflections.models import Audience, Draft, Reflection
from tests.reflections.phones import (
    BROWSER_STORAGE,
    NEW,
    WORDS,
    expect_save_status,
    go_offline,
    go_online,
    open_page,
    textarea,
    wait_for_device_drafts,
)
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]


def test_text_is_saved_while_typing_and_continued_later(
    phone: Page, axe: Axe, workshop: Workshop
) -> None:
    open_page(phone, f"{NEW}?workshop={workshop.public_id}&prompt=1")
    textarea(phone).press_sequentially("In the discharge meeting I")
    expect_save_status(phone, "^Saved$")
    wait_for_device_drafts(phone, 0)  # all of it has arrived
    expect(phone.locator("[data-ago]")).to_have_text("just now")
    expect(phone.locator("[data-counter]")).to_have_text("Word count: 5")
    draft = Draft.objects.get()
    assert (draft.body, draft.workshop, draft.prompt) == (
        "In the discharge meeting I",
        workshop,
        "What did you notice in yourself?",
    )
    axe(phone)
    phone.reload()
    expect(textarea(phone)).to_have_value("In the discharge meeting I")
    open_page(phone, "/reflections/")
    axe(phone)
    phone.get_by_role("link", name="Continue writing").click()
    axe(phone)
    textarea(phone).press("End")
    textarea(phone).press_sequentially(" asked.")
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    entry = Reflection.objects.get()
    assert (entry.body, entry.public_id, entry.prompt) == (
        "In the discharge meeting I asked.",
        draft.entry,
        "What did you notice in yourself?",
    )
    assert not Draft.objects.exists()
    wait_for_device_drafts(phone, 0)


def test_offline_text_is_stored_encrypted_and_sent_when_the_signal_returns(
    phone: Page,
) -> None:
    open_page(phone, NEW)
    textarea(phone).press_sequentially(WORDS)
    expect_save_status(phone, "^Saved$")
    wait_for_device_drafts(phone, 0)
    go_offline(phone)
    textarea(phone).press_sequentially(" flew")
    expect_save_status(phone, "Saved on this device. It will be sent when there’s a signal")
    kept = phone.evaluate(BROWSER_STORAGE)
    assert (kept["local"], kept["session"], kept["caches"]) == ({}, {}, [])
    (one,) = kept["drafts"]
    assert one["names"] == ["id", "person", "box", "iv", "secret"]
    assert WORDS not in str(kept)
    press_while_offline(phone, "Save reflection", "requestfailed")
    expect_save_status(phone, "Saved on this device. It will be sent when there’s a signal")
    assert Draft.objects.get().body == WORDS
    go_online(phone)
    expect_save_status(phone, "^Saved$")
    assert (Draft.objects.get().body, Reflection.objects.count()) == (f"{WORDS} flew", 0)
    wait_for_device_drafts(phone, 0)


def press_while_offline(
    phone: Page, button: str, how: Literal["requestfailed", "requestfinished"]
) -> None:
    """Press a button that saves, and wait until the page has tried to send the text and failed.

    Two attempts are awaited, because one of them may be an automatic retry.
    """
    with phone.expect_event(how):
        phone.get_by_role("button", name=button).click()
    phone.wait_for_event(how)


@pytest.mark.parametrize("address", [NEW, "/reflections/", "/"])
def test_tab_killed_offline_loses_no_text(phone: Page, address: str) -> None:
    """The tab is closed offline, and the text is back on each page that may be opened next."""
    open_page(phone, NEW)
    expect(textarea(phone)).to_be_visible()
    phone.wait_for_load_state("networkidle")
    go_offline(phone)
    textarea(phone).press_sequentially(WORDS)
    wait_for_device_drafts(phone, 1)
    context, written_at = phone.context, phone.url
    phone.close(run_before_unload=False)
    set_context_online(context)
    page = context.new_page()
    open_page(page, written_at if address == NEW else address)
    if address == NEW:
        expect(textarea(page)).to_have_value(WORDS)
    else:
        page.get_by_role("link", name="Continue writing").click()
        expect(textarea(page)).to_have_value(WORDS)
    assert Draft.objects.get().body == WORDS
    wait_for_device_drafts(page, 0)


def set_context_online(context: BrowserContext) -> None:
    context.set_offline(False)


def test_text_survives_a_server_error(phone: Page) -> None:
    open_page(phone, NEW)
    away = "**/reflections/drafts/**"
    phone.route(away, lambda route: route.fulfill(status=502, body="Bad gateway"))
    textarea(phone).press_sequentially(WORDS)
    expect_save_status(phone, "Saved on this device. The server has a problem. Trying again")
    press_while_offline(phone, "Save as draft", "requestfinished")
    expect_save_status(phone, "Saved on this device. The server has a problem. Trying again")
    phone.unroute(away)
    expect_save_status(phone, "^Saved$")
    assert Draft.objects.get().body == WORDS


def test_lost_response_does_not_create_a_second_draft(phone: Page) -> None:
    open_page(phone, NEW)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.route("**/reflections/drafts/**", lose)
    textarea(phone).press_sequentially("One")
    expect_save_status(phone, "Saved on this device")
    phone.unroute("**/reflections/drafts/**")
    textarea(phone).fill("Two")
    expect_save_status(phone, "^Saved$")
    assert Draft.objects.get().body == "Two"


def test_page_that_sends_stored_text_leaves_newer_text_on_the_device(
    phone: Page,
) -> None:
    open_page(phone, NEW)
    away = "**/reflections/drafts/**"
    phone.route(away, lambda route: route.abort())
    textarea(phone).press_sequentially(WORDS)
    wait_for_device_drafts(phone, 1)
    second = phone.context.new_page()
    held: list[Route] = []
    second.route(away, lambda route: held.append(route))
    second.goto("/reflections/")
    while not held:
        second.wait_for_timeout(50)
    before = phone.evaluate(BROWSER_STORAGE)["drafts"]
    textarea(phone).fill(f"{WORDS} flew")
    while (newer := phone.evaluate(BROWSER_STORAGE)["drafts"]) == before:
        phone.wait_for_timeout(50)
    held[0].continue_()
    expect(second.get_by_text(WORDS)).to_be_visible()
    assert phone.evaluate(BROWSER_STORAGE)["drafts"] == newer


def test_signing_out_clears_the_device_and_every_open_page(phone: Page, sign_in: SignIn) -> None:
    open_page(phone, NEW)
    textarea(phone).press_sequentially(WORDS)
    expect_save_status(phone, "^Saved$")
    wait_for_device_drafts(phone, 0)
    second = phone.context.new_page()
    open_page(second, "/reflections/")
    go_offline(phone)
    textarea(phone).press_sequentially(" again")
    wait_for_device_drafts(phone, 1)
    # Requests of the first page still fail, so that its text stays unsaved.
    phone.route("**/reflections/drafts/**", lambda route: route.abort())
    go_online(phone)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    second.on("dialog", agree)
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert len(asked) == 1
    assert "hasn’t been saved" in asked[0]
    expect(textarea(phone)).to_have_value("")
    expect_save_status(phone, "You’ve signed out")
    kept = second.evaluate(BROWSER_STORAGE)
    assert kept == {"local": {}, "session": {}, "caches": [], "drafts": []}


def test_signing_out_sends_unsaved_text_first(phone: Page) -> None:
    open_page(phone, NEW)
    textarea(phone).fill(WORDS)
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert Draft.objects.get().body == WORDS


def test_text_survives_an_expired_session(phone: Page, sign_in: SignIn, participant: User) -> None:
    open_page(phone, NEW)
    Session.objects.all().delete()
    textarea(phone).press_sequentially(WORDS)
    expect_save_status(phone, "You’ve been signed out. What you wrote is saved on this device.")
    link = phone.get_by_role("link", name="Sign in to save it")
    assert "/sign-in/?next=%2Freflections%2Fnew%2F%3Fentry%3D" in str(link.get_attribute("href"))
    assert not Draft.objects.exists()
    address = phone.url
    link.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in(phone, participant)
    open_page(phone, address)
    expect(textarea(phone)).to_have_value(WORDS)
    assert Draft.objects.get().body == WORDS


def test_another_person_on_the_same_browser_neither_sees_nor_saves_the_text(
    phone: Page, sign_in: SignIn, peer: User
) -> None:
    open_page(phone, NEW)
    go_offline(phone)
    textarea(phone).press_sequentially(WORDS)
    wait_for_device_drafts(phone, 1)
    sign_in(phone, peer)
    go_online(phone)
    expect_save_status(phone, "Someone else has signed in on this browser")
    expect(textarea(phone)).to_have_value("")
    second = phone.context.new_page()
    open_page(second, "/reflections/")
    wait_for_device_drafts(second, 0)
    assert not Draft.objects.exists()


def test_readers_do_not_see_a_change_until_it_is_saved(
    phone: Page,
    laptop: Page,
    sign_in: SignIn,
    facilitator: User,
    entry: Callable[..., Reflection],
    axe: Axe,
) -> None:
    kept = entry(body="As it was", audience=Audience.FACILITATORS)
    open_page(phone, f"{kept.get_absolute_url()}edit/")
    textarea(phone).fill("As it will be")
    expect_save_status(phone, "^Saved$")
    sign_in(laptop, facilitator)
    laptop.goto(kept.get_absolute_url())
    expect(laptop.get_by_text("As it was")).to_be_visible()
    assert "As it will be" not in laptop.content()
    axe(phone)
    phone.get_by_role("link", name="Delete draft").click()
    axe(phone)
    phone.get_by_role("button", name="Delete draft").click()
    expect(phone.get_by_text("Draft deleted.")).to_be_visible()
    assert (Reflection.objects.get().body, Draft.objects.count()) == ("As it was", 0)


def test_text_survives_when_the_reflection_is_deleted_elsewhere(
    phone: Page, entry: Callable[..., Reflection]
) -> None:
    kept = entry(body="As it was")
    open_page(phone, f"{kept.get_absolute_url()}edit/")
    kept.delete()
    textarea(phone).fill("As it will be")
    expect_save_status(phone, "This reflection has been deleted")
    phone.get_by_role("link", name="Continue there").click()
    expect(textarea(phone)).to_have_value("As it will be")
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()


def test_draft_is_written_continued_and_saved_by_keyboard(phone: Page) -> None:
    open_page(phone, NEW)
    textarea(phone).focus()
    phone.keyboard.type(WORDS)
    for _ in range(8):
        phone.keyboard.press("Tab")
        if phone.evaluate("document.activeElement.textContent.trim()") == "Save as draft":
            break
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("Draft saved. Only you can see it.")).to_be_visible()
    phone.get_by_role("link", name="Continue writing").focus()
    phone.keyboard.press("Enter")
    expect(textarea(phone)).to_have_value(WORDS)
    phone.get_by_role("button", name="Save reflection").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    assert Reflection.objects.get().body == WORDS
