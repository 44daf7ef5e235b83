"""Helpers that write reflections in a browser, and read what the page and the browser store."""

import re
import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

NEW = "/reflections/new/"
WORDS = "the heron at the weir"
EMPTY: dict[str, Any] = {"local": {}, "session": {}, "caches": [], "drafts": []}

# JavaScript that returns everything that the browser stores for the site.
BROWSER_STORAGE = """async () => {
  sessionStorage.removeItem('htmx-current-path-for-history');  // the page's address
  const stored = {
    local: { ...localStorage },
    session: { ...sessionStorage },
    caches: await caches.keys(),
    drafts: [],
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      indexedDB.open(name).onsuccess = (e) => done(e.target.result);
    });
    for (const store of database.objectStoreNames) {
      const all = await new Promise((done) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = (e) => done(e.target.result);
      });
      stored.drafts.push(...all.map((one) => ({
        id: one.id,
        names: Object.keys(one),
        secret: String.fromCharCode(...new Uint8Array(one.secret)),
      })));
    }
    database.close();
  }
  return stored;
}"""


def textarea(page: Page) -> Locator:
    return page.locator("textarea[name=body]")


def expect_save_status(page: Page, words: str) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile(words), timeout=30_000)


def wait_for_device_drafts(page: Page, count: int) -> None:
    """Wait until the browser stores this number of drafts.

    `evaluate` is called repeatedly, because Playwright's `wait_for_function` treats a promise as
    true.
    """
    until = time.monotonic() + 10
    while len(page.evaluate(BROWSER_STORAGE)["drafts"]) != count:
        assert time.monotonic() < until, (
            f"The device stores {page.evaluate(BROWSER_STORAGE)['drafts']}, not {count} drafts."
        )
        page.wait_for_timeout(50)


def open_page(page: Page, address: str) -> None:
    """Open the page, and wait until the network is idle and the page has its encryption key."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


def write_and_save(page: Page, words: str) -> None:
    with page.expect_response("**/reflections/drafts/**"):
        textarea(page).fill(words)


def go_offline(page: Page) -> None:
    page.context.set_offline(True)


def go_online(page: Page) -> None:
    page.context.set_offline(False)


def wait_for_record(page: Page) -> dict[str, Any]:
    """Wait until the browser stores input, and return the record."""
    for _ in range(100):
        if drafts := page.evaluate(BROWSER_STORAGE)["drafts"]:
            [record] = drafts
            return dict(record)
        page.wait_for_timeout(50)
    raise AssertionError("The browser stores no input.")


def wait_for_empty_storage(page: Page) -> None:
    """Wait until the script of the page has removed what the browser stored."""
    for _ in range(100):
        if page.evaluate(BROWSER_STORAGE) == EMPTY:
            return
        page.wait_for_timeout(50)
    assert page.evaluate(BROWSER_STORAGE) == EMPTY
