from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme, WorkshopPlan
from tests.queries import CapturedQueries

URL = "/cohorts/new/"


@pytest.fixture
def form_data(programme: Programme, plans: list[WorkshopPlan], facilitator: User) -> dict[str, Any]:
    return {
        "programme": programme.public_id,
        "name": "Essex, autumn 2027",
        "place": "Essex",
        "country": "scotland",
        "time_zone": "Europe/London",
        "capacity": "24",
        "facilitators": [facilitator.public_id],
        "new_email": "",
        "new_name": "",
    }


def test_create_saves_cohort_and_redirects_to_plan(
    facilitator_client: Client, facilitator: User, form_data: dict[str, Any]
) -> None:
    response = facilitator_client.post(URL, form_data)
    cohort = Cohort.objects.get(name="Essex, autumn 2027")
    assert response.headers["Location"] == f"/cohorts/{cohort.public_id}/plan/"
    assert (cohort.place, cohort.country, cohort.capacity, cohort.time_zone, cohort.made_by) == (
        "Essex",
        "scotland",
        24,
        "Europe/London",
        facilitator,
    )
    assert [workshop.title for workshop in cohort.workshops.all()][:2] == [
        "Leadership and authority",
        "Seeing the whole system",
    ]
    assert [(m.user, m.role) for m in cohort.memberships.all()] == [(facilitator, "facilitator")]


def test_create_adds_new_facilitator(facilitator_client: Client, form_data: dict[str, Any]) -> None:
    facilitator_client.post(
        URL, form_data | {"new_email": "Nia@Example.org", "new_name": "Nia Bell"}
    )
    emails = Cohort.objects.get(name="Essex, autumn 2027").memberships.values_list(
        "user__email", flat=True
    )
    assert sorted(emails) == ["nia@example.org", "ruth.facilitator@example.org"]


def test_create_accepts_any_time_zone(
    facilitator_client: Client, form_data: dict[str, Any]
) -> None:
    facilitator_client.post(URL, form_data | {"time_zone": "Pacific/Auckland"})
    assert Cohort.objects.get(name="Essex, autumn 2027").time_zone == "Pacific/Auckland"


def test_create_without_own_membership_redirects_to_list(
    facilitator_client: Client, administrator: User, form_data: dict[str, Any]
) -> None:
    response = facilitator_client.post(URL, form_data | {"facilitators": [administrator.public_id]})
    assert response.headers["Location"] == reverse("home:cohort_list")


def test_form_preselects_facilitator_but_not_administrator(
    facilitator_client: Client,
    administrator_client: Client,
    facilitator: User,
    plans: list[WorkshopPlan],
) -> None:
    chosen = [
        client.get(URL).context["form"]["facilitators"].initial
        for client in (facilitator_client, administrator_client)
    ]
    assert chosen == [[facilitator.public_id], []]


def test_form_offers_only_facilitators_and_administrators(
    facilitator_client: Client,
    participant: User,
    outsider: User,
    other_facilitator: User,
    administrator: User,
    plans: list[WorkshopPlan],
) -> None:
    offered = facilitator_client.get(URL).context["form"].people.values()
    assert [str(user) for user in offered] == ["Ruth Okafor", "Ada Administrator", "Tom Elsewhere"]


def test_form_offers_only_current_programmes(
    facilitator_client: Client, programme: Programme, administrator: User, plans: list[WorkshopPlan]
) -> None:
    retired = Programme.objects.create(name="Old ways")
    retired.retire(by=administrator, at=datetime(2027, 1, 1, tzinfo=UTC))
    choices = facilitator_client.get(URL).context["form"].fields["programme"].choices
    assert list(choices) == [(programme.public_id, "Leading Change Together")]


