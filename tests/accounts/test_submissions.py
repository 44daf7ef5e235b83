"""Forms that a script sends, perhaps more than once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.submissions import REMEMBERED
from cohorts.models import Cohort
from tests.people import signed_in
from workshops.models import Announcement

DRAFT = {"audience": "everybody", "subject": "A walk", "body": "See you at the weir."}


def send(client: Client, cohort: Cohort, submission: str, data: dict[str, str] = DRAFT) -> Any:
    url = reverse("workshops:announcement_create", args=[cohort.public_id])
    return client.post(url, data, headers={"X-Submission": submission})


def test_redirect_becomes_a_header(facilitator_client: Client, cohort: Cohort) -> None:
    response = send(facilitator_client, cohort, "1")
    url = Announcement.objects.get().get_absolute_url()
    assert (response.status_code, response.headers["X-Redirect"]) == (204, url)
    assert (response.content, "Location" in response.headers) == (b"", False)


def test_form_without_the_header_gets_a_redirect(
    facilitator_client: Client, cohort: Cohort
) -> None:
    url = reverse("workshops:announcement_create", args=[cohort.public_id])
    response = facilitator_client.post(url, DRAFT)
    assert (response.status_code, "X-Redirect" in response.headers) == (302, False)


def test_second_request_of_a_submission_does_nothing(
    facilitator_client: Client, cohort: Cohort
) -> None:
    first = send(facilitator_client, cohort, "1")
    second = send(facilitator_client, cohort, "1")
    assert second.headers["X-Redirect"] == first.headers["X-Redirect"]
    assert Announcement.objects.count() == 1
    send(facilitator_client, cohort, "2")
    assert Announcement.objects.count() == 2


def test_submission_with_errors_can_be_sent_again(
    facilitator_client: Client, cohort: Cohort
) -> None:
    response = send(facilitator_client, cohort, "1", DRAFT | {"subject": ""})
    assert (response.status_code, "X-Redirect" in response.headers) == (200, False)
    assert send(facilitator_client, cohort, "1").status_code == 204


def test_id_is_the_sessions_own(
    facilitator_client: Client, facilitator: User, cohort: Cohort
) -> None:
    send(facilitator_client, cohort, "1")
    send(signed_in(facilitator), cohort, "1")
    assert Announcement.objects.count() == 2


def test_session_remembers_the_last_submissions(facilitator_client: Client, cohort: Cohort) -> None:
    for number in range(REMEMBERED + 1):
        send(facilitator_client, cohort, str(number))
    assert len(facilitator_client.session["submissions"]) == REMEMBERED


def test_signed_out_visitor_gets_the_sign_in_page_and_no_session(
    client: Client, cohort: Cohort
) -> None:
    response = send(client, cohort, "1")
    assert response.headers["X-Redirect"].startswith(reverse("account_login"))
    assert not Session.objects.exists()


def test_empty_id_leaves_no_trace(facilitator_client: Client, cohort: Cohort) -> None:
    response = send(facilitator_client, cohort, "")
    assert (response.status_code, "submissions" in facilitator_client.session) == (204, False)
