"""The pages that archive and restore a cohort, and the lists that leave it out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, PeopleFile
from outbox.queueing import generate
from workshops.models import Workshop


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def archived(cohort: Cohort, facilitator: User) -> Cohort:
    cohort.archive(by=facilitator, at=timezone.now())
    return cohort


def url(name: str, cohort: Cohort) -> str:
    return reverse(f"cohorts:cohort_{name}", args=[cohort.public_id])


def test_archiving_says_first_what_happens_and_can_be_undone(
    facilitator_client: Client, facilitator: User, cohort: Cohort
) -> None:
    page = text(facilitator_client.get(url("archive", cohort)))
    assert "We send no more e-mails about it" in page
    assert "Everybody who can read its pages now still can." in page
    cohort.refresh_from_db()
    assert not cohort.is_archived
    page = text(facilitator_client.post(url("archive", cohort), follow=True))
    assert "“North East, spring 2027” archived." in page
    assert "This cohort is archived. We send no more e-mails about it." in page
    cohort.refresh_from_db()
    assert cohort.archived_by == facilitator
    assert "we send its e-mails again" in text(facilitator_client.get(url("restore", cohort)))
    page = text(facilitator_client.post(url("restore", cohort), follow=True))
    assert "“North East, spring 2027” restored." in page
    cohort.refresh_from_db()
    assert not cohort.is_archived


def test_archiving_twice_and_restoring_twice_change_nothing(
    facilitator_client: Client, cohort: Cohort
) -> None:
    for name in ("restore", "archive", "archive"):
        response = facilitator_client.post(url(name, cohort))
        assert response.headers["Location"] == cohort.get_absolute_url()


def test_archived_cohort_leaves_today_and_is_listed_on_its_own_page(
    facilitator_client: Client, participant_client: Client, archived: Cohort
) -> None:
    for client in (facilitator_client, participant_client):
        today = client.get(reverse("home:today"))
        assert today.templates[0].name == "home/today_without_cohort.html"
        page = client.get(reverse("home:cohort_list"))
        assert page.context["rows"] == []
        link = f"{reverse('home:cohort_list')}?stage=archived"
        assert f'<a href="{link}">Archived cohorts</a>' in page.content.decode()
        assert [row.cohort for row in client.get(link).context["rows"]] == [archived]


def test_pages_of_an_archived_cohort_stay_readable(
    facilitator_client: Client,
    participant_client: Client,
    outsider_client: Client,
    archived: Cohort,
) -> None:
    for name in ("home:cohort_detail", "cohorts:member_list", "home:cohort_reflections"):
        address = reverse(name, args=[archived.public_id])
        assert facilitator_client.get(address).status_code == 200
        assert participant_client.get(address).status_code == 200
        assert outsider_client.get(address).status_code == 404


def test_participants_see_that_their_cohort_is_archived(
    participant_client: Client, archived: Cohort
) -> None:
    page = text(participant_client.get(archived.get_absolute_url()))
    assert "This cohort is archived. We send no more e-mails about it." in page
    assert "Restore it" not in page


@pytest.fixture
def has_date(cohort: Cohort) -> None:
    """Give the cohort a workshop to come, about which its new members are invited."""
    now = timezone.now()
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        starts_at=now + timedelta(days=30),
        ends_at=now + timedelta(days=30, hours=3),
        scheduled_at=now,
    )


def test_adding_to_an_archived_cohort_says_that_no_invitation_is_sent(
    facilitator_client: Client, archived: Cohort, has_date: None
) -> None:
    address = reverse("cohorts:member_add", args=[archived.public_id])
    page = text(facilitator_client.get(address))
    assert "This cohort is archived, so we won’t send them an invitation." in page
    assert "We’ll send them an invitation" not in page
    person = {"name": "Amina Yusuf", "email": "amina@example.org", "role": "participant"}
    page = text(facilitator_client.post(address, person, follow=True))
    assert (
        "Amina Yusuf has been added to North East, spring 2027. We won’t send them an invitation, "
        "because the cohort is archived." in page
    )
    assert "We’ll send" not in page
    assert generate(timezone.now() + timedelta(hours=1)) == 0


def test_import_into_an_archived_cohort_says_that_no_invitations_are_sent(
    facilitator_client: Client, archived: Cohort, has_date: None
) -> None:
    pasted = {"text": "Amina Yusuf <amina@example.org>"}
    upload = reverse("cohorts:people_file_upload", args=[archived.public_id])
    preview = text(facilitator_client.post(upload, pasted, follow=True))
    confirm = reverse("cohorts:people_file_confirm", args=[PeopleFile.objects.get().public_id])
    done = text(facilitator_client.post(confirm, follow=True))
    assert "1 person added" in done
    for page in (preview, done):
        assert "This cohort is archived, so we won’t send them invitations." in page
        assert "We’ll send" not in page
    assert generate(timezone.now() + timedelta(hours=1)) == 0


def test_address_page_of_an_archived_cohort_promises_no_invitation(
    facilitator_client: Client, cohort: Cohort, facilitator: User
) -> None:
    walk_in = enrol(cohort=cohort, email="", name="Zoe Walker", by=facilitator, at=timezone.now())
    there = reverse("cohorts:member_address", args=[walk_in.public_id])
    assert "we’ll send their invitation" in text(facilitator_client.get(there))
    cohort.archive(by=facilitator, at=timezone.now())
    assert "we’ll send their invitation" not in text(facilitator_client.get(there))
