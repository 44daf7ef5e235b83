from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from tests.queries import CapturedQueries

pytestmark = pytest.mark.both  # it searches

PEOPLE = "/people/"
ORGANISATIONS = "/organisations/"


def names(response: Any) -> list[str]:
    return [person.name for person in response.context["people"]]


def test_facilitator_sees_the_people_of_their_cohorts(
    facilitator_client: Client, participant: User, stranger_at_work: User, outsider: User
) -> None:
    assert names(facilitator_client.get(PEOPLE)) == ["Amina Rahman", "Ruth Okafor"]


def test_facilitator_does_not_see_other_cohorts(
    facilitator_client: Client, other_facilitator: User, participant: User
) -> None:
    Membership.objects.create(cohort=other_facilitator.memberships.get().cohort, user=participant)
    page = facilitator_client.get(PEOPLE).content.decode()
    assert ("North East, spring 2027" in page, "Essex" in page) == (True, False)


def test_administrator_sees_all_people(
    administrator_client: Client, participant: User, stranger_at_work: User, outsider: User
) -> None:
    assert names(administrator_client.get(PEOPLE)) == [
        "Ada Administrator",
        "Amina Rahman",
        "Olly Grant",
        "Tom Elsewhere",
        "Una Elsewhere",
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("amina", ["Amina Rahman"]),
        ("PARTICIPANT@", ["Amina Rahman"]),
        ("tynewick", ["Amina Rahman"]),
        ("rahman  amina", ["Amina Rahman"]),
        ("harbour", ["Una Elsewhere"]),
        ("nobody of this name", []),
        ("%", []),
        ("ami\x01na", ["Amina Rahman"]),
    ],
)
def test_search_finds_by_name_address_and_organisation(
    administrator_client: Client,
    participant: User,
    stranger_at_work: User,
    words: str,
    found: list[str],
) -> None:
    response = administrator_client.get(PEOPLE, {"q": words})
    assert response.status_code == 200
    assert names(response) == found


def test_search_ignores_organisations_in_other_cohorts(
    facilitator_client: Client, other_facilitator: User, participant: User
) -> None:
    essex = other_facilitator.memberships.get().cohort
    secret = Organisation.objects.create(name="Secret Works", name_key="secret works")
    Membership.objects.create(cohort=essex, user=participant, organisation=secret)
    assert names(facilitator_client.get(PEOPLE, {"q": "secret"})) == []


@pytest.mark.parametrize("path", [PEOPLE, ORGANISATIONS])
def test_lists_require_a_cohort_to_run(
    path: str, participant_client: Client, outsider_client: Client, client: Client
) -> None:
    assert [
        each.get(path).status_code for each in (participant_client, outsider_client, client)
    ] == [
        403,
        403,
        302,
    ]


@pytest.mark.parametrize("path", [PEOPLE, ORGANISATIONS])
def test_lists_make_a_constant_number_of_queries(
    path: str, facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    counts = []
    for many in (0, 30):
        for number in range(many):
            organisation = Organisation.objects.create(
                name=f"Firm {number}", name_key=f"firm {number}"
            )
            user = User.objects.create_user(f"{number}@example.org", f"Person {number}")
            Membership.objects.create(cohort=cohort, user=user, organisation=organisation)
        with CapturedQueries() as queries:
            facilitator_client.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


@pytest.fixture
def well_travelled(cohort: Cohort, participant: User) -> User:
    """The participant, who is a member of seven cohorts."""
    for number in range(6):
        other = Cohort.objects.create(
            programme=cohort.programme, name=f"Cohort {number}", place="Leeds"
        )
        Membership.objects.create(cohort=other, user=participant)
    return participant


def test_list_shows_the_newest_memberships_and_links_to_all(
    administrator_client: Client, well_travelled: User
) -> None:
    page = administrator_client.get(PEOPLE)
    shown = {
        person: ([member.cohort for member in some], hidden)
        for person, some, hidden in page.context["rows"]
    }
    assert shown[well_travelled] == (["Cohort 5", "Cohort 4", "Cohort 3"], 4)
    link = f"{PEOPLE}?person={well_travelled.public_id}"
    assert link in page.content.decode()

    [(_, some, hidden)] = administrator_client.get(link).context["rows"]
    assert (len(some), hidden) == (7, 0)


def test_person_shows_no_memberships_of_other_cohorts(
    facilitator_client: Client, well_travelled: User, outsider: User
) -> None:
    page = facilitator_client.get(PEOPLE, {"person": well_travelled.public_id})
    [(_, some, hidden)] = page.context["rows"]
    assert ([member.cohort for member in some], hidden) == (["North East, spring 2027"], 0)
    assert names(facilitator_client.get(PEOPLE, {"person": outsider.public_id})) == []
    assert outsider.name not in names(facilitator_client.get(PEOPLE, {"person": "\x01"}))
