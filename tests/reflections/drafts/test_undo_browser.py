"""What is typed and then undone: the box as it stands is what is saved, whatever was on its way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from reflections.models import Draft
from tests.reflections.phones import NEW, WORDS, area, on_the_device, open_at, says, write_and_save

SAVING = "**/reflections/drafts/**"
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize("slip", ["x", "Delete"])
def test_slip_that_is_undone_at_once_does_not_come_back_from_the_device(
    phone: Page, slip: str
) -> None:
    """All is selected, a key is struck, and Ctrl+Z: before the server hears of it, after the device has."""
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)
    on_their_way: list[Route] = []
    phone.route(SAVING, lambda route: on_their_way.append(route))
    area(phone).press("Control+a")
    area(phone).press(slip)
    on_the_device(phone, 1)
    area(phone).press("Control+z")
    expect(area(phone)).to_have_value(WORDS)
    on_the_device(phone, 0)
    address, context = phone.url, phone.context
    phone.close(run_before_unload=False)
    again = context.new_page()
    open_at(again, address)
    expect(area(again)).to_have_value(WORDS)
    assert Draft.objects.get().body == WORDS


def test_slip_that_the_server_got_without_a_word_back_is_undone_there_too(phone: Page) -> None:
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.route(SAVING, lose)
    area(phone).fill("x")
    says(phone, "Saved on this device")
    phone.unroute(SAVING)
    assert Draft.objects.get().body == "x"
    with phone.expect_response(SAVING):
        area(phone).press("Control+z")
    on_the_device(phone, 0)
    assert Draft.objects.get().body == WORDS


def test_slip_that_went_as_the_page_was_hidden_is_undone_on_coming_back(phone: Page) -> None:
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)
    area(phone).fill("x")
    with phone.expect_response(SAVING):
        phone.evaluate(HIDE, True)
    assert Draft.objects.get().body == "x"
    area(phone).press("Control+z")
    with phone.expect_response(SAVING):
        phone.evaluate(HIDE, False)
    on_the_device(phone, 0)
    assert Draft.objects.get().body == WORDS
