"""Search, order, pages and export of the lists of people."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from tests.queries import CapturedQueries

pytestmark = pytest.mark.both  # it searches and sorts

PEOPLE = "/people/"


@pytest.fixture
def sixty(cohort: Cohort, facilitator: User) -> list[Membership]:
    """Sixty participants in two organisations, one of whose names is a formula."""
    works = [
        Organisation.objects.create(name=name, name_key=name.lower(), sector="public")
        for name in ("Zebra", "=Ant")
    ]
    return [
        Membership.objects.create(
            cohort=cohort,
            user=User.objects.create_user(f"p{number}@example.org", f"Person {number:02}"),
            organisation=works[number % 2],
        )
        for number in range(60)
    ]


def names(response: Any, key: str = "people") -> list[str]:
    return [str(getattr(one, "user", one)) for one in response.context[key]]


def members_url(cohort: Cohort, name: str = "member_list") -> str:
    return reverse(f"cohorts:{name}", args=[cohort.public_id])


def table(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def test_people_are_paged(facilitator_client: Client, sixty: list[Membership]) -> None:
    first = facilitator_client.get(PEOPLE)
    assert names(first)[::49] == ["Person 00", "Person 49"]
    assert f'rel="next" href="?after={first.context["people"].after}"' in first.content.decode()
    second = facilitator_client.get(PEOPLE, {"after": first.context["people"].after})
    assert names(second) == [*(f"Person {number}" for number in range(50, 60)), "Ruth Okafor"]
    assert "The people in the cohorts that you run." in second.content.decode()


def test_people_are_sorted_by_organisation(
    facilitator_client: Client, sixty: list[Membership]
) -> None:
    found = facilitator_client.get(PEOPLE, {"sort": "organisation"})
    assert names(found)[:2] == ["Person 01", "Person 03"]
    rest = facilitator_client.get(
        PEOPLE, {"sort": "organisation", "after": found.context["people"].after}
    )
    assert names(rest)[-2:] == ["Person 58", "Ruth Okafor"]
    assert "sort=organisation&amp;before=" in rest.content.decode()


def test_unknown_order_is_by_name(facilitator_client: Client, sixty: list[Membership]) -> None:
    assert names(facilitator_client.get(PEOPLE, {"sort": "password"}))[0] == "Person 00"


def test_export_has_every_page_of_what_is_listed(
    facilitator_client: Client, cohort: Cohort, sixty: list[Membership], other_facilitator: User
) -> None:
    rows = table(facilitator_client.get(f"{PEOPLE}export/", {"q": "ant", "sort": "name"}))
    assert rows[0] == ["Name", "E-mail address", "Cohort", "Organisation", "Takes part as", "Left"]
    assert len(rows) == 31
    assert rows[1] == [*("Person 01", "p1@example.org", cohort.name, "'=Ant", "Participant", "")]
    everybody = table(facilitator_client.get(f"{PEOPLE}export/"))
    assert len(everybody) == 62
    assert other_facilitator.email not in str(everybody)


def test_export_of_somebody_in_no_cohort_has_one_row(
    administrator_client: Client, outsider: User
) -> None:
    rows = table(administrator_client.get(f"{PEOPLE}export/", {"q": "olly"}))
    assert rows[1:] == [["Olly Grant", "olly.outsider@example.org", "", "", "", ""]]


def test_members_are_paged_searched_and_sorted(
    facilitator_client: Client, cohort: Cohort, sixty: list[Membership]
) -> None:
    address = members_url(cohort)
    first = facilitator_client.get(address)
    assert len(names(first, "participants")) == 50
    second = facilitator_client.get(address, {"after": first.context["participants"].after})
    assert names(second, "participants")[0] == "Person 50"
    assert "60 participants · 2 organisations" in " ".join(second.content.decode().split())
    found = facilitator_client.get(address, {"q": "P7@EXAMPLE"})
    assert names(found, "participants") == ["Person 07"]
    assert "1 person found" in found.content.decode()
    in_order = facilitator_client.get(address, {"sort": "organisation", "q": "person"})
    assert names(in_order, "participants")[0] == "Person 01"


def test_members_do_not_find_each_other_by_address(
    participant_client: Client, cohort: Cohort, sixty: list[Membership]
) -> None:
    address = members_url(cohort)
    assert names(participant_client.get(address, {"q": "p7@example"}), "participants") == []
    page = participant_client.get(address, {"q": "person 07"})
    assert names(page, "participants") == ["Person 07"]
    assert "Name or organisation" in page.content.decode()


def test_export_of_members_has_every_page_of_what_is_listed(
    facilitator_client: Client, cohort: Cohort, sixty: list[Membership]
) -> None:
    response = facilitator_client.get(members_url(cohort, "member_export"), {"q": "zebra"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="participants.csv"'
    rows = table(response)
    assert (len(rows), rows[1][:4]) == (31, ["Person 00", "p0@example.org", "Zebra", "Public"])


def test_former_members_are_found_by_search(
    facilitator_client: Client, cohort: Cohort, sixty: list[Membership]
) -> None:
    Membership.objects.filter(pk__in=[one.pk for one in sixty]).update(left_at=sixty[-1].joined_at)
    page = facilitator_client.get(members_url(cohort))
    assert (len(page.context["left"]), page.context["left_count"]) == (50, 60)
    assert "To see others, search for their name." in page.content.decode()
    found = facilitator_client.get(members_url(cohort), {"q": "person 59"})
    assert names(found, "left") == ["Person 59"]


@pytest.mark.parametrize("path", [f"{PEOPLE}?sort=organisation", f"{PEOPLE}export/"])
def test_lists_make_a_constant_number_of_queries(
    facilitator_client: Client, sixty: list[Membership], path: str
) -> None:
    counts = []
    for few in (False, True):
        if few:
            Membership.objects.filter(pk__in=[one.pk for one in sixty[1:]]).delete()
        with CapturedQueries() as queries:
            b"".join(facilitator_client.get(path))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 11


def test_member_list_makes_few_queries(
    facilitator_client: Client, cohort: Cohort, sixty: list[Membership]
) -> None:
    with CapturedQueries() as queries:
        facilitator_client.get(members_url(cohort), {"after": sixty[3].public_id})
    assert len(queries) <= 8
