"""The page on which a cohort’s retention period is set."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort
from privacy import retention
from privacy.models import Retention
from tests.privacy.conftest import NOTICE_DUE
from workshops.models import Workshop


def test_facilitator_sets_the_retention_period(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    page = f"/cohorts/{cohort.public_id}/retention/"
    assert facilitator_client.get(page).context["form"].initial["months"] == 12
    done = facilitator_client.post(page, {"months": "18", "reason": "A study"}, follow=True)
    assert "kept for 18 months after the cohort ends" in done.content.decode()
    kept = Retention.objects.get()
    assert (kept.cohort, kept.months, kept.reason, kept.set_by) == (
        cohort,
        18,
        "A study",
        facilitator,
    )
    facilitator_client.post(page, {"months": "24", "reason": ""})
    assert Retention.objects.get().months == 24


@pytest.mark.parametrize("months", ["0", "61", "-1", "a year", ""])
def test_invalid_retention_period_is_shown_again_with_an_error(
    months: str, cohort: Cohort, facilitator_client: Client
) -> None:
    page = facilitator_client.post(
        f"/cohorts/{cohort.public_id}/retention/", {"months": months, "reason": "Why"}
    )
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["months"])
    assert 'value="Why"' in page.content.decode()
    assert Retention.objects.count() == 0


def test_page_shows_the_notice_that_was_given(
    last_workshop: Workshop, cohort: Cohort, facilitator_client: Client
) -> None:
    page = f"/cohorts/{cohort.public_id}/retention/"
    assert "until Friday 31 March 2028" in facilitator_client.get(page).content.decode()
    retention.give_notices(NOTICE_DUE)
    assert (
        "that it will be deleted on Saturday 1 April 2028"
        in facilitator_client.get(page).content.decode()
    )
