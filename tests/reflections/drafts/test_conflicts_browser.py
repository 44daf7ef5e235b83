"""Browser tests of two devices that change the same draft, unaware of each other's text."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from reflections.models import Draft, Reflection
from tests.reflections.phones import (
    NEW,
    expect_save_status,
    go_offline,
    go_online,
    open_page,
    textarea,
    wait_for_device_drafts,
    write_and_save,
)

Axe = Callable[[Page], None]


def test_conflicting_devices_lose_no_text(phone: Page, laptop: Page, axe: Axe) -> None:
    open_page(phone, NEW)
    write_and_save(phone, "Begun on the phone")
    open_page(laptop, "/reflections/")
    laptop.get_by_role("link", name="Continue writing").click()
    laptop.wait_for_load_state("networkidle")
    go_offline(phone)
    textarea(phone).fill("On the phone, in the tunnel")
    expect_save_status(phone, "Saved on this device")
    write_and_save(laptop, "On the laptop")
    go_online(phone)
    expect_save_status(phone, "You have two drafts of this: compare them below.")
    expect(phone.get_by_role("heading", name="You have two drafts of this")).to_be_visible()
    expect(textarea(phone)).to_have_value("On the phone, in the tunnel")
    wait_for_device_drafts(phone, 0)
    axe(phone)
    write_and_save(laptop, "On the laptop, later")
    write_and_save(phone, "On the phone, out again")
    assert [draft.body for draft in Draft.objects.order_by("pk")] == [
        "On the laptop, later",
        "On the phone, out again",
    ]
    phone.get_by_role("link", name="Compare the two drafts").click()
    expect(phone.get_by_text("On the laptop, later")).to_be_visible()
    expect(phone.get_by_text("On the phone, out again")).to_be_visible()
    axe(phone)
    phone.get_by_role("button", name="Keep the second and delete the first").click()
    expect(textarea(phone)).to_have_value("On the phone, out again")
    expect(phone.locator("[data-conflict]")).to_be_hidden()
    assert Draft.objects.get().body == "On the phone, out again"
    axe(phone)


def test_page_in_conflict_still_saves_on_the_device(phone: Page, laptop: Page) -> None:
    """Text typed offline becomes a second draft. Later, the same text is typed offline again."""
    open_page(phone, NEW)
    write_and_save(phone, "Begun on the phone")
    open_page(laptop, phone.url)
    go_offline(phone)
    textarea(phone).fill("On the phone")
    wait_for_device_drafts(phone, 1)
    write_and_save(laptop, "On the laptop")
    go_online(phone)
    expect_save_status(phone, "You have two drafts of this")
    wait_for_device_drafts(phone, 0)
    write_and_save(phone, "On the phone, later")
    wait_for_device_drafts(phone, 0)
    go_offline(phone)
    textarea(phone).fill("On the phone")
    expect_save_status(phone, "Saved on this device. It will be sent when there’s a signal")
    wait_for_device_drafts(phone, 1)
    go_online(phone)
    wait_for_device_drafts(phone, 0)
    assert [draft.body for draft in Draft.objects.order_by("pk")] == [
        "On the laptop",
        "On the phone",
    ]


def test_conflict_found_while_saving_is_shown_before_the_page_is_left(
    phone: Page, laptop: Page
) -> None:
    open_page(phone, NEW)
    write_and_save(phone, "Begun on the phone")
    open_page(laptop, phone.url)
    write_and_save(laptop, "On the laptop")
    textarea(phone).fill("On the phone")
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_role("heading", name="You have two drafts of this")).to_be_visible()
    assert not Reflection.objects.exists()
    phone.get_by_role("button", name="Save reflection").click()
    expect(phone.get_by_text("Reflection saved.")).to_be_visible()
    expect(phone.get_by_text("You also wrote a different draft of this")).to_be_visible()
    assert Reflection.objects.get().body == "On the phone"
    assert Draft.objects.get().body == "On the laptop"


def test_conflict_that_the_device_had_stored_is_shown_on_the_next_page(
    phone: Page, laptop: Page
) -> None:
    """The laptop changes the draft while the phone is offline; then the phone's tab is closed."""
    open_page(phone, NEW)
    write_and_save(phone, "Begun on the phone")
    open_page(laptop, phone.url)
    go_offline(phone)
    textarea(phone).fill("On the phone")
    wait_for_device_drafts(phone, 1)
    write_and_save(laptop, "On the laptop")
    context, address = phone.context, phone.url
    phone.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    open_page(page, address)
    expect(page.get_by_role("heading", name="You have two drafts of this")).to_be_visible()
    expect(textarea(page)).to_have_value("On the laptop")
    wait_for_device_drafts(page, 0)
    write_and_save(page, "On the laptop, gone on with on the phone")
    assert [draft.body for draft in Draft.objects.order_by("pk")] == [
        "On the laptop, gone on with on the phone",
        "On the phone",
    ]
