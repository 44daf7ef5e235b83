"""Tests of what else belongs to a workshop: on its page, and in its reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort
from tests.people import signed_in
from workshops.extras import WorkshopExtra, extras_for_email, extras_for_user
from workshops.models import Workshop

pytestmark = pytest.mark.django_db
FIRST = datetime(2027, 2, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def series(cohort: Cohort) -> list[Workshop]:
    return [
        Workshop.objects.create(
            cohort=cohort,
            position=number + 1,
            title=f"Workshop {number + 1}",
            starts_at=FIRST + timedelta(weeks=number),
            ends_at=FIRST + timedelta(weeks=number, hours=3),
            scheduled_at=FIRST - timedelta(days=60),
            length_minutes=180,
        )
        for number in range(3)
    ]


def labels(found: list[WorkshopExtra]) -> list[str]:
    return [extra.label for extra in found]


def test_first_and_last_workshop_mention_what_belongs_to_them(series: list[Workshop]) -> None:
    assert [labels(extras_for_email(workshop)) for workshop in series] == [
        ["Who do you know here?", "Sets", "Someone you haven’t met yet"],
        [],
        ["Who do you know here?", "What we start together"],
    ]


def test_features_that_are_off_are_not_mentioned(series: list[Workshop]) -> None:
    Cohort.objects.update(uses_sets=False, uses_relationships=False)
    first = Workshop.objects.get(pk=series[0].pk)
    assert labels(extras_for_email(first)) == ["Someone you haven’t met yet"]
    Cohort.objects.update(uses_introductions=False)
    assert extras_for_email(Workshop.objects.get(pk=series[0].pk)) == []


def test_first_workshop_is_the_first_that_is_not_cancelled(series: list[Workshop]) -> None:
    Workshop.objects.filter(pk=series[0].pk).update(cancelled_at=FIRST)
    assert extras_for_email(Workshop.objects.get(pk=series[0].pk)) == []
    assert labels(extras_for_email(series[1])) == [
        "Who do you know here?",
        "Sets",
        "Someone you haven’t met yet",
    ]


def test_links_lead_where_the_user_may_go(
    series: list[Workshop], cohort: Cohort, participant: User, facilitator: User
) -> None:
    urls = {}
    for user in (participant, facilitator):
        member = cohort.memberships.get(user=user)
        found = extras_for_user(series[0], user=user, membership=member)
        urls[user] = [extra.url for extra in found if extra.url]
        assert [signed_in(user).get(url).status_code for url in urls[user]] == [200] * len(
            urls[user]
        )
    assert len(urls[facilitator]) == 3
    assert len(urls[participant]) == 2  # in no set yet


def test_page_shows_them_to_members_alone(
    series: list[Workshop], cohort: Cohort, participant: User
) -> None:
    path = series[0].get_absolute_url()
    assert "Also at this workshop" in signed_in(participant).get(path).content.decode()
    cohort.memberships.get(user=participant).leave(by=None, at=FIRST)
    assert "Also at this workshop" not in signed_in(participant).get(path).content.decode()
