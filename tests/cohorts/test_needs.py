"""Access and dietary needs: the member's form, the sheet for the venue, and consent to be named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts import enrolment, needs
from cohorts.models import Cohort, Membership
from cohorts.needs import Need, count_needs, join_needs, split_needs
from tests.people import signed_in
from tests.queries import CapturedQueries

Join = Callable[..., Membership]


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.get()


@pytest.fixture
def join(cohort: Cohort) -> Join:
    def join(name: str, **facts: object) -> Membership:
        user = User.objects.create_user(f"{name.lower()}@example.org", name)
        return Membership.objects.create(cohort=cohort, user=user, **facts)

    return join


def with_needs(member: Membership, words: str, *, named: bool = False) -> Membership:
    needs.save_needs(membership=member, needs=words, named=named, at=timezone.now())
    return member


def saved_needs(member: Membership) -> tuple[str, bool, bool]:
    """Return a member's needs, whether they entered them, and whether the sheet may name them."""
    one = Membership.objects.get(pk=member.pk)
    return one.needs, one.has_said_needs, one.needs_named


def needs_path(cohort: Cohort) -> str:
    return reverse("cohorts:needs_edit", args=[cohort.public_id])


def venue_path(cohort: Cohort) -> str:
    return reverse("cohorts:venue_needs", args=[cohort.public_id])


# How needs and consent are saved and counted


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("", []),
        (" , ;", []),
        ("Vegan", ["Vegan"]),
        ("Vegan; Step-free access,, vegan ", ["Vegan", "Step-free access"]),
        ("nut allergy, and to leave by 12:45", ["nut allergy", "and to leave by 12:45"]),
    ],
)
def test_needs_are_split_at_commas_and_semicolons(words: str, parts: list[str]) -> None:
    assert split_needs(words) == parts


def test_joining_needs_removes_duplicates() -> None:
    assert join_needs(["Vegan", "", "vegan, a window"]) == "Vegan, a window"


def test_count_names_only_members_who_agreed(join: Join) -> None:
    members = [
        join("Ann", needs="vegan, Halal"),
        with_needs(join("Ben"), "Vegan, vegan", named=True),
        with_needs(join("Cid"), "VEGAN"),
        with_needs(join("Dev"), "a window", named=True),
        with_needs(join("Eve"), ""),
    ]
    assert count_needs(members) == [
        Need("Vegan", 3, ("Ben",)),
        Need("a window", 1, ("Dev",)),
        Need("Halal", 1, ()),
    ]


def test_consent_is_not_saved_without_needs(member: Membership) -> None:
    with_needs(member, "Vegan", named=True)
    assert saved_needs(member) == ("Vegan", True, True)
    with_needs(member, "", named=True)
    assert saved_needs(member) == ("", True, False)


def test_needs_and_consent_are_copied_on_moving(
    member: Membership, other_facilitator: User, facilitator: User
) -> None:
    essex = other_facilitator.memberships.get().cohort
    with_needs(member, "Vegan", named=True)
    there = enrolment.move(membership=member, to=essex, by=facilitator, at=timezone.now())
    assert saved_needs(there) == ("Vegan", True, True)
    assert count_needs(essex.memberships.active().by_name()) == [
        Need("Vegan", 1, ("Amina Rahman",))
    ]
    assert count_needs(member.cohort.memberships.active().by_name()) == []


def test_needs_entered_by_the_member_are_not_overwritten(
    member: Membership, facilitator: User
) -> None:
    """A facilitator saves other needs on a page opened earlier, and changes the member's role."""
    stale = Membership.objects.get(pk=member.pk)
    with_needs(member, "Vegan")
    facts: dict[str, Any] = {
        "email": member.user.email,
        "name": member.user.name,
        "organisation": member.organisation,
        "job_title": "",
        "needs": "Halal",
        "by": facilitator,
        "at": timezone.now(),
    }
    enrolment.amend(membership=stale, role=Membership.Role.PARTICIPANT, **facts)
    assert saved_needs(member) == ("Vegan", True, False)
    again = enrolment.amend(membership=stale, role=Membership.Role.FACILITATOR, **facts)
    assert again.pk != member.pk
    assert saved_needs(again) == ("Vegan", True, False)


# The form in which members enter their needs


def test_page_explains_visibility_and_preselects_nothing(
    participant_client: Client, member: Membership, cohort: Cohort
) -> None:
    page = participant_client.get(needs_path(cohort)).content.decode()
    for words in (
        "Food and access",
        "without names unless you agree",
        "may still guess that it is you",
    ):
        assert words in " ".join(page.split())
    assert "checked" not in page


def test_ticked_and_typed_needs_are_saved(
    participant_client: Client, member: Membership, cohort: Cohort
) -> None:
    fields = {"food": ["Vegan", "Halal"], "access": ["Large print"], "other": "  a window,  vegan "}
    answer = participant_client.post(needs_path(cohort), fields)
    assert answer.headers["Location"] == "/"
    assert saved_needs(member) == ("Vegan, Halal, Large print, a window", True, False)
    participant_client.post(needs_path(cohort), {**fields, "named": "on"})
    assert saved_needs(member) == ("Vegan, Halal, Large print, a window", True, True)
    form = participant_client.get(needs_path(cohort)).context["form"]
    assert form.initial == {
        "food": ["Vegan", "Halal"],
        "access": ["Large print"],
        "other": "a window",
        "named": True,
    }


