"""Writing on a phone in the tests: what stands in the box, what the page says, what the device keeps."""

import re
import time

from playwright.sync_api import Locator, Page, expect

NEW = "/reflections/new/"
WORDS = "the heron at the weir"

# What a browser keeps for the site, in every place where a site can keep things.
KEPT = """async () => {
  sessionStorage.removeItem('htmx-current-path-for-history');  // the page's address
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, caches: await caches.keys(), drafts: [] };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    for (const store of database.objectStoreNames) {
      const all = await new Promise((done) => {
        database.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result);
      });
      kept.drafts.push(...all.map((one) => ({
        id: one.id, names: Object.keys(one), secret: String.fromCharCode(...new Uint8Array(one.secret)) })));
    }
    database.close();
  }
  return kept;
}"""


def area(page: Page) -> Locator:
    return page.locator("textarea[name=body]")


def says(page: Page, words: str) -> None:
    expect(page.locator("[data-saved]")).to_have_text(re.compile(words), timeout=30_000)


def on_the_device(page: Page, count: int) -> None:
    """Waits until the device keeps so many; asked again from here, as Playwright takes a promise itself for a yes."""
    until = time.monotonic() + 10
    while len(page.evaluate(KEPT)["drafts"]) != count:
        assert time.monotonic() < until, (
            f"The device keeps {page.evaluate(KEPT)['drafts']}, and not {count}."
        )
        page.wait_for_timeout(50)


def open_at(page: Page, address: str) -> None:
    """Until the page has its key and stands still."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


def write_and_save(page: Page, words: str) -> None:
    with page.expect_response("**/reflections/drafts/**"):
        area(page).fill(words)


def cut(page: Page) -> None:
    page.context.set_offline(True)


def mend(page: Page) -> None:
    page.context.set_offline(False)
