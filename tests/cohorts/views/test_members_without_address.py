"""Pages about members who have no e-mail address."""

import csv
import io

import pytest
from django.contrib.messages import get_messages
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, Membership
from tests.cohorts.views.test_members import text, url
from tests.factories import MID_JANUARY
from ui.version_token import version_token

EDIT = {"name": "Zoe Walker", "organisation": "", "sector": "", "job_title": "", "needs": ""}


@pytest.fixture
def walk_in(cohort: Cohort, facilitator: User) -> Membership:
    return enrol(cohort=cohort, email="", name="Zoe Walker", by=facilitator, at=MID_JANUARY)


def messages_after(client: Client, path: str, data: dict[str, str]) -> list[str]:
    return [str(one) for one in get_messages(client.post(path, data).wsgi_request)]


def test_lists_say_that_there_is_no_address_and_link_to_add_one(
    facilitator_client: Client, cohort: Cohort, walk_in: Membership, participant: User
) -> None:
    there = url("member_address", walk_in)
    page = facilitator_client.get(url("member_list", cohort))
    assert text(page).count("No e-mail address. ") == 1
    assert page.content.decode().count(f'href="{there}"') == 1
    everybody = text(facilitator_client.get(reverse("cohorts:person_list")))
    assert everybody.count("No e-mail address") == 1
    assert f'<a href="{walk_in.get_absolute_url()}">Add one' in everybody
    remove = text(facilitator_client.get(url("member_remove", cohort)))
    assert remove.count("No e-mail address") == 1


def test_list_can_be_searched_sorted_and_downloaded(
    facilitator_client: Client, cohort: Cohort, walk_in: Membership, participant: User
) -> None:
    found = facilitator_client.get(url("member_list", cohort), {"q": "zoe"}).context
    assert [one.user.name for one in found["participants"]] == ["Zoe Walker"]
    by_work = facilitator_client.get(url("member_list", cohort), {"sort": "organisation"}).context
    assert [one.user.name for one in by_work["participants"]] == ["Amina Rahman", "Zoe Walker"]
    for path in (url("member_export", cohort), reverse("cohorts:person_export")):
        answer = facilitator_client.get(path, {"q": "zoe"})
        rows = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
        assert [row[:2] for row in rows][1:] == [["Zoe Walker", ""]]


def test_address_page_adds_the_first_address(
    facilitator_client: Client,
    walk_in: Membership,
    participant: User,
    mailoutbox: list[EmailMessage],
) -> None:
    there = url("member_address", walk_in)
    page = facilitator_client.get(there)
    assert "Zoe Walker has no e-mail address." in text(page)
    assert "If you change it" not in text(page)
    data = {"email": "", "version": version_token("")}
    form = facilitator_client.post(there, data).context["form"]
    assert form.errors == {"email": ["Enter the person’s e-mail address."]}
    form = facilitator_client.post(there, data | {"email": participant.email}).context["form"]
    assert list(form.errors) == ["email"]
    assert form["email"].value() == participant.email
    assert messages_after(facilitator_client, there, data | {"email": "Zoe@example.org"}) == [
        "We’ll send e-mails for Zoe Walker to zoe@example.org."
    ]
    assert User.objects.get(pk=walk_in.user_id).email == "zoe@example.org"
    assert mailoutbox == []


def test_address_that_is_not_known_cannot_be_confirmed(
    facilitator_client: Client, walk_in: Membership
) -> None:
    there = url("member_address_right", walk_in)
    assert messages_after(facilitator_client, there, {}) == []


def test_address_page_names_administrators_for_somebody_in_another_cohort(
    facilitator_client: Client,
    other_facilitator: User,
    administrator: User,
    walk_in: Membership,
) -> None:
    elsewhere = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=elsewhere, user=walk_in.user)
    page = text(facilitator_client.get(url("member_address", walk_in)))
    assert "Do you know the address?" in page
    assert f"mailto:{administrator.email}" in page


def test_member_is_edited_without_an_address_but_a_known_one_is_required(
    facilitator_client: Client, walk_in: Membership, participant: User
) -> None:
    there = url("member_edit", walk_in)
    data = EDIT | {"role": "participant", "email": "", "job_title": "Driver"}
    assert messages_after(facilitator_client, there, data) == ["Changes to Zoe Walker saved."]
    walk_in.refresh_from_db()
    assert walk_in.job_title == "Driver"
    form = facilitator_client.post(there, data | {"role": "facilitator"}).context["form"]
    assert form.errors == {"email": ["Enter an e-mail address. Facilitators need one to sign in."]}
    other = url("member_edit", participant.memberships.get())
    form = facilitator_client.post(other, data | {"name": "Amina"}).context["form"]
    assert form.errors == {"email": ["Enter the person’s e-mail address."]}


def test_page_of_somebody_who_left_says_how_they_come_back(
    facilitator_client: Client, walk_in: Membership, facilitator: User
) -> None:
    walk_in.leave(by=facilitator, at=MID_JANUARY)
    page = text(facilitator_client.get(walk_in.get_absolute_url()))
    assert "They have no e-mail address, so add them on the register of a workshop" in page


def test_one_person_who_is_added_needs_an_address(
    facilitator_client: Client, cohort: Cohort
) -> None:
    data = EDIT | {"role": "participant", "email": ""}
    form = facilitator_client.post(url("member_add", cohort), data).context["form"]
    assert form.errors == {"email": ["Enter the person’s e-mail address."]}


def test_removal_says_how_they_come_back(
    facilitator_client: Client, cohort: Cohort, walk_in: Membership, participant: User
) -> None:
    page = text(facilitator_client.get(url("member_leave", walk_in)))
    assert "They have no e-mail address, so add them on the register of a workshop." in page
    assert "calendar" not in page
    ids = [walk_in.public_id, participant.memberships.get().public_id]
    page = text(facilitator_client.post(url("member_remove", cohort), {"members": ids}))
    assert "Add somebody without one on the register of a workshop." in page
    page = text(facilitator_client.post(url("member_remove", cohort), {"members": ids[1:]}))
    assert "You can add them again at any time, with the same e-mail address." in page


def test_move_promises_no_invitation(
    administrator_client: Client, walk_in: Membership, other_facilitator: User
) -> None:
    page = text(administrator_client.get(url("member_move", walk_in)))
    assert "They get no e-mail about it, because they have no e-mail address." in page
    assert "invitation" not in page
    data = {"to": other_facilitator.memberships.get().cohort.public_id}
    assert messages_after(administrator_client, url("member_move", walk_in), data) == [
        "Zoe Walker has been moved to Essex, spring 2027. We can’t send them an invitation, "
        "because they have no e-mail address."
    ]
