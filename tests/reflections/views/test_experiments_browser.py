"""Browser tests of experiments: started, answered and found on a phone, and checked with axe."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import User
from reflections.models import Experiment
from tests.reflections.conftest import MARKER
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]
Axe = Callable[[Page], None]


def test_experiment_is_added_answered_and_found_on_a_phone(
    narrow_page: Page, sign_in: SignIn, axe: Axe, participant: User, next_workshop: Workshop
) -> None:
    page = narrow_page
    sign_in(page, participant)
    page.goto("/")
    page.get_by_role("region", name="Trying this out").get_by_role(
        "link", name="Add an experiment"
    ).click()
    axe(page)
    page.get_by_label("One thing I’ll try").fill(MARKER)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Only you can read this")).to_be_visible()
    axe(page)
    page.goto("/")
    trying = page.get_by_role("region", name="Trying this out")
    expect(trying.get_by_text("look back before workshop 4")).to_be_visible()
    trying.get_by_role("link", name="How did it go?").click()
    again = page.get_by_label("Look back on it")
    expect(again).to_be_hidden()
    page.get_by_label("Not yet").press("Space")
    expect(again).to_be_visible()
    axe(page)
    page.get_by_label("I tried it").press("Space")
    expect(again).to_be_hidden()
    page.get_by_label("What did you learn?").fill("To wait.")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("To wait.")).to_be_visible()
    page.get_by_role("link", name="Your reflections").click()
    axe(page)
    page.get_by_label("Search your writing").fill("HERON")
    page.get_by_label("Search your writing").press("Enter")
    expect(page.get_by_role("heading", name="1 result")).to_be_visible()
    assert MARKER.split()[1] not in page.url.lower()
    axe(page)
    assert Experiment.objects.get().outcome == "tried"


def test_conflicting_answer_from_another_device_can_be_combined(
    phone: Page, laptop: Page, axe: Axe, experiment: Callable[..., Experiment]
) -> None:
    there = f"{experiment().get_absolute_url()}answer/"
    phone.goto(there)
    laptop.goto(there)
    laptop.get_by_label("I tried it").check()
    laptop.get_by_label("What happened?").fill("They laughed.")
    laptop.get_by_role("button", name="Save").click()
    expect(laptop.get_by_text("Saved.")).to_be_visible()
    phone.get_by_label("I tried it").check()
    phone.get_by_label("What happened?").fill("It went well.")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("region", name="You answered this on another page")).to_contain_text(
        "They laughed."
    )
    expect(phone.get_by_label("What happened?")).to_have_value("It went well.")
    axe(phone)
    phone.get_by_role("button", name="Save both, one below the other").click()
    expect(phone.get_by_text("Saved.")).to_be_visible()
    assert Experiment.objects.get().happened == "It went well.\n\nThey laughed."
