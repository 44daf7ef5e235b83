"""A person's own pages: the data stored about them, its download and its deletion."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.after_response import wait_for_work
from accounts.models import User
from cohorts.models import Cohort
from privacy.models import Erasure
from reflections.models import Reflection
from tests.people import just_signed_in, signed_in
from tests.privacy.conftest import NAME, WORDS
from tests.queries import CapturedQueries

MY_DATA = "/my-data/"
AGAIN = "/sign-in/again/?next=%2Fmy-data%2F"
ACTS = ("download/", "delete-words/", "delete/")


def write(user: User, cohort: Cohort, number: int = 1) -> None:
    now = timezone.now()
    for _ in range(number):
        Reflection.objects.create(
            author=user, cohort=cohort, body=WORDS, written_at=now, changed_at=now
        )


def test_page_counts_the_stored_data(
    participant: User, participant_client: Client, cohort: Cohort
) -> None:
    write(participant, cohort, 3)
    page = participant_client.get(MY_DATA)
    assert [(one.holding.name, one.count) for one in page.context["held"]] == [
        ("account", 1),
        ("cohorts", 1),
        ("reflections", 3),
    ]
    assert page["Cache-Control"] == "no-store, private"
    assert WORDS not in page.content.decode()


def test_query_count_does_not_depend_on_the_amount_of_data(
    participant: User, participant_client: Client, cohort: Cohort
) -> None:
    counts = []
    for entries in (1, 30):
        write(participant, cohort, entries)
        with CapturedQueries() as queries:
            participant_client.get(MY_DATA)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("act", ACTS)
def test_actions_require_a_recent_sign_in(
    act: str, participant: User, participant_client: Client
) -> None:
    response = participant_client.post(MY_DATA + act, {"typed": "delete"})
    assert (response.status_code, response["Location"]) == (302, AGAIN)
    fresh = just_signed_in(participant)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        response = fresh.post(MY_DATA + act, {"typed": "delete"})
    assert (response.status_code, response["Location"]) == (302, AGAIN)
    assert User.objects.get(pk=participant.pk).erased_at is None


def test_signing_in_again_with_a_code_redirects_back(
    participant: User, participant_client: Client, mailoutbox: list[EmailMessage]
) -> None:
    page = participant_client.get(AGAIN)
    assert "Confirm it’s you" in page.content.decode()
    sent = participant_client.post(AGAIN)
    assert (sent.status_code, sent["Location"]) == (302, "/sign-in/code/?next=%2Fmy-data%2F")
    wait_for_work()
    code = str(mailoutbox[0].body).split("\n\n")[2].strip()
    done = participant_client.post(sent["Location"], {"code": code, "action": "verify"})
    assert (done.status_code, done["Location"]) == (302, MY_DATA)
    file = participant_client.post(f"{MY_DATA}download/")
    file.close()
    assert file.status_code == 200


def test_signing_in_again_rejects_external_redirects(participant_client: Client) -> None:
    page = participant_client.get("/sign-in/again/?next=https://elsewhere.example/")
    assert page.context["then"] == "/"


def test_download_is_the_users_archive_and_is_not_cached(wren: User) -> None:
    response = just_signed_in(wren).post(f"{MY_DATA}download/")
    assert response["Cache-Control"] == "no-store, private"
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="convenor-my-data-')
    with ZipFile(BytesIO(b"".join(response))) as archive:
        assert NAME.replace("'", "&#x27;") in archive.read("index.html").decode()


@pytest.mark.parametrize(
    ("act", "method"), [("download/", "get"), ("delete/", "put"), ("", "post")]
)
def test_wrong_method_is_refused(act: str, method: str, participant: User) -> None:
    assert getattr(just_signed_in(participant), method)(MY_DATA + act).status_code == 405


def test_deletion_shows_what_is_deleted_and_retained(wren: User) -> None:
    page = just_signed_in(wren).get(f"{MY_DATA}delete/")
    going = {one.holding.name: one.count for one in page.context["going"]}
    staying = {one.holding.name: one.count for one in page.context["staying"]}
    assert (going["reflections"], going["drafts"], staying["workshops"], staying["e-mails"]) == (
        2,
        1,
        1,
        3,
    )
    assert not set(going) & set(staying)
    assert User.objects.get(pk=wren.pk).erased_at is None


@pytest.mark.parametrize("typed", ["", "delet", "no"])
def test_deletion_requires_typing_the_word(typed: str, participant: User) -> None:
    page = just_signed_in(participant).post(f"{MY_DATA}delete/", {"typed": typed})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["typed"]
    assert f'value="{typed}"' in page.content.decode() or not typed
    assert User.objects.get(pk=participant.pk).erased_at is None


@pytest.mark.parametrize("typed", ["delete", " Delete ", "“delete”"])
def test_deletion_signs_out_and_shows_a_confirmation(
    typed: str, participant: User, cohort: Cohort
) -> None:
    write(participant, cohort)
    client, elsewhere = just_signed_in(participant), signed_in(participant)
    done = client.post(f"{MY_DATA}delete/", {"typed": typed})
    assert (done.status_code, done["Clear-Site-Data"]) == (200, '"cache", "storage"')
    assert "<h1>Your data is deleted</h1>" in done.content.decode()
    assert [one.get(MY_DATA).status_code for one in (client, elsewhere)] == [302, 302]
    assert Reflection.objects.count() == 0
    assert Erasure.objects.get().by_id == participant.pk


def test_sole_facilitator_sees_why_they_cannot_be_deleted(
    facilitator: User, participant: User
) -> None:
    client = just_signed_in(facilitator)
    page = client.get(f"{MY_DATA}delete/").content.decode()
    assert (
        "You can’t delete your account yet. There would be no facilitator left in North East, "
        "spring 2027" in page
    )
    assert "Delete everything</button>" not in page
    refused = client.post(f"{MY_DATA}delete/", {"typed": "delete"})
    assert list(refused.context["form"].errors) == ["__all__"]
    assert User.objects.get(pk=facilitator.pk).erased_at is None


def test_deleting_text_preserves_the_membership(participant: User, cohort: Cohort) -> None:
    write(participant, cohort, 2)
    client = just_signed_in(participant)
    assert [
        (one.holding.name, one.count)
        for one in client.get(f"{MY_DATA}delete-words/").context["going"]
    ] == [("reflections", 2)]
    assert client.post(f"{MY_DATA}delete-words/", {"typed": "no"}).status_code == 200
    assert Reflection.objects.count() == 2
    done = client.post(f"{MY_DATA}delete-words/", {"typed": "delete"}, follow=True)
    assert "Everything you wrote is deleted." in done.content.decode()
    assert (Reflection.objects.count(), participant.memberships.active().count()) == (0, 1)


def test_footer_links_to_the_page(participant_client: Client) -> None:
    foot = participant_client.get(reverse("home:today")).content.decode()
    assert f'<a href="{MY_DATA}">Your data</a>' in foot
