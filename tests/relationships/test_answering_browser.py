"""Answering “Who do you know here?” on a phone and a laptop, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, Route, expect

from accounts.models import User
from cohorts.models import Membership
from relationships.answers import has_finished, own_answers
from relationships.models import Occasion, Round
from tests.relationships.conftest import (
    END_OPEN,
    START_CLOSED,
    START_OPEN,
    START_OPENS,
    Rounds,
    closed,
    finish,
    opened,
)
from tests.relationships.pages import link_to, path

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_now() -> Iterator[None]:
    with time_machine.travel(START_OPEN):
        yield


def tap(page: Page, person: Membership, level: int) -> None:
    page.get_by_role("group", name=person.user.name).get_by_role("radio").nth(level).check()


def test_every_tap_is_saved_and_the_page_can_be_left(
    sized_page: Page, start: Round, people: list[Membership], axe: Callable[[Page], None]
) -> None:
    me, first, second = people[:3]
    page = sized_page
    page.goto(link_to(start, me))
    axe(page)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Save, and go on later")).to_be_hidden()
    tap(page, first, 3)
    tap(page, second, 1)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_accessible_name("2 of 11 people")
    axe(page)
    assert own_answers(start, me) == {first.pk: 3, second.pk: 1}
    assert not has_finished(start, me)

    page.goto(link_to(start, me))
    page.get_by_role("button", name="Start").click()
    chosen = page.get_by_role("group", name=first.user.name).get_by_role("radio").nth(3)
    expect(chosen).to_be_checked()
    tap(page, second, 2)
    page.get_by_role("button", name="Nobody else: finish").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    axe(page)
    found = own_answers(start, me)
    assert (found.pop(first.pk), found.pop(second.pk), set(found.values())) == (3, 2, {0})
    assert has_finished(start, me)


def test_taps_are_sent_when_the_signal_returns(
    narrow_page: Page, start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    page = narrow_page
    page.goto(link_to(start, me))
    page.get_by_role("button", name="Start").click()
    is_down = [True]

    def answer(route: Route) -> None:
        route.abort() if is_down[0] else route.continue_()

    page.route("**/answer/save/", answer)
    tap(page, other, 4)
    expect(page.get_by_text("No signal.")).to_be_visible()
    assert own_answers(start, me) == {}
    is_down[0] = False
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert own_answers(start, me) == {other.pk: 4}


def test_answering_works_without_javascript(
    browser: Browser, live_site: str, start: Round, people: list[Membership]
) -> None:
    me, first, second = people[:3]
    context = browser.new_context(java_script_enabled=False, base_url=live_site)
    page = context.new_page()
    page.goto(link_to(start, me))
    page.get_by_role("button", name="Start").click()
    tap(page, first, 2)
    page.get_by_role("button", name="Save, and go on later").click()
    expect(page.get_by_text("Saved. You can go on now")).to_be_visible()
    assert own_answers(start, me) == {first.pk: 2}
    tap(page, second, 4)
    page.get_by_role("button", name="Nobody else: finish").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()
    assert own_answers(start, me)[second.pk] == 4
    assert has_finished(start, me)


def test_leaving_the_list_and_coming_back(
    narrow_page: Page, start: Round, people: list[Membership], axe: Callable[[Page], None]
) -> None:
    page = narrow_page
    page.goto(link_to(start, people[0]))
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Leave me off this list").click()
    expect(page.get_by_role("heading", name="You are off this list")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Put me on the list again").click()
    expect(page.get_by_role("button", name="Nobody else: finish")).to_be_visible()


def test_network_is_accessible(
    sized_page: Page,
    rounds: Rounds,
    people: list[Membership],
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
) -> None:
    me, friend = people[:2]
    start = opened(rounds[Occasion.START], at=START_OPENS)
    finish(start, me, {friend.pk: 1})
    closed(start, at=START_CLOSED)
    end = opened(rounds[Occasion.END], at=END_OPEN)
    finish(end, me, {friend.pk: 4}, at=END_OPEN)
    with time_machine.travel(END_OPEN):
        sign_in(sized_page, me.user)
        sized_page.goto(path("your_network", end))
        sized_page.get_by_text("as a list").click()
        expect(
            sized_page.get_by_role("img", name="At the start, you knew 1 person.")
        ).to_be_visible()
        axe(sized_page)
