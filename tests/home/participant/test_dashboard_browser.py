"""A participant's Today on a phone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.architecture.sample_objects import make_material, make_unfinished
from tests.browser import NARROW
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


def test_next_workshop_is_first_and_writing_is_near(
    narrow_page: Page, sign_in: Callable[[Page, User], None], cohort: Cohort, participant: User
) -> None:
    """With a workshop, files, a survey and a draft, the box for writing is 1.5 screens down."""
    now = datetime.now(UTC)
    Membership.objects.update(joined_at=now - timedelta(days=60))
    for position, days in ((1, -2), (2, 6)):
        starts = now + timedelta(days=days)
        workshop = Workshop.objects.create(
            cohort=cohort,
            position=position,
            title="Power, privilege and prejudice",
            venue="The Old Fire Station, High Street West, Sunderland SR1 3HA",
            purpose="To meet.",
            prework="For a week, notice who speaks first, who is heard and who isn’t.",
            prework_minutes=25,
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            scheduled_at=now - timedelta(days=60),
        )
        make_material(workshop)
    make_unfinished(cohort, participant)
    sign_in(narrow_page, participant)

    narrow_page.goto(reverse("home:today"))

    headings = narrow_page.get_by_role("heading").all_inner_texts()
    assert headings[1:5] == [
        "Power, privilege and prejudice",
        "Questions for you",
        "How was “Power, privilege and prejudice” for you?",
        "What are you noticing?",
    ]
    box = narrow_page.get_by_role("textbox", name="What are you noticing?").bounding_box()
    assert box
    assert box["y"] + box["height"] <= 1.5 * NARROW["height"]
