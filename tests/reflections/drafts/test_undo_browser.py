"""Undoing a slip: what the box holds is saved, whatever requests are in flight."""

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
def test_undone_slip_does_not_return_from_the_device(phone: Page, slip: str) -> None:
    """Select all, press a key and undo, after the device has saved and before the server has."""
    open_at(phone, NEW)
    write_and_save(phone, WORDS)
    on_the_device(phone, 0)
    in_flight: list[Route] = []
    phone.route(SAVING, lambda route: in_flight.append(route))
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


def test_slip_whose_answer_was_lost_is_undone_on_the_server(phone: Page) -> None:
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


def test_slip_sent_as_the_page_was_hidden_is_undone_on_return(phone: Page) -> None:
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
