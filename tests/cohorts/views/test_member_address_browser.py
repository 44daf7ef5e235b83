"""Browser test: a facilitator corrects an address that bounced, and the e-mails are resent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from tests.services import Letterbox
from workshops.models import Workshop

SignIn = Callable[[Page, User], None]
RIGHT = "amina.rahman@example.org"


@pytest.fixture
def refused(cohort: Cohort, facilitator: User, participant: User, smtp_server: Letterbox) -> User:
    """A member whose address the mail server refused when the first e-mails were sent."""
    now = datetime.now(UTC)
    Membership.objects.update(joined_at=now - timedelta(days=2))
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Seeing the whole",
        starts_at=now + timedelta(days=30),
        ends_at=now + timedelta(days=30, hours=3),
        scheduled_at=now - timedelta(days=1),
        venue="The Old Fire Station",
    )
    smtp_server.answers[participant.email] = "550 5.1.1 No such person"
    take_turn()
    assert smtp_server.to(participant.email) == []
    return participant


@pytest.mark.parametrize("size", ["narrow_page", "wide_page"])
def test_corrected_address_receives_what_failed(
    size: str,
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    facilitator: User,
    refused: User,
    smtp_server: Letterbox,
) -> None:
    page: Page = request.getfixturevalue(size)
    sign_in(page, facilitator)
    page.goto("/")
    needs = page.get_by_role("region", name="Needs your attention")
    expect(needs).to_contain_text("E-mail to Amina Rahman bounces. No such mailbox")
    page.get_by_role("link", name="Fix the e-mail address").first.click()
    expect(page.get_by_role("heading", name="E-mail to Amina Rahman")).to_be_visible()
    axe(page)
    page.get_by_text("What the mail system said").press("Enter")
    expect(page.get_by_text("550 5.1.1 No such person").first).to_be_visible()

    page.get_by_label("E-mail address").fill("amina.rahman")
    page.get_by_label("E-mail address").press("Enter")
    expect(page.locator(".error")).to_contain_text("Enter a valid e-mail address")
    expect(page.get_by_label("E-mail address")).to_have_value("amina.rahman")
    page.get_by_label("E-mail address").fill(RIGHT)
    page.get_by_role("button", name="Save the address and send again").click()

    expect(page.get_by_text(f"We’ll send e-mails for Amina Rahman to {RIGHT}.")).to_be_visible()
    expect(page.get_by_text("E-mail does not reach")).to_have_count(0)
    take_turn()
    # The e-mails are the notice, the invitation and the calendar event. The event invites RIGHT.
    notice, *arrived = smtp_server.to(RIGHT)
    assert notice["Subject"] == "This is now your e-mail address for Convenor"
    assert len(arrived) == 2
    [calendar] = [
        part
        for mail in arrived
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert RIGHT in calendar.get_content().replace("\r\n ", "")
