"""A script that takes the pictures in docs/img: pages of a temporary demo, and every e-mail.

`make screenshots` calls this script. It needs the development requirements and Chromium. Look at
each picture before you commit it.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bin import email_pictures  # noqa: E402 (this file is run by its path, from anywhere)
from tests import servers  # noqa: E402

IMAGES = ROOT / "docs" / "img"
SPREADSHEET = ROOT / "tests" / "data" / "north-east-attendees.csv"
MAX_BYTES = 150_000  # bytes, because every clone downloads the pictures
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
LAPTOP, PHONE = 1280, 390  # pixels wide
# Environment variables that are not passed to the demo, so that the demo does not use a database or
# an SMTP server that is configured for something else.
REMOVED_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SENTRY_DSN",
    "SECRET_KEY",
    "REFLECTION_KEYS",
    "ALLOWED_HOSTS",
)


def open_cohort(page: Page, state: str) -> None:
    """Open the page of the demo's cohort that is “Running”, “Finished” or “Being planned”."""
    page.goto("/cohorts/")
    card = page.get_by_role("listitem").filter(has=page.get_by_text(state, exact=True))
    card.get_by_role("link").first.click()


def cohort(page: Page) -> None:
    open_cohort(page, "Running")


def plan(page: Page) -> None:
    open_cohort(page, "Being planned")
    page.get_by_role("link", name="Plan the workshops").first.click()


def free(page: Page) -> None:
    """Open an availability poll, and tick three half days as ones that the user can't make."""
    open_cohort(page, "Being planned")
    planning = page.get_by_role("link", name="Plan the workshops").first.get_attribute("href") or ""
    page.goto(planning.replace("/plan/", "/free/"))
    for number in (1, 4, 5):
        page.get_by_role("checkbox").nth(number).check()


def move(page: Page) -> None:
    """Open the preview of moving the next workshop by a week."""
    open_cohort(page, "Running")
    page.get_by_role("link", name="Change date or venue").click()
    day = page.get_by_label("Date", exact=True)
    later = date.fromisoformat(day.input_value()) + timedelta(weeks=1)
    day.fill(later.isoformat())
    page.get_by_label("Why?").fill("The Old Fire Station has a burst pipe.")
    page.get_by_role("button", name="Continue").click()


def people(page: Page) -> None:
    """Create a cohort, and open the preview of importing people into it."""
    page.goto("/cohorts/new/")
    page.get_by_label("Name", exact=True).fill("Tees Valley, spring 2027")
    page.get_by_label("Place", exact=True).fill("Tees Valley")
    page.get_by_label("Number of places").fill("24")
    page.get_by_role("button", name="Create and plan the dates").click()
    page.get_by_role("link", name="Tees Valley, spring 2027").click()
    page.get_by_role("link", name="Add people").first.click()
    page.locator("input[type=file]").set_input_files(SPREADSHEET)
    page.get_by_role("button", name="Check the rows").click()


def register(page: Page) -> None:
    open_cohort(page, "Running")
    page.get_by_role("link", name="Register of workshop").click()


def messages(page: Page) -> None:
    open_cohort(page, "Running")
    region(page, "Messages").get_by_role("link", name="All").click()


def feedback(page: Page) -> None:
    open_cohort(page, "Finished")
    region(page, "Feedback").get_by_role("link", name="Workshop").click()


def report(page: Page) -> None:
    open_cohort(page, "Finished")
    page.get_by_role("link", name="Report", exact=True).click()


def today(page: Page) -> None:
    page.goto("/")


def reflection(page: Page) -> None:
    """Open the question that the demo's participant has begun to answer."""
    page.goto("/")
    page.get_by_text("Or begin with a question").click()
    region(page, "What are you noticing?").get_by_role("link").first.click()
    page.get_by_text("Saved").first.wait_for()


def journey(page: Page) -> None:
    page.goto("/reflections/")


def history(page: Page) -> None:
    """Open the audience history of a shared reflection."""
    page.goto("/reflections/")
    shared = page.get_by_role("article").filter(has_text="Shared with")
    shared.locator("a[href^='/reflections/']").first.click()
    page.get_by_role("link", name="Who could read this").click()


