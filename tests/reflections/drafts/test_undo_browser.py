"""Browser tests of undoing an accidental edit, while it is being saved or after it was saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from reflections.models import Draft
from tests.reflections.phones import (
    NEW,
    WORDS,
    expect_save_status,
    open_page,
    textarea,
    wait_for_device_drafts,
    write_and_save,
)

SAVING = "**/reflections/drafts/**"
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize("key", ["x", "Delete"])
def test_undone_edit_does_not_return_from_the_device(phone: Page, key: str) -> None:
    """The author replaces all text by one key press, and undoes it after the device stored it.

    The edit is never sent to the server.
    """
    open_page(phone, NEW)
    write_and_save(phone, WORDS)
    wait_for_device_drafts(phone, 0)
    in_flight: list[Route] = []
    phone.route(SAVING, lambda route: in_flight.append(route))
    textarea(phone).press("Control+a")
    textarea(phone).press(key)
    wait_for_device_drafts(phone, 1)
    textarea(phone).press("Control+z")
    expect(textarea(phone)).to_have_value(WORDS)
    wait_for_device_drafts(phone, 0)
    address, context = phone.url, phone.context
    phone.close(run_before_unload=False)
    again = context.new_page()
    open_page(again, address)
    expect(textarea(again)).to_have_value(WORDS)
    assert Draft.objects.get().body == WORDS


def test_edit_whose_response_was_lost_is_undone_on_the_server(phone: Page) -> None:
    open_page(phone, NEW)
    write_and_save(phone, WORDS)
    wait_for_device_drafts(phone, 0)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.route(SAVING, lose)
    textarea(phone).fill("x")
    expect_save_status(phone, "Saved on this device")
    phone.unroute(SAVING)
    assert Draft.objects.get().body == "x"
    with phone.expect_response(SAVING):
        textarea(phone).press("Control+z")
    wait_for_device_drafts(phone, 0)
    assert Draft.objects.get().body == WORDS


def test_edit_sent_while_the_page_was_hidden_is_undone_on_return(phone: Page) -> None:
    open_page(phone, NEW)
    write_and_save(phone, WORDS)
    wait_for_device_drafts(phone, 0)
    textarea(phone).fill("x")
    with phone.expect_response(SAVING):
        phone.evaluate(HIDE, True)
    assert Draft.objects.get().body == "x"
    textarea(phone).press("Control+z")
    with phone.expect_response(SAVING):
        phone.evaluate(HIDE, False)
    wait_for_device_drafts(phone, 0)
    assert Draft.objects.get().body == WORDS
