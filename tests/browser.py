"""Fixtures for browser tests: Chromium, pages of two sizes, and the accessibility checker axe."""

import os
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from playwright.sync_api import Error as PlaywrightError
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.people import just_signed_in
from tests.servers import chromium as chromium_program
from tests.services import missing

# Options with which Chromium runs in a container and sends no requests of its own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONGEST_ANSWER = 5.0  # seconds
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# RULES are the tags of the axe rules that pages must pass. LOOKS depend on colours or width.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
AXE = Axe().axe_script


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = chromium_program()
    if chromium is None:
        missing("no Chromium is installed")
    # Playwright runs an event loop in this thread. Django refuses queries there unless this is set.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return browser_type_launch_args | {"executable_path": chromium, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    # Animations are off, so that axe never measures the contrast of a colour that is changing.
    return browser_context_args | {
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Iterator[Browser]:
    """Yield pytest-playwright's browser; afterwards, close this thread's database connections."""
    yield browser
    connections.close_all()


@pytest.fixture
def live_site(live_server: LiveServer, settings: Settings) -> Iterator[str]:
    """Serve the site for the test; yield its URL, with which the links in e-mails begin."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    with answers_awaited():
        yield str(live_server.url)


@contextmanager
def answers_awaited() -> Iterator[None]:
    """Context manager: at the end, wait until the server has answered the pages' last requests.

    Pages send requests as they close. Without waiting, the server might still be answering them
    when the test's database is flushed.
    """
    answering: set[int] = set()

    def begin(**_: object) -> None:
        answering.add(threading.get_ident())

    def end(**_: object) -> None:
        answering.discard(threading.get_ident())

    request_started.connect(begin)
    request_finished.connect(end)
    yield
    until = time.monotonic() + LONGEST_ANSWER
    while answering - {threading.get_ident()} and time.monotonic() < until:
        time.sleep(0.01)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


def watched(context: BrowserContext) -> Iterator[Page]:
    """Yield a page; fail if its console logs an error, such as a content security violation."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # The browser logs 404 and 422 as errors, but tests expect some of them.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert complaints == [], "The browser complained about a page."


@pytest.fixture
def narrow_page(new_context: Callable[..., BrowserContext], live_site: str) -> Iterator[Page]:
    """A browser page as wide as a phone."""
    yield from watched(new_context(base_url=live_site, viewport=NARROW, has_touch=True))


@pytest.fixture
def wide_page(new_context: Callable[..., BrowserContext], live_site: str) -> Iterator[Page]:
    """A browser page as wide as a laptop."""
    yield from watched(new_context(base_url=live_site, viewport=WIDE))


@pytest.fixture(params=["narrow", "wide"])
def sized_page(request: pytest.FixtureRequest) -> Page:
    """A browser page. A test that uses it runs twice: as wide as a phone, then as a laptop."""
    page: Page = request.getfixturevalue(f"{request.param}_page")
    return page


@pytest.fixture
def sign_in(live_site: str) -> Callable[[Page, User], None]:
    """A function that signs a user in on a page."""

    def sign_in(page: Page, user: User) -> None:
        client = just_signed_in(user)
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_site}])

    return sign_in


@contextmanager
def step(name: str) -> Iterator[None]:
    """Context manager: if the test fails in it, add this name to the failure's report."""
    try:
        yield
    except Exception as error:
        error.add_note(f"Failed at the step: {name}")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a browser test fails, report each open page's URL, and save a screenshot of it."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(open_pages(item), 1):
            path = screenshot(page, item, number)
            report.sections.append(("Browser", f"{page.url}, screenshot: {path}"))
    return report


def open_pages(item: pytest.Item) -> list[Page]:
    fixtures = getattr(item, "funcargs", {}).values()
    contexts = {one.context for one in fixtures if isinstance(one, Page)}
    browsers = {one for one in fixtures if isinstance(one, Browser)}
    contexts |= {context for browser in browsers for context in browser.contexts}
    return [page for context in contexts for page in context.pages if not page.is_closed()]


def screenshot(page: Page, item: pytest.Item, number: int) -> Path | str:
    """Save a PNG in the folder of `--output`; return its path, or the reason why there is none."""
    folder = Path(item.config.getoption("--output"))
    name = re.sub(r"[^a-z0-9]+", "-", item.nodeid.lower()).strip("-")[-120:]
    path = folder / f"{name}-{number}.png"
    try:
        page.screenshot(path=path, full_page=True, timeout=5_000)
    except PlaywrightError as error:
        return f"none ({error.message})"
    return path


def violations(page: Page, rules: list[str]) -> list[str]:
    """Run axe on the page and return a line for each violated rule."""
    page.wait_for_load_state()  # a click does not wait for the next page to load
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {
        "runOnly": rules,
        "resultTypes": ["violations"],
        # Preloading would load all style sheets again, only for a rule about audio.
        "preload": False,
    }
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [f"{one['id']} ({one['help']}) at {targets(one)}" for one in found]


def targets(violation: dict[str, Any]) -> list[str]:
    """Return the selectors of the first four elements that violate the rule."""
    return [" ".join(map(str, node["target"])) for node in violation["nodes"][:4]]


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """A function that asserts that axe finds no violation on a page, in light or dark mode."""

    def axe(page: Page) -> None:
        assert violations(page, RULES) == [], page.url
        page.emulate_media(color_scheme="dark")
        assert violations(page, LOOKS) == [], f"{page.url}, dark"
        page.emulate_media(color_scheme="light")

    return axe
