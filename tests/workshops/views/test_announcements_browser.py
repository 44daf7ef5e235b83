"""Browser test: a facilitator writes to the people who have not answered, and the mail arrives.

It runs on a phone without JavaScript, and on a laptop with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from cohorts.models import Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message
from tests.browser import NARROW
from tests.services import Letterbox
from workshops.models import Workshop
from workshops.register import rsvp

Axe = Callable[[Page], None]


@pytest.fixture
def workshop(
    workshops: list[Workshop], schedule: Callable[..., Workshop], join: Callable[..., Membership]
) -> Workshop:
    """A workshop in a few days; one person is coming, two have not answered.

    The date is in real time, because the clock of a browser can't be changed by the test.
    """
    workshop = schedule(workshops[3], datetime.now(UTC) + timedelta(days=6))
    members = [join(name) for name in ("Ama One", "Ben Two", "Cal Three")]
    rsvp.save_answer(
        workshop=workshop, membership=members[0], answer="coming", at=datetime.now(UTC)
    )
    return workshop


@pytest.fixture(params=["phone without JavaScript", "laptop"])
def phone_or_laptop(
    request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], live_site: str
) -> Iterator[Page]:
    if request.param == "laptop":
        yield request.getfixturevalue("wide_page")
        return
    context = new_context(java_script_enabled=False, base_url=live_site, viewport=NARROW)
    yield context.new_page()
    context.close()


def test_facilitator_messages_people_who_have_not_answered(
    phone_or_laptop: Page,
    request: pytest.FixtureRequest,
    axe: Axe,
    sign_in: Callable[[Page, User], None],
    workshop: Workshop,
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    page, has_scripts = phone_or_laptop, "laptop" in request.node.callspec.id
    sign_in(page, facilitator)
    page.goto(workshop.get_absolute_url())
    page.get_by_role("link", name="Message those who have not answered").click()
    page.get_by_label("Subject").fill("Are you in, {name}?")
    page.get_by_label("Message", exact=True).fill("Hello {first_name}, see you on **{day}**?")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_text("There is no field {name} here.").first).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value(
        "Hello {first_name}, see you on **{day}**?"
    )
    if has_scripts:
        axe(page)
    page.get_by_label("Subject").fill("Are you in, {first_name}?")
    page.get_by_role("button", name="Save and preview").click()

    expect(page.get_by_role("heading", name="As Ben would get it")).to_be_visible()
    page.get_by_role("link", name="Preview for Cal Three").click()
    expect(page.get_by_text("Are you in, Cal?").first).to_be_visible()
    letter = page.frame_locator("iframe[title='The e-mail to Cal Three']")
    expect(letter.locator("strong").first).to_be_visible()
    assert not Message.objects.filter(kind="announcement").exists()
    if has_scripts:
        axe(page)
    page.get_by_role("button", name="Send to 2 people").click()
    expect(page.get_by_role("status")).to_contain_text("It goes out to 2 people")
    expect(page.get_by_text("2 waiting")).to_be_visible()

    take_turn()
    page.reload()
    expect(page.get_by_text("2 sent")).to_be_visible()
    if has_scripts:
        axe(page)
    assert [
        mail["Subject"] for mail in smtp_server.to("cal.three@") if "Are you" in mail["Subject"]
    ] == ["Are you in, Cal?"]