def test_form_without_programmes_links_to_programmes(administrator_client: Client) -> None:
    page = administrator_client.get(URL).content.decode()
    assert "There is no programme yet" in page
    assert reverse("programmes:programme_list") in page
    assert '<form method="post" novalidate' not in page


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": ""}, "name", "Enter a name for the cohort."),
        ({"name": "x" * 100_000}, "name", "Shorten this to 120 characters; it has 100000."),
        (
            {"name": "North East, spring 2027"},
            "name",
            "Enter another name. There is already a cohort with this name.",
        ),
        ({"place": " "}, "place", "Enter the place that the cohort is for."),
        ({"capacity": "many"}, "capacity", "Enter a whole number, for example 22."),
        ({"capacity": "0"}, "capacity", "Enter a number from 1 to 1000."),
        ({"capacity": "9" * 40}, "capacity", "Enter a number from 1 to 1000."),
        ({"country": "atlantis"}, "country", "Choose a country."),
        ({"country": ""}, "country", "Choose a country."),
        ({"time_zone": "Europe/Sunderland"}, "time_zone", "Choose a time zone from the list."),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "Choose a time zone from the list."),
        ({"facilitators": []}, "facilitators", "Choose at least one facilitator."),
        ({"new_email": "nia@example.org"}, "new_name", "Enter their name."),
        ({"new_name": "Nia Bell"}, "new_email", "Enter their e-mail address."),
        (
            {"new_email": "ruth.facilitator@example.org"},
            "new_email",
            "Ruth Okafor is already in Essex, autumn 2027.",
        ),
    ],
)
def test_create_shows_errors_and_redisplays_input(
    facilitator_client: Client,
    form_data: dict[str, Any],
    wrong: dict[str, Any],
    field: str,
    words: str,
) -> None:
    response = facilitator_client.post(URL, form_data | wrong)
    form = response.context["form"]
    assert (response.status_code, form.errors[field]) == (200, [words])
    assert words in response.content.decode().replace("&#x27;", "'")
    assert {name: form[name].value() for name in wrong} == wrong
    assert Cohort.objects.count() == 1


@pytest.mark.parametrize(
    "field", ["programme", "time_zone", "facilitators", "new_email", "new_name", "name"]
)
def test_create_handles_malformed_input(
    facilitator_client: Client, form_data: dict[str, Any], field: str
) -> None:
    for nonsense in ("\0", "9" * 40, "\u202e", "' OR 1=1"):
        assert facilitator_client.post(URL, form_data | {field: f"{nonsense}\0"}).status_code in (
            200,
            302,
        )


def test_create_refuses_programme_without_workshops(
    facilitator_client: Client, form_data: dict[str, Any]
) -> None:
    empty = Programme.objects.create(name="Empty")
    response = facilitator_client.post(URL, form_data | {"programme": empty.public_id})
    assert response.context["form"].errors["programme"] == [
        "Choose another programme, or add workshops to this one. It has none yet."
    ]


@pytest.mark.parametrize(
    ("role", "status"), [("participant", 403), ("outsider", 403), ("administrator", 200)]
)
def test_create_requires_facilitator_or_administrator(
    request: pytest.FixtureRequest, plans: list[WorkshopPlan], role: str, status: int
) -> None:
    client: Client = request.getfixturevalue(f"{role}_client")
    assert client.get(URL).status_code == status


def test_create_requires_sign_in(client: Client, db: None) -> None:
    assert client.get(URL).headers["Location"].startswith("/sign-in/")


def test_create_refuses_other_methods(facilitator_client: Client) -> None:
    assert facilitator_client.put(URL).status_code == 405


def test_form_query_count_is_constant(
    facilitator_client: Client, cohort: Cohort, plans: list[WorkshopPlan]
) -> None:
    counts = []
    for people in (1, 30):
        for number in range(people):
            user = User.objects.create_user(f"f{people}-{number}@example.org", f"F {number}")
            Membership.objects.create(cohort=cohort, user=user, role=Membership.Role.FACILITATOR)
        with CapturedQueries() as queries:
            facilitator_client.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
