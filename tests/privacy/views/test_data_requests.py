"""The pages on which administrators handle data requests, without reading private data."""

from __future__ import annotations

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.anonymisation import ANONYMOUS_NAME
from accounts.models import User
from cohorts.models import Cohort, Membership
from privacy.data_inventory import DATA_INVENTORY, counted
from privacy.erasure import erase
from privacy.holdings import Holding
from privacy.models import Erasure
from reflections.models import Quote, Reflection
from tests.factories import MARCH
from tests.people import just_signed_in
from tests.privacy.conftest import NAME, WORDS, make_message


def person_url(person: User, what: str = "data") -> str:
    return f"/people/{person.public_id}/{what}/"


def page_content(client: Client, there: str) -> str:
    """Return the page without its CSRF tokens."""
    return re.sub(r"\b\w{64}\b", "", client.get(there).content.decode())


def test_administrator_sees_counts_but_not_whether_they_wrote(
    wren: User, administrator_client: Client
) -> None:
    page = administrator_client.get(person_url(wren))
    shown = {one.holding.name for part in ("going", "staying") for one in page.context[part]}
    private = {holding.name for holding in page.context["private"]}
    assert shown | private == {holding.name for holding in DATA_INVENTORY}
    assert shown & private == set()
    assert private >= {
        "reflections",
        "replies",
        "drafts",
        "experiments",
        "words-offered",
        "surveys",
    }
    assert WORDS not in page.content.decode()


def test_page_is_the_same_whether_or_not_the_person_wrote(
    wren: User, administrator: User, administrator_client: Client
) -> None:
    there = [person_url(wren), person_url(wren, "erase")]
    client = just_signed_in(administrator)
    before = [page_content(client, one) for one in there]
    for model in ("reflections", "replies", "drafts", "experiments", "quotes", "tombstones"):
        getattr(wren, model).all().delete()
    assert [page_content(client, one) for one in there] == before


@pytest.mark.parametrize(
    "kind", ["survey-nudge", "look-back", "reply-digest", "a kind of last year"]
)
def test_private_e_mails_are_not_counted(
    kind: str, participant: User, cohort: Cohort, administrator: User
) -> None:
    there = [person_url(participant), person_url(participant, "erase")]
    client = just_signed_in(administrator)
    make_message(participant, cohort, 1)
    before = [page_content(client, one) for one in there]
    make_message(participant, cohort, 2, kind=kind, key=f"{kind}:2")
    assert [page_content(client, one) for one in there] == before
    assert all("E-mails to them: 1" in page for page in before)
    further = (
        "other e-mails, which nobody else is told about: surveys, experiments, replies to them"
    )
    assert all(f"<li>{further}</li>" in page for page in before)
    own = {one.holding.name: one.count for one in counted(participant)}
    assert (own["e-mails"], own["e-mails-for-you-alone"]) == (1, 1)


def test_page_is_the_same_after_they_delete_their_text(
    participant: User, cohort: Cohort, administrator_client: Client
) -> None:
    there = person_url(participant)
    before = page_content(administrator_client, there)
    Reflection.objects.create(
        author=participant, cohort=cohort, body=WORDS, written_at=MARCH, changed_at=MARCH
    )
    just_signed_in(participant).post("/my-data/delete-words/", {"typed": "delete"})
    assert Erasure.objects.filter(person=participant, by=participant).count() == 1
    assert page_content(administrator_client, there) == before


def test_choosing_ones_own_quote_is_not_counted(
    participant: User, cohort: Cohort, administrator_client: Client
) -> None:
    before = page_content(administrator_client, person_url(participant))
    about = {"author": participant, "cohort": cohort}
    entry = Reflection.objects.create(body=WORDS, written_at=MARCH, changed_at=MARCH, **about)
    chosen = {"offered_at": MARCH, "chosen_at": MARCH, "chosen_by": participant}
    Quote.objects.create(reflection=entry, words=WORDS, **about, **chosen)
    assert page_content(administrator_client, person_url(participant)) == before


def test_person_gets_a_link_to_their_data(
    participant: User, administrator_client: Client, mailoutbox: list[EmailMessage]
) -> None:
    done = administrator_client.post(person_url(participant, "data/send"), follow=True)
    assert (
        f"An e-mail with a link to their data has been sent to {participant.email}."
        in done.content.decode()
    )
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([participant.email], "Your data at Convenor")
    ]
    assert "http://127.0.0.1:8000/my-data/" in str(mailoutbox[0].body)


