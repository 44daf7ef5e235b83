from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from cohorts.models import Cohort
from sets.models import Grouping, SetMembership
from tests.queries import CapturedQueries
from tests.sets.conftest import Fill, MakeSets


def places(grouping: Grouping, number: int) -> list[SetMembership]:
    found = SetMembership.objects.active().filter(grouping=grouping, set__number=number)
    return list(found.select_related("set", "membership__user"))


def path(name: str, place: SetMembership) -> str:
    return reverse(f"sets:{name}", args=[place.grouping.public_id, place.membership.public_id])


@pytest.fixture
def draft(fill: Fill, make_sets: MakeSets) -> Grouping:
    fill(9)
    return make_sets(2, is_published=False)


def test_page_shows_each_swap_and_swaps(facilitator_client: Client, draft: Grouping) -> None:
    one, other = places(draft, 1)[0], places(draft, 2)[0]
    page = facilitator_client.get(path("person_move", one))
    assertContains(page, f"Swap with {other.membership.user}")
    answer = facilitator_client.post(
        path("person_swap", one),
        {"other": other.membership.public_id, "seen": draft.version},
        follow=True,
    )
    assertContains(answer, "have changed places.")
    one.refresh_from_db()
    assert one.set_id == other.set_id


def test_pinned_person_has_no_swaps(facilitator_client: Client, draft: Grouping) -> None:
    one, other = places(draft, 1)[0], places(draft, 2)[0]
    facilitator_client.post(path("person_pin", one), {"pin": "1", "seen": draft.version})
    page = facilitator_client.get(path("person_move", one))
    assertContains(page, "Unpin")
    assertNotContains(page, "Swap with")
    answer = facilitator_client.post(
        path("person_swap", other),
        {"other": one.membership.public_id, "seen": draft.version + 1},
        follow=True,
    )
    assertContains(answer, f"{one.membership.user} is pinned. Unpin them first.")


def test_stale_page_is_told_so(facilitator_client: Client, draft: Grouping) -> None:
    one, other = places(draft, 1)[0], places(draft, 2)[0]
    answer = facilitator_client.post(
        path("person_swap", one),
        {"other": other.membership.public_id, "seen": draft.version - 1},
        follow=True,
    )
    assertContains(answer, "These sets have changed since you opened this page.")
    one.refresh_from_db()
    assert one.set.number == 1


def test_late_joiner_is_put_into_the_offered_set_by_one_click(
    facilitator_client: Client, cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    grouping = make_sets(2)
    late = fill(1)[0]
    address = reverse("sets:set_list", args=[cohort.public_id])
    assertContains(facilitator_client.get(address), "1 person has no set")
    today = facilitator_client.get(reverse("home:today"))
    assertContains(today, "1 person has no set")
    to = grouping.sets.get(number=2)
    answer = facilitator_client.post(
        reverse("sets:person_place", args=[grouping.public_id, late.public_id]),
        {"to": to.public_id, "seen": grouping.version},
        follow=True,
    )
    assertContains(answer, "is now in Set 2. In ten minutes")
    assert to.places.active().filter(membership=late).exists()


def test_replaced_and_unknown_groupings_are_not_found(
    facilitator_client: Client, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    first = make_sets(2)
    one = places(first, 1)[0]
    make_sets(2, seed=4)
    assert facilitator_client.get(path("person_move", one)).status_code == 404


def test_pages_make_as_many_queries_for_many_people(
    facilitator_client: Client, cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    def queries() -> list[int]:
        counts = []
        one = places(Grouping.objects.drafts().get(), 1)[0]
        address = reverse("sets:set_list", args=[cohort.public_id])
        for page in (address, path("person_move", one)):
            with CapturedQueries() as found:
                assert facilitator_client.get(page).status_code == 200
            counts.append(len(found))
        return counts

    fill(8)
    make_sets(2, is_published=False)
    few = queries()
    fill(42, organisations=20)
    make_sets(12, seed=2, is_published=False)
    assert queries() == few
    assert max(few) <= 12
