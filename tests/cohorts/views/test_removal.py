"""The pages that remove several participants: choosing them, and confirming their removal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from tests.queries import CapturedQueries

Join = Callable[..., Membership]


def url(view: str, cohort: Cohort) -> str:
    return reverse(f"cohorts:{view}", args=[cohort.public_id])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def active(cohort: Cohort) -> list[str]:
    return [one.user.name for one in cohort.memberships.active().by_name()]


@pytest.fixture
def three(cohort: Cohort, facilitator: User) -> list[Membership]:
    return [
        Membership.objects.create(
            cohort=cohort, user=User.objects.create_user(f"{name.lower()}@example.org", name)
        )
        for name in ("Ada", "Bob", "Cy")
    ]


def test_ticked_people_are_listed_before_anybody_is_removed(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    assert url("member_remove", cohort) in text(facilitator_client.get(url("member_list", cohort)))
    page = text(facilitator_client.get(url("member_remove", cohort)))
    assert [name in page for name in ("Ada", "Bob", "Cy", "ruth.facilitator")] == [True] * 3 + [
        False
    ]
    ids = [one.public_id for one in three[:2]]
    shown = facilitator_client.post(url("member_remove", cohort), {"members": ids})
    assert shown.context["chosen"] == three[:2]
    assert "Remove 2 people from this cohort?" in text(shown)
    assert active(cohort) == ["Ada", "Bob", "Cy", "Ruth Okafor"]


@pytest.mark.parametrize(("notice", "quietly"), [("send", False), ("none", True)])
def test_confirming_removes_the_listed_people(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    three: list[Membership],
    notice: str,
    quietly: bool,
) -> None:
    ids = [one.public_id for one in three[:2]]
    response = facilitator_client.post(
        url("member_remove_confirm", cohort), {"members": ids, "notice": notice}, follow=True
    )
    assert "2 people removed." in text(response)
    assert active(cohort) == ["Cy", "Ruth Okafor"]
    left = cohort.memberships.exclude(left_at=None)
    assert {(one.left_by, one.left_silently) for one in left} == {(facilitator, quietly)}


def test_nobody_ticked_shows_error(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    response = facilitator_client.post(url("member_remove", cohort))
    assert response.context["form"].errors == {"members": ["Tick at least one person, or cancel."]}


def test_confirming_without_a_choice_about_e_mail_asks_again(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    response = facilitator_client.post(
        url("member_remove_confirm", cohort), {"members": [three[0].public_id]}
    )
    assert response.context["form"].errors == {"notice": ["Choose whether to send e-mail."]}
    assert response.context["chosen"] == three[:1]
    assert len(active(cohort)) == 4


def test_facilitators_and_people_of_other_cohorts_cannot_be_removed(
    facilitator_client: Client,
    cohort: Cohort,
    three: list[Membership],
    programme: Programme,
) -> None:
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    theirs = Membership.objects.create(cohort=other, user=three[0].user)
    ruth = cohort.memberships.facilitating().get()
    for one in (theirs, ruth):
        response = facilitator_client.post(
            url("member_remove_confirm", cohort),
            {"members": [one.public_id], "notice": "none"},
        )
        assert response.headers["Location"] == url("member_remove", cohort)
    assert other.memberships.active().count() == 1
    assert len(active(cohort)) == 4


def test_list_that_changed_meanwhile_removes_nobody(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    three[0].leave(by=None, at=timezone.now())
    data = {"members": [three[0].public_id, three[1].public_id], "notice": "none"}
    response = facilitator_client.post(url("member_remove_confirm", cohort), data, follow=True)
    assert response.redirect_chain == [(url("member_remove", cohort), 302)]
    assert "nobody was removed. Choose again." in text(response)
    assert active(cohort) == ["Bob", "Cy", "Ruth Okafor"]


def ticks(response: Any) -> list[str]:
    """Return the names of the people with a checkbox."""
    return [one.user.name for one in response.context["form"].fields["members"].members]


def test_more_than_a_hundred_people_are_on_pages_with_a_search(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    page = text(facilitator_client.get(url("member_remove", cohort), {"q": "Ada"}))
    assert ("Bob" in page, 'role="search"' in page) == (True, False)
    people = User.objects.bulk_create(
        User(email=f"p{number}@example.org", name=f"Pat {number:03}") for number in range(98)
    )
    Membership.objects.bulk_create(Membership(cohort=cohort, user=user) for user in people)
    first = facilitator_client.get(url("member_remove", cohort))
    assert len(ticks(first)) == 100
    assert "Only people you tick on this page are removed together." in text(first)
    after = {"after": first.context["page"].after}
    assert ticks(facilitator_client.get(url("member_remove", cohort), after)) == ["Pat 097"]
    found = facilitator_client.get(url("member_remove", cohort), {"q": "pat 097"})
    assert ticks(found) == ["Pat 097"]
    assert "1 person found" in text(found)
    nobody = facilitator_client.get(url("member_remove", cohort), {"q": "Zoe"})
    assert ("0 people found" in text(nobody), "Continue" in text(nobody)) == (True, False)


def test_ticked_people_of_another_page_are_still_chosen(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    """Somebody who was added meanwhile can move a ticked person to the next page."""
    people = User.objects.bulk_create(
        User(email=f"p{number}@example.org", name=f"Pat {number:03}") for number in range(100)
    )
    last = Membership.objects.bulk_create(Membership(cohort=cohort, user=user) for user in people)[
        -1
    ]
    ids = [three[0].public_id, last.public_id]
    shown = facilitator_client.post(url("member_remove", cohort), {"members": ids})
    assert shown.context["chosen"] == [three[0], last]


def test_page_makes_a_constant_number_of_queries(
    facilitator_client: Client, cohort: Cohort, three: list[Membership]
) -> None:
    counts = []
    for batch in range(2):
        with CapturedQueries() as queries:
            facilitator_client.get(url("member_remove", cohort))
        counts.append(len(queries))
        for number in range(30):
            user = User.objects.create_user(f"p{batch}-{number}@example.org", f"Pat {number}")
            Membership.objects.create(cohort=cohort, user=user)
    assert counts[0] == counts[1]


def test_one_box_stands_for_all_people_found_without_javascript(
    facilitator_client: Client, cohort: Cohort
) -> None:
    names = [
        *(f"Ada {letter}" for letter in "ABCDE"),
        *(f"Person {number:03}" for number in range(100)),
    ]
    people = [
        User.objects.create_user(f"p{number}@example.org", name)
        for number, name in enumerate(names)
    ]
    Membership.objects.bulk_create(Membership(cohort=cohort, user=user) for user in people)
    found = f"{url('member_remove', cohort)}?q=Ada"
    box = '<noscript><label class="tick"><input type="checkbox" name="members" value="all">'
    assert box in facilitator_client.get(found).content.decode()

    shown = facilitator_client.post(found, {"members": ["all"]})

    assert [one.user.name for one in shown.context["chosen"]] == names[:5]