def who_sees_what(page: Page) -> None:
    page.goto("/who-sees-what/")


def my_data(page: Page) -> None:
    page.goto("/my-data/")


def shared(page: Page) -> None:
    open_cohort(page, "Running")
    page.get_by_role("link", name="All shared reflections").click()


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


@dataclass(frozen=True)
class Picture:
    """A picture of one page of the demo, as one role sees it. Sizes are in pixels."""

    name: str
    role: str
    width: int
    height: int
    open_page: Callable[[Page], None]
    part: str = ""
    """The name of the region to show. If empty, the picture shows the top of the page."""


PICTURES = (
    Picture("cohort", "Facilitator", LAPTOP, 780, cohort),
    Picture("day", "Facilitator", LAPTOP, 900, today),
    Picture("plan", "Facilitator", LAPTOP, 840, plan),
    Picture("months", "Facilitator", LAPTOP, 900, plan, part="Calendar"),
    Picture("move", "Facilitator", LAPTOP, 1010, move),
    Picture("free", "Facilitator", PHONE, 844, free),
    # `people` creates a second cohort that is being planned. It comes after `plan`, which opens the
    # demo's cohort by that status.
    Picture("people", "Facilitator", LAPTOP, 1200, people),
    Picture("messages", "Facilitator", LAPTOP, 760, messages),
    Picture("feedback", "Facilitator", LAPTOP, 800, feedback),
    Picture("report", "Facilitator", LAPTOP, 900, report),
    Picture("register", "Facilitator", PHONE, 844, register),
    Picture("today", "Participant", PHONE, 844, today),
    Picture("reflection", "Participant", PHONE, 844, reflection),
    Picture("journey", "Participant", PHONE, 844, journey),
    Picture("history", "Participant", PHONE, 844, history),
    Picture("who-sees-what", "Participant", PHONE, 844, who_sees_what),
    Picture("my-data", "Participant", PHONE, 844, my_data),
    Picture("shared", "Facilitator", LAPTOP, 900, shared),
)


def take(browser: Browser, site: str, picture: Picture) -> Path:
    context = browser.new_context(
        base_url=site,
        viewport={"width": picture.width, "height": picture.height},
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_role("button", name=picture.role, exact=True).click()
    picture.open_page(page)
    page.evaluate("window.scrollTo(0, 0)")
    path = IMAGES / f"{picture.name}.png"
    (region(page, picture.part) if picture.part else page).screenshot(path=path)
    context.close()
    return path


@contextmanager
def demo() -> Iterator[str]:
    """Context manager: run a temporary demo, and yield its URL."""
    with tempfile.TemporaryDirectory() as folder:
        port = servers.free_port()
        site = f"http://127.0.0.1:{port}"
        inherited = {
            name: value for name, value in os.environ.items() if name not in REMOVED_VARIABLES
        }
        environment = inherited | {"DEMO": "1", "CONVENOR_VAR": folder, "BASE_URL": site}
        log = Path(folder) / "server.log"
        for command in (["migrate", "--verbosity", "0"], ["demo"]):
            manage = [sys.executable, "manage.py", *command]
            subprocess.run(manage, cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
        serve = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
        with servers.running(serve, log, lambda: responds(site), cwd=ROOT, env=environment):
            yield site


def responds(site: str) -> bool:
    url = f"{site}/health/live"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except OSError:
        return False


def main() -> int:
    chromium = servers.chromium()
    if chromium is None:
        sys.exit(
            "No Chromium is installed, so no picture can be taken (Debian: apt install chromium)."
        )
    IMAGES.mkdir(parents=True, exist_ok=True)
    emails = email_pictures.sent_emails()
    with demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        paths = [take(browser, site, one) for one in PICTURES] + email_pictures.take(
            browser, emails
        )
        browser.close()
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in paths}
    for name, size in sizes.items():
        print(f"{name}: {size // 1000} kB")
    too_large = [name for name, size in sizes.items() if size > MAX_BYTES]
    if too_large:
        print(f"Larger than {MAX_BYTES // 1000} kB: {', '.join(too_large)}.", file=sys.stderr)
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
