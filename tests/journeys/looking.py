"""A helper that opens pages in a browser as one user, and checks each."""

from dataclasses import dataclass, field
from typing import Literal

from django.urls import reverse
from playwright.sync_api import Page

from tests.browser import LOOKS, NARROW, RULES, WIDE, violations

NARROWEST = {"width": 320, "height": 640}
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, int], list[str]], ...] = (
    ("light", WIDE, RULES),
    ("dark", NARROW, LOOKS),
)

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  const wide = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > width + 1
  )
  return ["page", ...wide.slice(0, 4).map((one) => one.tagName.toLowerCase() + "." + one.className)]
}"""

# JavaScript that returns the elements of a page. axe checks only one of the pages with the same
# elements, because many pages are the same for a facilitator and an administrator.
STRUCTURE = """() => [...document.querySelectorAll("*")].map((one) => {
  const attributes = one.getAttributeNames().filter((name) => name !== "href" && name !== "value")
  return one.tagName + attributes + one.className
}).join()"""


@dataclass
class Walk:
    """The pages that one user opens in one browser tab, and the problems that are found."""

    page: Page
    role: str
    checked: set[str]
    found: list[str] = field(default_factory=list)
    place: str = ""

    def __post_init__(self) -> None:
        self.page.on(
            "console",
            lambda said: self.find(f"the console: {said.text}") if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.find(f"a script: {error}"))

    def find(self, what: str) -> None:
        self.found.append(f"{self.place} as {self.role}: {what}")

    def open(self, name: str, address: str) -> None:
        self.place = name
        answer = self.page.goto(address)
        status = answer.status if answer else None
        if status != 200 or not self.page.url.endswith(address):
            self.find(f"answered {status} at {self.page.url}")
            return
        self.look()

    def ask_for_code(self) -> None:
        self.open("account_login", reverse("account_login"))
        self.place = "account_confirm_login_code"
        self.page.get_by_label("Your work e-mail").fill("ruth.adeyemi@example.org")
        self.page.get_by_role("button", name="Send me a code").click()
        self.page.wait_for_url(f"**{reverse('account_confirm_login_code')}")
        self.look()

    def look(self) -> None:
        """Check the page with axe, and that it fits three widths.

        axe runs in light mode as wide as a laptop, and in dark mode as wide as a phone.
        """
        if (headings := self.page.locator("h1").count()) != 1:
            self.find(f"{headings} h1 headings")
        structure = self.page.evaluate(STRUCTURE)
        for scheme, size, rules in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            self.measure(size)
            if structure not in self.checked:
                for line in violations(self.page, rules):
                    self.find(f"axe, {scheme}: {line}")
        self.measure(NARROWEST)
        self.checked.add(structure)

    def measure(self, size: dict[str, int]) -> None:
        self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        if wide := self.page.evaluate(OVERFLOWING):
            self.find(f"wider than {size['width']} px: {wide}")
