from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from tests.queries import CapturedQueries

PEOPLE = "/people/"
ORGANISATIONS = "/organisations/"


def names(response: Any) -> list[str]:
    return [person.name for person in response.context["people"]]


@pytest.fixture
def stranger_at_work(other_facilitator: User) -> User:
    """A participant of another cohort, with an organisation that no member of this cohort has."""
    user = User.objects.create_user("una@example.org", "Una Elsewhere")
    harbour = Organisation.objects.create(
        name="Harbour Home Care", name_key="harbour home care", sector="private"
    )
    cohort = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=cohort, user=user, organisation=harbour)
    return user


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


# The pages of organisations


def shown(response: Any) -> list[str]:
    return [organisation.name for organisation in response.context["page"]]


def test_facilitator_sees_the_organisations_of_their_cohorts(
    facilitator_client: Client,
    administrator_client: Client,
    participant: User,
    stranger_at_work: User,
) -> None:
    assert shown(facilitator_client.get(ORGANISATIONS)) == ["Tynewick Council"]
    assert shown(administrator_client.get(ORGANISATIONS)) == [
        "Harbour Home Care",
        "Tynewick Council",
    ]
    assert shown(administrator_client.get(ORGANISATIONS, {"q": "har"})) == ["Harbour Home Care"]


def test_sectors_are_saved_in_bulk(
    administrator_client: Client, council: Organisation, stranger_at_work: User
) -> None:
    harbour = Organisation.objects.get(name="Harbour Home Care")
    posted = {council.public_id: "voluntary", harbour.public_id: "private"}
    response = administrator_client.post(ORGANISATIONS, posted, follow=True)
    assert "1 sector saved." in response.content.decode()
    council.refresh_from_db()
    assert council.sector == Sector.VOLUNTARY


def test_facilitator_cannot_change_sectors_of_other_cohorts(
    facilitator_client: Client, participant: User, stranger_at_work: User
) -> None:
    harbour = Organisation.objects.get(name="Harbour Home Care")
    facilitator_client.post(ORGANISATIONS, {harbour.public_id: "public"})
    harbour.refresh_from_db()
    assert harbour.sector == Sector.PRIVATE


def test_unknown_sector_is_refused(
    facilitator_client: Client, participant: User, council: Organisation
) -> None:
    response = facilitator_client.post(ORGANISATIONS, {council.public_id: "royal"})
    assert list(response.context["form"].errors) == [council.public_id]
    council.refresh_from_db()
    assert council.sector == Sector.PUBLIC


def edit_url(organisation: Organisation) -> str:
    return reverse("cohorts:organisation_edit", args=[organisation.public_id])


def test_organisation_is_renamed(
    facilitator_client: Client, participant: User, council: Organisation
) -> None:
    facilitator_client.post(
        edit_url(council), {"name": " Tynewick  Borough Council ", "sector": "public"}
    )
    council.refresh_from_db()
    assert (council.name, council.name_key) == (
        "Tynewick Borough Council",
        "tynewick borough council",
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "HARBOUR home care.",
            "Enter another name. There is already an organisation with this name.",
        ),
        ("...", "Enter the organisation’s name in letters or numbers."),
        ("", "Enter a name for the organisation."),
        ("x" * 201, "Shorten this to 200 characters; it has 201."),
    ],
)
def test_invalid_organisation_name_shows_an_error_at_the_field(
    administrator_client: Client,
    council: Organisation,
    stranger_at_work: User,
    name: str,
    sentence: str,
) -> None:
    response = administrator_client.post(edit_url(council), {"name": name, "sector": "public"})
    assert response.context["form"].errors == {"name": [sentence]}
    assert response.context["form"]["name"].value() == name
    assert "<h1>Tynewick Council</h1>" in response.content.decode()


def test_organisation_requires_permission(
    council: Organisation,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
    facilitator_client: Client,
) -> None:
    people = (participant_client, outsider_client, other_facilitator_client, facilitator_client)
    assert [each.get(edit_url(council)).status_code for each in people] == [403, 403, 404, 200]


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
