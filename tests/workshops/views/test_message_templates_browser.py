"""Browser test: a facilitator edits a reminder's text, which is sent, and restores the default."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from tests.services import Letterbox
from workshops.messages.reminders import DAY_BEFORE
from workshops.models import Workshop

WRONG = "Dear {firstname},\n\n**See you** on {day}."
RIGHT = (
    "Dear {first_name},\n\n"
    "**See you** on {day} at [the station](https://example.org/map).\n\n"
    "- bring a pen"
)


def test_facilitator_edits_reminder_and_it_is_sent(
    wide_page: Page,
    axe: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
    cohort: Cohort,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
    join: Callable[..., Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    page, now = wide_page, datetime.now(UTC)
    schedule(workshops[3], now + timedelta(days=6))
    amina = join("Amina").user
    User.objects.filter(pk=amina.pk).update(name="*Amina* <b>Rahman</b>")
    sign_in(page, facilitator)
    page.goto(f"{cohort.get_absolute_url()}messages/")
    page.get_by_role("link", name="Edit texts and times").click()
    axe(page)
    page.get_by_role("link", name="Edit “Last reminder”").click()
    box = page.get_by_label("Message", exact=True)
    box.fill(WRONG)
    page.get_by_label("Days before the workshop").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field .error")).to_contain_text("Did you mean {first_name}?")
    expect(box).to_have_value(WRONG)
    axe(page)

    box.fill(RIGHT)
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("See you on Thursday 18 March at the station.")
    expect(preview.get_by_role("link", name="the station")).to_have_attribute(
        "href", "https://example.org/map"
    )
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("has been saved for this cohort")
    expect(page.get_by_text("2 days before the workshop, at 9am")).to_be_visible()

    [due] = DAY_BEFORE.due(now, now + timedelta(days=7)).values_list("owed_due", flat=True)
    take_turn(lambda: due)
    [mail] = [mail for mail in smtp_server.to(amina.email) if "Reminder" in mail["Subject"]]
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    text = plain.get_content().replace("\r\n", "\n")
    assert "Dear *Amina*,\n\nSee you on " in text
    assert "at the station (https://example.org/map).\n\n- bring a pen" in text
    assert "<strong>See you</strong>" in html.get_content()
    assert "When: " in text

    page.get_by_role("button", name="Reset to default for “Last reminder”").click()
    expect(page.get_by_role("status")).to_contain_text("has been reset to the default")
    page.get_by_role("link", name="Edit “Last reminder”").click()
    expect(box).to_have_value("Dear {first_name},\n\nWorkshop {number} of {cohort} is on {day}.")
    take_turn(lambda: due + timedelta(days=1))
    assert len([mail for mail in smtp_server.to(amina.email) if "Reminder" in mail["Subject"]]) == 1
