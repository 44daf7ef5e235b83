from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from cohorts.models import Cohort
from sets.models import KeepApart
from tests.people import signed_in
from tests.sets.conftest import Fill, MakeSets

REASON = "Manages the other"


@pytest.fixture
def address(cohort: Cohort) -> str:
    return reverse("sets:keep_apart_list", args=[cohort.public_id])


def test_pair_is_added_changed_and_deleted(
    address: str, cohort: Cohort, facilitator_client: Client, fill: Fill
) -> None:
    one, other = fill(2)
    facts = {"one": one.public_id, "other": other.public_id, "reason": REASON}
    assertContains(facilitator_client.post(address, facts, follow=True), REASON)
    facilitator_client.post(
        address, {"one": other.public_id, "other": one.public_id, "reason": "Sisters"}
    )
    pair = KeepApart.objects.get()
    assert (pair.first, pair.second, pair.reason) == (one, other, "Sisters")
    facilitator_client.post(reverse("sets:keep_apart_delete", args=[pair.public_id]))
    assert not KeepApart.objects.exists()


def test_person_named_twice_is_refused_in_words(
    address: str, facilitator_client: Client, fill: Fill
) -> None:
    one = fill(1)[0]
    facts = {"one": one.public_id, "other": one.public_id, "reason": REASON}
    answer = facilitator_client.post(address, facts)
    assertContains(answer, "Choose a different person: this is the same one twice.")
    assertContains(answer, REASON)


def test_person_of_another_cohort_is_refused(
    address: str, facilitator_client: Client, fill: Fill, other_facilitator: User
) -> None:
    stranger = other_facilitator.memberships.get()
    facts = {"one": fill(1)[0].public_id, "other": stranger.public_id}
    assert facilitator_client.post(address, facts).status_code == 200
    assert not KeepApart.objects.exists()


def test_pairs_are_shown_to_facilitators_alone(
    address: str,
    cohort: Cohort,
    facilitator_client: Client,
    administrator_client: Client,
    fill: Fill,
    make_sets: MakeSets,
) -> None:
    """Neither the people nor administrators can open any page that shows the pair."""
    one, other, *_others = fill(8)
    facts = {"one": one.public_id, "other": other.public_id, "reason": REASON}
    facilitator_client.post(address, facts)
    make_sets(2)
    pages = [address, reverse("sets:set_list", args=[cohort.public_id])]
    for client in (administrator_client, signed_in(one.user)):
        assert [client.get(page).status_code for page in pages] == [403, 403]
        assertNotContains(client.get(cohort.get_absolute_url()), REASON)
    assertContains(facilitator_client.get(pages[1]), "Kept apart")
