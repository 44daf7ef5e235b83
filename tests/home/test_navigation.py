"""The item of the main navigation that each page marks as the current one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import write
from reflections.models import Audience
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def current_on(page: str) -> list[str]:
    return re.findall(r'aria-current="page">(.+?)</a>', page)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("home:today", ["Today"]),
        ("reflections:reflection_list", ["Reflections"]),
        ("reflections:experiment_create", ["Reflections"]),
        ("reflections:keepsake_detail", ["Reflections"]),
        ("reflections:cohort_experiments", ["Cohorts"]),
        ("home:cohort_reflections", ["Cohorts"]),
        ("privacy:retention_edit", ["Cohorts"]),
        ("privacy:my_data", []),
    ],
)
def test_page_marks_its_navigation_item_as_current(
    cohort: Cohort, participant: User, facilitator: User, name: str, place: list[str]
) -> None:
    reader = facilitator if "retention" in name else participant
    about = (
        [cohort.public_id]
        if any(word in name for word in ("cohort", "keepsake", "retention"))
        else []
    )
    assert current_on(signed_in(reader).get(reverse(name, args=about)).content.decode()) == place


def test_others_reflection_marks_cohorts_as_current(
    cohort: Cohort, facilitator: User, participant: User
) -> None:
    now = timezone.now()
    Membership.objects.update(joined_at=now - timedelta(days=9))
    entry = write(
        author=participant, cohort=cohort, body="I listened.", audience=Audience.COHORT, at=now
    )
    address = entry.get_absolute_url()
    for reader, place in ((facilitator, "Cohorts"), (participant, "Reflections")):
        assert current_on(signed_in(reader).get(address).content.decode()) == [place]
