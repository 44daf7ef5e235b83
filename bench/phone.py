"""How long a phone takes to draw the demo's writing page, and to run the page's scripts.

The phone is Chromium at 390 px with a processor slowed four times. Network time is not included,
because the server is on this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from tests.servers import chromium

ROUNDS = 9
SLOWED = 4
MOST_MILLISECONDS = 1_000
SIZE: ViewportSize = {"width": 390, "height": 844}
PAGE = "/reflections/new/"
# Returns `Times`, counted from the request. The page's scripts are modules, which have run when
# DOMContentLoaded is fired.
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
]"""

WRITTEN = """
| the writing page, on a phone (390 px, a processor slowed {slowed} times) | \
drawn, ms | ready to save, ms |
|---|--:|--:|
| by somebody who was here before | {again[0]:.0f} | {again[1]:.0f} |
| by somebody new, who has none of its files | {new[0]:.0f} | {new[1]:.0f} |

Drawn means that there is a box to type in. It may not take more than {most:,} ms. The median of
{rounds} openings; the server is on the same machine.
"""
NO_PHONE = """
The time that a phone takes to open the writing page is measured where Chromium is installed.
"""

Times = tuple[float, float]
"""Milliseconds until first paint, and until the scripts have run."""


@dataclass(frozen=True)
class Openings:
    """The median times of opening the page: with its files cached (`again`), and without (`new`).

    Both are None if Chromium is not installed.
    """

    again: Times | None = None
    new: Times | None = None

    def failings(self) -> Iterator[str]:
        for who, times in (("was here before", self.again), ("is new", self.new)):
            if times and times[0] > MOST_MILLISECONDS:
                taken = f"{times[0]:.0f} ms"
                yield f"Who {who} can type after {taken}; the limit is {MOST_MILLISECONDS}."

    def written(self) -> str:
        if not self.again:
            return NO_PHONE
        return WRITTEN.format(
            slowed=SLOWED, again=self.again, new=self.new, most=MOST_MILLISECONDS, rounds=ROUNDS
        )


def openings(site: str) -> Openings:
    """Measure how fast a participant opens the writing page of the demo at this URL."""
    program = chromium()
    if program is None:
        return Openings()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        context = sign_in(browser, site)
        opened(context)  # not measured: caches are empty on the first opening
        again = [opened(context) for _ in range(ROUNDS)]
        session = context.storage_state()
        new = [
            opened(browser.new_context(base_url=site, viewport=SIZE, storage_state=session))
            for _ in range(ROUNDS)
        ]
        browser.close()
    return Openings(middle(again), middle(new))


def sign_in(browser: Browser, site: str) -> BrowserContext:
    context = browser.new_context(base_url=site, viewport=SIZE)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Participant", exact=True).click()
    page.wait_for_url(f"{site}/")
    page.close()
    return context


def opened(context: BrowserContext) -> Times:
    """Open the writing page in a new tab, and return its times."""
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(PAGE, wait_until="load")
    # Poll, because the content security policy blocks the script that wait_for_function() injects.
    while not page.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
        page.wait_for_timeout(20)
    drawn, ready = page.evaluate(TIMES)
    page.close()
    return drawn, ready


def middle(times: list[Times]) -> Times:
    return median(drawn for drawn, _ in times), median(ready for _, ready in times)
