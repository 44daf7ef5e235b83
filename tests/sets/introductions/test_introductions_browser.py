"""Introductions on a phone and on a laptop: joined, answered by link, introduced, and stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.introductions.links import INTRODUCTION_LINK
from sets.introductions.making import make_round
from sets.introductions.taking_part import answer, take_part
from sets.models import IntroductionOptIn
from tests.sets.conftest import Fill
from tests.sets.introductions.conftest import introducee
from tests.sets.test_sets_browser import fits
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)
WISH = "Fewer forms between the ward and the front door."


def test_two_people_are_introduced_and_one_stops(
    sized_page: Page,
    sign_in: Callable[[Page, User], None],
    axe: Callable[[Page], None],
    cohort: Cohort,
    participant: User,
    facilitator: User,
    fill: Fill,
) -> None:
    page, now = sized_page, timezone.now()
    for position, days in ((1, -20), (2, 40)):
        starts = now + timedelta(days=days)
        Workshop.objects.create(
            cohort=cohort,
            position=position,
            title=f"Workshop {position}",
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            scheduled_at=now - timedelta(days=60),
        )
    [other] = fill(1)
    take_part(membership=other, wish="Somebody to ring.", at=now)
    here = reverse("sets:introduction_list", args=[cohort.public_id])

    def is_fine() -> None:
        axe(page)
        fits(page)

    sign_in(page, participant)
    page.goto(here)
    is_fine()
    page.get_by_role("link", name="Take part").press("Enter")
    page.get_by_label("What would you like to change here?").fill(WISH)
    is_fine()
    page.get_by_role("button", name="Save and take part").press("Enter")
    page.get_by_text("Saved. You take part in introductions.").wait_for()
    is_fine()

    member = Membership.objects.get(user=participant)
    made = make_round(cohort=cohort, month=now.date().replace(day=1), at=now)
    assert made is not None
    token = INTRODUCTION_LINK.token(introducee(member).public_id)
    page.context.clear_cookies()
    page.goto(reverse("sets:introduction_start", args=[token]))
    page.get_by_text("Somebody to ring.").wait_for()
    is_fine()
    page.get_by_role("button", name="Yes, introduce us").press("Enter")
    page.get_by_text("Thank you. You get an e-mail").wait_for()
    assert token not in page.url
    is_fine()
    page.get_by_role("button", name="Not this time").press("Enter")
    page.get_by_text("Thank you for answering. Nobody is told").wait_for()
    page.get_by_role("button", name="Yes, introduce us").press("Enter")
    page.get_by_text("Thank you. You get an e-mail").wait_for()
    answer(introducee=introducee(other), says="yes", at=timezone.now())
    page.goto(reverse("sets:introduction_start", args=[token]))
    page.get_by_role("heading", name="You’re introduced").wait_for()
    is_fine()
    page.get_by_role("button", name="Stop introductions").press("Enter")
    page.get_by_role("heading", name="You don’t take part any more").wait_for()
    is_fine()
    assert not IntroductionOptIn.objects.filter(membership=member).exists()

    sign_in(page, participant)
    page.goto(here)
    page.get_by_text(other.user.email).wait_for()
    is_fine()
    page.context.clear_cookies()
    sign_in(page, facilitator)
    page.goto(here)
    assert page.get_by_text(other.user.name).count() == 0
    is_fine()
