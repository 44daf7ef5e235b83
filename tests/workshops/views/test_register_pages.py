"""The pages of a register with more than a hundred people."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.factories import FIVE_MINUTES_IN, STARTS
from workshops.models import Workshop
from workshops.register import marking
from workshops.register.marking import Entry

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def add_people(cohort: Cohort, numbers: range) -> list[Membership]:
    """Add participants named Person 000, Person 001 and so on."""
    people = User.objects.bulk_create(
        User(email=f"person-{number}@example.org", name=f"Person {number:03}") for number in numbers
    )
    return Membership.objects.bulk_create(
        Membership(cohort=cohort, user=user, joined_at=LONG_AGO) for user in people
    )


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel(FIVE_MINUTES_IN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def people(workshop: Workshop) -> list[Membership]:
    return add_people(workshop.cohort, range(250))


def url_of(workshop: Workshop, part: str = "") -> str:
    return f"/workshops/{workshop.public_id}/register/{part}"


def names(response: Any) -> list[str]:
    return [row.line.membership.user.name for row in response.context["form"].rows()]


def named(numbers: range) -> list[str]:
    return [f"Person {number:03}" for number in numbers]


def marks(workshop: Workshop) -> dict[str, str]:
    return dict(workshop.attendances.marked().values_list("membership__user__name", "mark"))


def test_register_of_a_hundred_people_is_one_page(
    facilitator_client: Client, workshop: Workshop
) -> None:
    add_people(workshop.cohort, range(100))
    response = facilitator_client.get(url_of(workshop) + "?q=099")
    assert names(response) == named(range(100))
    page = response.content.decode()
    assert "Everyone else present" in page
    for absent in ("data-people", 'role="search"', 'class="pagination"', "Everyone else on this"):
        assert absent not in page


def test_pages_of_a_hundred_people_count_the_whole_register(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    marking.mark(
        workshop=workshop,
        membership=people[240],
        entry=Entry("present"),
        by=facilitator,
        at=FIVE_MINUTES_IN,
    )
    url, pages = url_of(workshop), []
    while True:
        response = facilitator_client.get(url)
        pages.append(names(response))
        page = response.content.decode()
        assert 'data-people="250"' in page
        assert "1</span> of 250 marked" in page
        after = response.context["found"].page.after
        if not after:
            break
        url = f"{url_of(workshop)}?after={after}"
        assert f'href="?after={after}"' in page
    assert pages == [named(range(100)), named(range(100, 200)), named(range(200, 250))]


def test_search_finds_names_and_organisations(
    facilitator_client: Client,
    workshop: Workshop,
    people: list[Membership],
    join: Callable[..., Membership],
) -> None:
    join("Ann Able")  # of Tynewick Council
    for words, found in (
        ("person 249", ["Person 249"]),
        ("TYNEWICK", ["Ann Able"]),
        ("able tyne", ["Ann Able"]),
    ):
        assert names(facilitator_client.get(url_of(workshop), {"q": words})) == found
    nobody = facilitator_client.get(url_of(workshop), {"q": "Zoe"}).content.decode()
    assert "Nobody found." in nobody


def test_form_saves_the_marks_of_its_page_and_stays_there(
    facilitator_client: Client,
    workshop: Workshop,
    people: list[Membership],
    join: Callable[..., Membership],
) -> None:
    url = f"{url_of(workshop)}?after={people[99].public_id}"
    assert f'action="{url}"' in facilitator_client.get(url).content.decode()
    join("Person 100A")  # and so Person 199 moves to the next page
    sent = {f"{people[number].public_id}-mark": "present" for number in (100, 199)}
    response = facilitator_client.post(url, sent)
    assert response.headers["Location"] == url
    assert marks(workshop) == {"Person 100": "present", "Person 199": "present"}


def test_invalid_times_are_shown_on_the_same_page(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    url = f"{url_of(workshop)}?after={people[199].public_id}"
    key = people[200].public_id
    response = facilitator_client.post(url, {f"{key}-mark": "partly", f"{key}-came": "23:00"})
    assert list(response.context["form"].errors) == [f"{key}-came"]
    assert names(response) == named(range(200, 250))


def test_rest_of_the_page_is_marked(
    facilitator_client: Client, workshop: Workshop, people: list[Membership]
) -> None:
    query = f"?after={people[199].public_id}"
    page = facilitator_client.get(url_of(workshop) + query).content.decode()
    assert f'formaction="{url_of(workshop, "rest/")}{query}"' in page
    assert "Everyone else on this page present" in page
    sent = {f"{people[249].public_id}-mark": "absent"}
    response = facilitator_client.post(url_of(workshop, "rest/") + query, sent, follow=True)
    assert response.redirect_chain == [(url_of(workshop) + query, 302)]
    assert "Everyone on the page is marked." in response.content.decode()
    assert marks(workshop) == {
        **dict.fromkeys(named(range(200, 249)), "present"),
        "Person 249": "absent",
    }


def test_state_has_only_rows_that_were_marked_once(
    facilitator_client: Client, facilitator: User, workshop: Workshop, people: list[Membership]
) -> None:
    for number, mark in ((5, "present"), (205, "absent"), (206, "")):
        marking.mark(
            workshop=workshop,
            membership=people[number],
            entry=Entry(mark),
            by=facilitator,
            at=FIVE_MINUTES_IN,
        )
    state = facilitator_client.get(url_of(workshop, "state/")).json()
    assert state["count"] == 250
    assert {key: row["mark"] for key, row in state["people"].items()} == {
        people[5].public_id: "present",
        people[205].public_id: "absent",
        people[206].public_id: "",
    }
