"""Which place of the main navigation a page says it belongs to."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from tests.people import signed_in

pytestmark = pytest.mark.django_db


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
def test_page_says_which_place_it_belongs_to(
    cohort: Cohort, participant: User, facilitator: User, name: str, place: list[str]
) -> None:
    reader = facilitator if "retention" in name else participant
    about = [cohort.public_id] if any(word in name for word in ("cohort", "keepsake", "retention")) else []
    assert current_on(signed_in(reader).get(reverse(name, args=about)).content.decode()) == place
