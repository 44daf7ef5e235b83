"""The pages that archive and restore a cohort, and the lists that leave it out."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort


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


def test_archived_cohort_leaves_today_and_is_listed_beneath_the_others(
    facilitator_client: Client, participant_client: Client, archived: Cohort
) -> None:
    for client in (facilitator_client, participant_client):
        today = client.get(reverse("home:today"))
        assert today.templates[0].name == "home/today_without_cohort.html"
        page = client.get(reverse("home:cohort_list"))
        assert page.context["rows"] == []
        assert list(page.context["archived"]) == [archived]
        assert '<h2 id="archived">Archived</h2>' in page.content.decode()


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