def test_mail_server_error_is_shown(
    participant: User, administrator_client: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "outbox.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    done = administrator_client.post(person_url(participant, "data/send"), follow=True)
    assert "We can’t send e-mail at the moment." in done.content.decode()


def test_deletion_requires_the_name_and_a_recent_sign_in(
    wren: User, administrator: User, administrator_client: Client
) -> None:
    there = person_url(wren, "erase")
    assert administrator_client.post(there, {"typed": NAME})["Location"].startswith(
        "/sign-in/again/"
    )
    client = just_signed_in(administrator)
    refused = client.post(there, {"typed": "delete"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["typed"])
    assert User.objects.get(pk=wren.pk).erased_at is None
    done = client.post(there, {"typed": NAME.lower()}, follow=True)
    assert User.objects.get(pk=wren.pk).name == ANONYMOUS_NAME
    assert "By Ada Administrator, on request" in done.content.decode()
    assert NAME not in done.content.decode()
    assert Erasure.objects.get(kind="person").by == administrator


def test_administrator_cannot_delete_the_only_facilitator(
    facilitator: User, participant: User, administrator: User
) -> None:
    client = just_signed_in(administrator)
    there = person_url(facilitator, "erase")
    assert (
        "You can’t delete them yet. There would be no facilitator left"
        in client.get(there).content.decode()
    )
    client.post(there, {"typed": str(facilitator)})
    assert User.objects.get(pk=facilitator.pk).erased_at is None


def test_administrator_deletes_their_own_account_on_the_usual_page(administrator: User) -> None:
    there = person_url(administrator, "erase")
    assert just_signed_in(administrator).get(there)["Location"] == "/my-data/delete/"


@pytest.mark.parametrize("what", ["data", "erase"])
def test_erased_person_is_not_found(
    what: str, wren: User, administrator: User, facilitator: User
) -> None:
    erasure = erase(user=wren, by=None, at=MARCH)
    assert erasure is not None
    gone = User.objects.get(pk=erasure.person_id)
    client = just_signed_in(administrator)
    assert client.get(person_url(gone, what)).status_code == 404
    assert ANONYMOUS_NAME not in client.get(reverse("cohorts:person_list")).content.decode()
    assert client.get(f"/back-office/accounts/user/{gone.pk}/change/").status_code == 302


def test_log_does_not_name_people_who_erased_themselves(
    wren: User, administrator_client: Client
) -> None:
    erase(user=wren, by=wren, at=MARCH)
    page = administrator_client.get("/people/erased/").content.decode()
    assert "By themselves" in page
    assert NAME not in page


def test_page_counts_the_same_as_the_persons_own_page(
    wren: User, administrator_client: Client
) -> None:
    page = administrator_client.get(person_url(wren))
    shown = {
        one.holding.name: one.count for part in ("going", "staying") for one in page.context[part]
    }
    own = {one.holding.name: one.count for one in counted(wren)}
    assert shown == {name: own[name] for name in shown}


def test_people_page_links_to_the_data_page(
    participant: User, cohort: Cohort, administrator_client: Client
) -> None:
    page = administrator_client.get(reverse("cohorts:person_list")).content.decode()
    assert f'href="{person_url(participant)}"' in page


def test_data_of_an_administrator_is_described_in_the_third_person(
    wren: User, administrator_client: Client
) -> None:
    page = administrator_client.get(person_url(wren))
    parts = ("going", "staying")
    told = [one.holding for part in parts for one in page.context[part]] + page.context["private"]
    assert [
        one.title for one in told if re.search(r"\byou", f"{one.title} {one.fate}", re.IGNORECASE)
    ] == []


@pytest.mark.parametrize("holding", DATA_INVENTORY, ids=lambda holding: holding.name)
def test_every_kind_has_texts_in_the_third_person(holding: Holding) -> None:
    shown = holding.of_another()
    assert not re.search(r"\byou", f"{shown.title} {shown.fate}", re.IGNORECASE)


def test_person_without_address_is_sent_nothing_and_erased(
    cohort: Cohort, administrator: User, mailoutbox: list[EmailMessage]
) -> None:
    client = just_signed_in(administrator)
    zoe = User.objects.create_user("", "Zoe Walker")
    Membership.objects.create(cohort=cohort, user=zoe)
    page = client.get(person_url(zoe)).content.decode()
    assert "They have no e-mail address, so they can’t sign in." in page
    answer = client.post(person_url(zoe, "data/send"), follow=True)
    assert [str(one) for one in answer.context["messages"]] == [
        "They have no e-mail address. Add one first."
    ]
    erasing = client.get(person_url(zoe, "erase"))
    assert "so we can’t tell them." in erasing.content.decode()
    answer = client.post(person_url(zoe, "erase"), {"typed": "Zoe Walker"}, follow=True)
    assert [str(one) for one in answer.context["messages"]] == [
        "Their name and everything else about them are deleted."
    ]
    zoe.refresh_from_db()
    assert (zoe.name, zoe.is_active, zoe.email.endswith("@erased.invalid")) == (
        ANONYMOUS_NAME,
        False,
        True,
    )
    assert mailoutbox == []
