"""Browser tests of drafts without JavaScript, after going back, and after the browser is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from accounts.models import User
from reflections.models import Audience, Draft, Experiment, Reflection
from tests.browser import ARGUMENTS, NARROW
from tests.reflections.phones import NEW, WORDS, expect_save_status, go_offline, open_page, textarea
from tests.servers import chromium

SignIn = Callable[[Page, User], None]


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext], live_site: str) -> Page:
    return new_context(base_url=live_site, viewport=NARROW, java_script_enabled=False).new_page()


def test_drafts_work_without_javascript(
    plain_page: Page, sign_in: SignIn, participant: User
) -> None:
    page = plain_page
    sign_in(page, participant)
    page.goto(NEW)
    textarea(page).fill(WORDS)
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("Draft saved. Only you can see it.")).to_be_visible()
    page.get_by_role("link", name="Continue writing").click()
    expect(textarea(page)).to_have_value(WORDS)
    Draft.objects.update(version=7, body="the otter")  # saved from another device
    textarea(page).fill("the kingfisher")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare two drafts")
    page.get_by_role("button", name="Keep both as separate drafts").click()
    assert sorted(draft.body for draft in Draft.objects.all()) == ["the kingfisher", "the otter"]
    page.get_by_role("link", name="Continue writing").first.click()
    expect(textarea(page)).to_have_value("the kingfisher")
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    assert Reflection.objects.get().body == "the kingfisher"
    assert Draft.objects.get().body == "the otter"


def test_enter_saves_without_javascript(
    plain_page: Page, sign_in: SignIn, participant: User
) -> None:
    page = plain_page
    sign_in(page, participant)
    page.goto(NEW)
    textarea(page).fill(WORDS)
    page.get_by_label("One thing I’ll try").fill("Ring Dev")
    page.get_by_label("One thing I’ll try").press("Enter")
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    assert (Reflection.objects.get().body, Experiment.objects.get().words) == (WORDS, "Ring Dev")


def test_going_back_without_javascript_can_narrow_the_audience(
    plain_page: Page, sign_in: SignIn, participant: User, facilitator: User
) -> None:
    page = plain_page
    sign_in(page, participant)
    page.goto(
        "/"
    )  # sets the usual cookies; if they changed later, going back would reload the page
    page.goto(NEW)
    textarea(page).fill(WORDS)
    page.get_by_role("radio", name="My cohort").check()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    page.go_back()
    page.get_by_role("radio", name="Only me").check()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    expect(page.get_by_text("Only you can read this")).to_be_visible()
    assert list(Reflection.objects.values_list("body", "audience")) == [(WORDS, Audience.ONLY_ME)]


@pytest.fixture
def killable(
    playwright: Playwright, tmp_path: Path, live_site: str
) -> Iterator[Callable[..., BrowserContext]]:
    """A function that starts a browser, and restarts it with the same profile if it was killed."""
    started: list[BrowserContext] = []

    def start(**options: Any) -> BrowserContext:
        started.append(
            playwright.chromium.launch_persistent_context(
                str(tmp_path / "profile"),
                executable_path=chromium(),
                args=ARGUMENTS,
                viewport={"width": 390, "height": 844},
                base_url=live_site,
                **options,
            )
        )
        return started[-1]

    yield start
    started[-1].close()


def test_page_from_the_back_forward_cache_can_narrow_the_audience(
    killable: Callable[..., BrowserContext], sign_in: SignIn, participant: User, facilitator: User
) -> None:
    page = killable(ignore_default_args=["--disable-back-forward-cache"]).new_page()
    sign_in(page, participant)
    open_page(page, NEW)
    page.evaluate(
        "addEventListener('pageshow', (event) => { document.title = `As it was: "
        "${event.persisted}` })"
    )
    textarea(page).fill(WORDS)
    expect_save_status(page, "^Saved$")
    page.get_by_role("radio", name="My cohort").check()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    page.evaluate("setTimeout(() => history.back())")
    expect(page).to_have_title("As it was: true")
    page.get_by_role("radio", name="Only me").check()
    page.get_by_role("button", name="Save reflection").click()
    expect(page.get_by_text("Reflection saved.")).to_be_visible()
    expect(page.get_by_text("Only you can read this")).to_be_visible()
    assert list(Reflection.objects.values_list("body", "audience")) == [(WORDS, Audience.ONLY_ME)]


def test_killed_browser_loses_nothing_typed_a_second_earlier(
    killable: Callable[[], BrowserContext], tmp_path: Path, sign_in: SignIn, participant: User
) -> None:
    """The text is typed offline; a second later, every process of the browser is killed."""
    page = killable().pages[0]
    sign_in(page, participant)
    open_page(page, NEW)
    go_offline(page)
    textarea(page).press_sequentially(WORDS, delay=20)
    page.wait_for_timeout(1_000)
    address = page.url
    kill_all(tmp_path / "profile")
    assert WORDS.encode() not in b"".join(
        path.read_bytes() for path in files_under(tmp_path / "profile")
    )
    page = killable().pages[0]
    sign_in(page, participant)
    page.goto(address)
    expect(textarea(page)).to_have_value(WORDS)
    assert Draft.objects.get().body == WORDS


def files_under(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def kill_all(profile: Path) -> None:
    """Kill the processes whose command line names the browser's profile."""
    for entry in Path("/proc").iterdir():
        # Any process may have ended since the folder was listed.
        with suppress(FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit() and str(profile).encode() in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
