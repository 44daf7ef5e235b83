"""A word of 70 letters, in every name that people type, widens no page on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from programmes.models import Programme
from tests.journeys.looking import OVERFLOWING
from workshops.models import Workshop

WORD = "Ö" + "w" * 69
OF_COHORT = (
    *("home:cohort_detail", "home:message_list", "cohorts:member_list", "cohorts:cohort_edit"),
    *("cohorts:cohort_archive", "cohorts:member_remove", "cohorts:venue_needs"),
    *("cohorts:people_file_upload", "cohorts:email_list", "workshops:series_plan"),
    *("workshops:closed_days_list", "reports:report_detail", "reflections:cohort_experiments"),
)
OF_WORKSHOP = (
    *("workshops:workshop_detail", "workshops:workshop_edit", "workshops:workshop_move"),
    *("workshops:workshop_cancel", "workshops:register", "workshops:sign_in_sheet"),
)


@pytest.fixture
def cohort(transactional_db: None) -> Cohort:
    programme = Programme.objects.create(name=WORD, purpose=WORD)
    cohort = Cohort.objects.create(programme=programme, name=f"{WORD}s", place=WORD)
    work = Organisation.objects.create(name=WORD, name_key=WORD.lower(), sector="public")
    now = timezone.now()
    for role in Membership.Role.values:
        user = User.objects.create_user(f"{role}@example.org", f"{WORD} {WORD}")
        Membership.objects.create(
            cohort=cohort,
            user=user,
            role=role,
            organisation=work,
            job_title=WORD,
            joined_at=now - timedelta(days=60),
        )
    for position in (1, 2):
        starts = now + timedelta(days=7 * position - 7, minutes=30)
        Workshop.objects.create(
            cohort=cohort,
            position=position,
            title=WORD,
            purpose=WORD,
            venue=WORD,
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            scheduled_at=now - timedelta(days=30),
        )
    return cohort


@pytest.mark.either
@pytest.mark.parametrize("role", Membership.Role.values)
def test_long_words_widen_no_page(
    role: str,
    cohort: Cohort,
    narrow_page: Page,
    sign_in: Callable[[Page, User], None],
    live_site: str,
) -> None:
    sign_in(narrow_page, cohort.memberships.get(role=role).user)
    member, workshop = cohort.memberships.participating().get(), cohort.workshops.all()[0]
    pages = ["/", "/cohorts/", "/reflections/"]
    if role == Membership.Role.FACILITATOR:
        pages += ["/people/", "/organisations/", "/reports/", "/programmes/"]
        pages += [reverse(name, args=[cohort.public_id]) for name in OF_COHORT]
        pages += [reverse(name, args=[workshop.public_id]) for name in OF_WORKSHOP]
        pages += [
            reverse(f"cohorts:member_{name}", args=[member.public_id])
            for name in ("edit", "leave", "move")
        ]
    else:
        pages += [
            reverse(name, args=[cohort.public_id])
            for name in ("home:cohort_detail", "cohorts:member_list", "home:cohort_reflections")
        ]
        pages.append(workshop.get_absolute_url())
    wide = {}
    for page in pages:
        answer = narrow_page.goto(f"{live_site}{page}")
        assert answer is not None
        assert answer.status == 200, page
        if found := narrow_page.evaluate(OVERFLOWING):
            wide[page] = found
    assert wide == {}
