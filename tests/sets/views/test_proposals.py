from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from cohorts.models import Cohort
from sets.making import jobs
from sets.models import Grouping
from tests.sets.conftest import Fill


def page(cohort: Cohort) -> str:
    return reverse("sets:set_list", args=[cohort.public_id])


def seen_on(content: bytes) -> str:
    found = re.search(rb'name="seen" value="([0-9a-f]{16})"', content)
    assert found
    return found[1].decode()


def test_facilitator_makes_looks_at_and_publishes_sets(
    facilitator_client: Client, cohort: Cohort, fill: Fill
) -> None:
    fill(10)
    assertContains(facilitator_client.get(page(cohort)), "5 in each")
    made = facilitator_client.post(
        reverse("sets:sets_make", args=[cohort.public_id]), {"number": "2"}
    )
    assert made["Location"] == page(cohort)
    waiting = facilitator_client.get(page(cohort))
    assertContains(waiting, "Looking for the best sets")
    assert waiting["Refresh"] == "2"
    jobs.make_pending()
    shown = facilitator_client.get(page(cohort))
    assertContains(shown, "Publish to 10 people")
    assertContains(shown, "2 of 2 sets")
    assert "Refresh" not in shown
    draft = Grouping.objects.get()
    answer = facilitator_client.post(
        reverse("sets:sets_publish", args=[draft.public_id]),
        {"seen": seen_on(shown.content)},
        follow=True,
    )
    assertContains(answer, "Published. 10 people get an e-mail.")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (4, "There are too few people for sets: 4. Two sets of four need eight."),
        (7, "There are too few people for sets: 7. Two sets of four need eight."),
        (241, "There are too many people to put into sets in one go: 241. The most is 240."),
    ],
)
def test_too_few_or_too_many_people_are_refused_in_words(
    facilitator_client: Client, cohort: Cohort, fill: Fill, number: int, words: str
) -> None:
    fill(number)
    assertContains(facilitator_client.get(page(cohort)), words)
    answer = facilitator_client.post(
        reverse("sets:sets_make", args=[cohort.public_id]), {"number": "1"}, follow=True
    )
    assertContains(answer, words)
    assert not Grouping.objects.exists()
