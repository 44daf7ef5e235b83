"""Changes of a user's e-mail address, and the header that keeps browsers from caching pages."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignInLink, User
from cohorts.enrolment import change_address, may_change_address
from cohorts.models import Cohort
from reflections.entries import write
from tests.people import signed_in
from tests.services import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_change_of_address_ends_sessions_and_notifies_the_old_address(
    participant: User, administrator: User, smtp_server: Letterbox
) -> None:
    open_session = signed_in(participant)
    participant.refresh_from_db()
    link = SignInLink.objects.for_key("invitation:1", participant)

    change_address(user=participant, email="new@example.org", by=administrator)

    assert open_session.get(reverse("home:today")).status_code == 302
    assert SignInLink.objects.from_token(link.token) is None
    [mail] = smtp_server.messages
    assert mail["To"] == "amina.participant@example.org"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "new@example.org does" in body.get_content()


def test_old_address_of_an_unclaimed_account_is_not_notified(
    participant: User, administrator: User, smtp_server: Letterbox
) -> None:
    """The account's user never signed in, so the old address may belong to a stranger."""
    change_address(user=participant, email="right@example.org", by=administrator)

    assert smtp_server.messages == []


@pytest.mark.parametrize("page", ["admin:accounts_user_change", "cohorts:member_address"])
def test_old_address_of_an_author_who_never_signed_in_is_notified(
    page: str,
    administrator_client: Client,
    participant: User,
    cohort: Cohort,
    smtp_server: Letterbox,
) -> None:
    """Otherwise the owner of the new address could secretly read what the user wrote."""
    write(author=participant, cohort=cohort, body="For me alone", at=timezone.now())
    assert User.objects.get(pk=participant.pk).last_login is None
    whose = participant.pk if page.startswith("admin:") else participant.memberships.get().public_id
    facts = {"email": "new@example.org", "name": participant.name, "is_active": "on"}

    administrator_client.post(reverse(page, args=[whose]), facts)

    assert User.objects.get(pk=participant.pk).email == "new@example.org"
    assert [mail["To"] for mail in smtp_server.messages] == ["amina.participant@example.org"]


def test_facilitator_cannot_change_the_address_of_an_author(
    facilitator: User, participant: User, cohort: Cohort
) -> None:
    write(author=participant, cohort=cohort, body="For me alone", at=timezone.now())
    assert not may_change_address(user=participant, by=facilitator)
    with pytest.raises(ValidationError, match="Only an administrator can change the address"):
        change_address(user=participant, email="mine@example.org", by=facilitator)


def test_admin_change_of_address_notifies_the_old_address(
    administrator_client: Client, participant: User, smtp_server: Letterbox
) -> None:
    open_session = signed_in(participant)
    facts = {"email": "new@example.org", "name": participant.name, "is_active": "on"}

    administrator_client.post(reverse("admin:accounts_user_change", args=[participant.pk]), facts)

    assert User.objects.get(pk=participant.pk).email == "new@example.org"
    assert open_session.get(reverse("home:today")).status_code == 302
    assert [mail["To"] for mail in smtp_server.messages] == ["amina.participant@example.org"]


def test_admin_change_of_name_notifies_nobody(
    administrator_client: Client, participant: User, smtp_server: Letterbox
) -> None:
    open_session = signed_in(participant)
    facts = {"email": participant.email, "name": "Amina R.", "is_active": "on"}

    administrator_client.post(reverse("admin:accounts_user_change", args=[participant.pk]), facts)

    assert open_session.get(reverse("home:today")).status_code == 200
    assert smtp_server.messages == []


@pytest.mark.parametrize("name", ["home:today", "account_login", "home:health_live"])
def test_pages_are_not_cached(name: str, participant_client: Client) -> None:
    assert "no-store" in participant_client.get(reverse(name)).headers["Cache-Control"]