def test_no_needs_can_be_submitted(
    participant_client: Client, member: Membership, cohort: Cohort
) -> None:
    fields = {"food": ["Vegan"], "named": "on", "nothing": "1"}
    participant_client.post(needs_path(cohort), fields)
    assert saved_needs(member) == ("", True, False)


def test_imported_needs_are_filled_in_and_can_be_edited(
    participant_client: Client, member: Membership, cohort: Cohort
) -> None:
    Membership.objects.filter(pk=member.pk).update(needs="vegan; Nut allergy; leaves by 12:45")
    page = participant_client.get(needs_path(cohort))
    assert page.context["form"].initial == {
        "food": ["Vegan", "Nut allergy"],
        "access": [],
        "other": "leaves by 12:45",
        "named": False,
    }
    assert "Below is what somebody else told us about you" in page.content.decode()
    participant_client.post(needs_path(cohort), {"food": ["Vegan"]})
    assert saved_needs(member) == ("Vegan", True, False)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"food": ["Soup"]}, "Choose from the list, or enter your own in the box below."),
        ({"access": ["\0"]}, "Choose from the list, or enter your own in the box below."),
        ({"other": "ab " * 200}, "Shorten this to 500 characters; it has 599."),
        (
            {"food": ["Vegan"], "other": "x" * 499},
            "Shorten your answers to 500 characters in total.",
        ),
    ],
)
def test_invalid_needs_show_an_error_with_the_input(
    participant_client: Client,
    member: Membership,
    cohort: Cohort,
    fields: dict[str, Any],
    words: str,
) -> None:
    page = participant_client.post(needs_path(cohort), fields).content.decode()
    assert words in page
    assert str(fields.get("other", "")).strip() in page
    assert saved_needs(member) == ("", False, False)


def test_get_saves_nothing(participant_client: Client, member: Membership, cohort: Cohort) -> None:
    participant_client.get(needs_path(cohort), {"food": "Vegan", "nothing": "1"})
    assert saved_needs(member) == ("", False, False)


def test_members_can_only_edit_their_own_needs(
    member: Membership,
    cohort: Cohort,
    facilitator: User,
    administrator_client: Client,
    outsider_client: Client,
) -> None:
    for client, status in ((administrator_client, 403), (outsider_client, 404)):
        assert client.post(needs_path(cohort), {"food": ["Vegan"]}).status_code == status
    signed_in(facilitator).post(needs_path(cohort), {"food": ["Kosher"]})
    assert saved_needs(member) == ("", False, False)
    assert saved_needs(facilitator.memberships.get()) == ("Kosher", True, False)
    member.leave(by=None, at=timezone.now())
    assert signed_in(member.user).get(needs_path(cohort)).status_code == 403


# The sheet of needs for the venue


def test_sheet_shows_counts_and_names_of_members_who_agreed(
    facilitator_client: Client, cohort: Cohort, join: Join
) -> None:
    with_needs(join("Ben"), "Vegan", named=True)
    with_needs(join("Cid"), "Vegan")
    join("Dev", needs="Step-free access")
    join("Hal", needs="Halal").leave(by=None, at=timezone.now() + timedelta(days=1))
    page = facilitator_client.get(venue_path(cohort))
    assert page.context["needs"] == [Need("Vegan", 2, ("Ben",)), Need("Step-free access", 1, ())]
    assert (page.context["people"], page.context["said"]) == (4, 2)
    shown = page.content.decode()
    assert [name in shown for name in ("Ben", "Cid", "Dev", "Hal")] == [True, False, False, False]


@pytest.mark.parametrize("people", [1, 30])
def test_sheet_makes_a_constant_number_of_queries(
    facilitator_client: Client, cohort: Cohort, join: Join, people: int
) -> None:
    for number in range(people):
        with_needs(join(f"P{number}"), f"need {number}", named=True)
    facilitator_client.get(venue_path(cohort))
    with CapturedQueries() as asked:
        facilitator_client.get(venue_path(cohort))
    assert len(asked) <= 9


# Needs are shown with the member's name only if the member agreed


def test_edit_page_shows_needs_only_with_consent_and_does_not_change_them(
    facilitator_client: Client, member: Membership, cohort: Cohort
) -> None:
    with_needs(member, "the heron diet")
    page = facilitator_client.get(member.get_absolute_url())
    assert ("heron" in page.content.decode(), "without a name" in page.content.decode()) == (
        False,
        True,
    )
    fields = {
        "name": "Amina Ali",
        "email": member.user.email,
        "organisation": "",
        "sector": "",
        "job_title": "",
        "needs": "Halal",
        "role": "participant",
    }
    assert facilitator_client.post(member.get_absolute_url(), fields).status_code == 302
    assert saved_needs(member) == ("the heron diet", True, False)
    with_needs(member, "the heron diet", named=True)
    page = facilitator_client.get(member.get_absolute_url())
    assert "Access or dietary needs: the heron diet. Amina entered these" in page.content.decode()


def test_today_asks_for_needs_once(
    participant_client: Client, member: Membership, cohort: Cohort
) -> None:
    starts = timezone.now() + timedelta(days=6)
    cohort.workshops.create(
        position=1,
        title="One",
        length_minutes=180,
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=timezone.now(),
    )
    question = "What would help you take part?"
    assert question in participant_client.get("/").content.decode()
    participant_client.post(needs_path(cohort), {"nothing": "1"})
    page = participant_client.get("/").content.decode()
    assert (question in page, needs_path(cohort) in page) == (False, True)
