"""Browser tests of forms that lose no input: offline, after the tab was closed, after signing in.

Each goes through a survey from an e-mailed link, a message to the cohort, and a reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Page, Route, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import write
from reflections.models import Audience, Reply
from surveys.links import SURVEY_LINK
from surveys.models import Receipt
from tests.reflections.phones import (
    WORDS,
    go_offline,
    go_online,
    wait_for_empty_storage,
    wait_for_record,
)
from workshops.models import Announcement, Workshop

SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]

RESTORED = "We’ve put back what you wrote."


@dataclass(frozen=True)
class Form:
    """A form: where it is, its box for text, its button, and what a success shows and saves."""

    path: str
    box: str
    button: str
    success: str
    saved: type[Model]
    user: User | None = None
    also: tuple[str, str] = ("", "")
    first: str = ""  # a button to press before the form is shown

    def open(self, page: Page) -> None:
        page.goto(self.path)
        if self.first:
            page.get_by_role("button", name=self.first).click()
        page.wait_for_load_state("networkidle")

    @property
    def address(self) -> str:
        """The path of the page that shows the form."""
        return reverse("surveys:survey_answer") if self.first else self.path

    def text(self, page: Page) -> Any:
        return page.get_by_label(self.box, exact=True)

    def fill(self, page: Page) -> None:
        label, words = self.also
        if label:
            page.get_by_label(label, exact=True).fill(words)
        self.text(page).fill(WORDS)

    def press(self, page: Page) -> None:
        page.get_by_role("button", name=self.button).click()

    def expect_success(self, page: Page) -> None:
        expect(page.get_by_text(self.success).first).to_be_visible(timeout=20_000)
        assert self.saved._default_manager.count() == 1
        wait_for_empty_storage(page)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    ended = timezone.now() - timedelta(days=1)
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust under strain",
        starts_at=ended - timedelta(hours=3),
        ends_at=ended,
        scheduled_at=ended - timedelta(days=60),
    )


@pytest.fixture
def survey(workshop: Workshop, participant: User) -> Form:
    member = Membership.objects.get(user=participant)
    Membership.objects.filter(pk=member.pk).update(joined_at=workshop.scheduled_at)
    return Form(
        path=SURVEY_LINK.path(workshop.public_id, member.public_id),
        box="What should we change for next time?",
        button="Send without my name",
        success="Thank you",
        saved=Receipt,
        first="Start",
    )


@pytest.fixture
def announcement(cohort: Cohort, participant: User, facilitator: User) -> Form:
    return Form(
        path=reverse("workshops:announcement_create", args=[cohort.public_id]),
        box="Message",
        button="Save and preview",
        success="Not sent yet",
        saved=Announcement,
        user=facilitator,
        also=("Subject", "A walk"),
    )


@pytest.fixture
def reply(cohort: Cohort, participant: User, facilitator: User) -> Form:
    entry = write(
        author=participant,
        cohort=cohort,
        body="I listened.",
        audience=Audience.FACILITATORS,
        at=timezone.now(),
    )
    return Form(
        path=entry.get_absolute_url(),
        box="Your reply",
        button="Send reply",
        success=WORDS,
        saved=Reply,
        user=facilitator,
    )


@pytest.fixture
def form(request: pytest.FixtureRequest, narrow_page: Page, sign_in: SignIn) -> Form:
    form: Form = request.getfixturevalue(request.param)
    if form.user:
        sign_in(narrow_page, form.user)
    return form


def any_of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("form", names, indirect=True)


def lose_posts(route: Route) -> None:
    if route.request.method == "POST":
        route.abort("internetdisconnected")
    else:
        route.continue_()


@any_of("survey", "announcement", "reply")
def test_input_survives_a_lost_connection_and_a_closed_tab(
    form: Form, narrow_page: Page, axe: Axe
) -> None:
    page = narrow_page
    form.open(page)
    # Playwright ends its offline mode before it closes the page, which would send the form then.
    page.route("**/*", lose_posts)
    form.fill(page)
    form.press(page)
    expect(page.get_by_role("button", name="Trying again…")).to_be_visible()
    assert page.url.endswith(form.address)
    stored = wait_for_record(page)
    assert WORDS not in str(stored)
    assert stored["names"] == ["id", "iv", "secret", "person", "expires"]
    context = page.context
    page.goto("about:blank")  # a page that was left sends nothing more
    page.close()

    page = context.new_page()
    form.open(page)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    expect(form.text(page)).to_have_value(WORDS)
    axe(page)
    assert form.saved._default_manager.count() == 0
    form.press(page)
    form.expect_success(page)
    page.goto(form.path)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text(RESTORED)).to_have_count(0)


@any_of("reply")
def test_form_is_sent_when_the_connection_returns(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    form.open(page)
    go_offline(page)
    form.fill(page)
    form.press(page)
    expect(page.get_by_role("button", name="Trying again…")).to_be_visible()
    assert Reply.objects.count() == 0
    go_online(page)
    form.expect_success(page)


@any_of("survey", "announcement", "reply")
def test_form_is_sent_once_when_an_answer_is_lost(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/*", lose_first)
    form.press(page)
    form.expect_success(page)
    assert len(lost) == 1


@any_of("announcement", "reply")
def test_expired_session_leads_back_to_the_filled_form(
    form: Form, narrow_page: Page, sign_in: SignIn
) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    page.context.clear_cookies(name="sessionid")
    form.press(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert form.user
    sign_in(page, form.user)
    page.goto(page.evaluate("new URLSearchParams(location.search).get('next')"))
    expect(page.get_by_text(RESTORED)).to_be_visible()
    expect(form.text(page)).to_have_value(WORDS)
    form.press(page)
    form.expect_success(page)


@any_of("announcement")
def test_form_works_after_signing_in_on_another_tab(
    form: Form, narrow_page: Page, sign_in: SignIn
) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    assert form.user
    sign_in(page, form.user)
    page.context.clear_cookies(name="csrftoken")
    second = page.context.new_page()
    form.open(second)  # gets another CSRF token
    form.press(page)
    expect(page.get_by_text(form.success).first).to_be_visible()


@any_of("announcement")
def test_input_is_neither_sent_nor_shown_as_somebody_else(
    form: Form, narrow_page: Page, sign_in: SignIn, administrator: User
) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    wait_for_record(page)
    sign_in(page, administrator)
    page.context.clear_cookies(name="csrftoken")
    second = page.context.new_page()
    form.open(second)
    expect(form.text(second)).to_have_value("")
    wait_for_empty_storage(second)
    form.press(page)
    expect(page.get_by_role("alert").last).to_contain_text("Someone else has signed in")
    assert Announcement.objects.count() == 0


@any_of("announcement")
def test_page_says_what_to_do_when_retrying_has_failed(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    page.clock.install()
    form.open(page)
    form.fill(page)
    page.route("**/announcements/new/", lambda route: route.abort())
    form.press(page)
    expect(page.get_by_role("button", name="Trying again…")).to_be_visible()
    failure = page.locator("#failure")
    for _ in range(40):
        page.clock.run_for(2_000)
        if failure.text_content():
            break
        page.wait_for_timeout(50)
    expect(failure).to_have_text(
        re.compile("stored in this browser.*press “Save and preview” again")
    )
    expect(page.get_by_role("button", name=form.button)).to_be_visible()
    expect(form.text(page)).to_have_value(WORDS)


@any_of("announcement")
def test_going_back_after_an_error_shows_the_filled_form(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    form.open(page)
    form.text(page).fill(WORDS)
    form.press(page)  # without a subject
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(form.text(page)).to_have_value(WORDS)
    page.get_by_label("Subject").fill("A walk")
    page.get_by_role("link", name="Who sees what").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who sees what")
    page.go_back()
    expect(page.get_by_text(RESTORED)).to_be_visible()
    expect(form.text(page)).to_have_value(WORDS)
    expect(page.get_by_label("Subject")).to_have_value("A walk")
    form.press(page)
    form.expect_success(page)


@any_of("announcement")
def test_restored_input_can_be_discarded(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    wait_for_record(page)
    page.reload()
    page.get_by_role("button", name="Discard").click()
    expect(form.text(page)).to_have_value("")
    expect(page.get_by_text(RESTORED)).to_have_count(0)
    wait_for_empty_storage(page)


@any_of("announcement")
def test_signing_out_asks_and_removes_input(form: Form, narrow_page: Page) -> None:
    page = narrow_page
    form.open(page)
    form.fill(page)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert ["hasn’t been saved" in one for one in asked] == [True]
    wait_for_empty_storage(page)


@pytest.mark.parametrize("stores", [True, False])
@any_of("announcement")
def test_browser_asks_before_leaving_only_if_it_stores_nothing(
    form: Form, narrow_page: Page, stores: bool
) -> None:
    page = narrow_page
    if not stores:
        page.add_init_script("delete Window.prototype.indexedDB; delete window.indexedDB")
    form.open(page)
    form.text(page).press_sequentially("A heron")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.once("dialog", accept)
    page.goto("/who-sees-what/")
    assert asked == ([] if stores else ["beforeunload"])
