"""Changes of a user's e-mail address, and the header that keeps browsers from caching pages."""

import re
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignInLink, User
from cohorts.enrolment import change_address, may_change_address
from cohorts.models import Cohort
from outbox.bounces.suppression import Source, suppress
from reflections.entries import write
from tests.people import signed_in
from tests.services import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)


OLD = "amina.participant@example.org"
NEW = "new@example.org"


def words_of(mail: EmailMessage) -> list[str]:
    """Return the words of the plain and of the HTML part, without tags and line breaks."""
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert all(parts)
    return [
        " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", part.get_content(), flags=re.S).split())
        for part in parts
        if part
    ]


def test_change_of_address_ends_sessions_and_notifies_both_addresses(
    participant: User, administrator: User, smtp_server: Letterbox
) -> None:
    open_session = signed_in(participant)
    participant.refresh_from_db()
    link = SignInLink.objects.for_key("invitation:1", participant)

    change_address(user=participant, email="new@example.org", by=administrator)

    assert open_session.get(reverse("home:today")).status_code == 302
    assert SignInLink.objects.from_token(link.token) is None
    to_old, to_new = smtp_server.messages
    assert (to_old["To"], to_new["To"]) == (OLD, NEW)
    for words in words_of(to_old):
        assert "Ada Administrator has changed the e-mail address" in words
        assert "new@example.org does" in words
        assert f"tell the host of your programme today: {settings.HOST_CONTACT}" in words
    for words in words_of(to_new):
        assert "Ada Administrator has changed the e-mail address" in words
        assert "If you are not Amina Rahman" in words
        assert f"Tell the host of the programme today: {settings.HOST_CONTACT}" in words
        assert OLD not in words


def test_both_addresses_are_notified_of_a_change_by_a_facilitator(
    participant: User, facilitator: User, smtp_server: Letterbox
) -> None:
    """The old address may be a stranger's: the e-mail to it must not contain the new address."""
    suppress(OLD, said="550", source=Source.REFUSED, message=None, at=timezone.now())

    change_address(user=participant, email=NEW, by=facilitator)

    to_old, to_new = smtp_server.messages
    assert (to_old["To"], to_new["To"]) == (OLD, NEW)
    for words in words_of(to_old):
        assert "Ruth Okafor has changed the e-mail address" in words
        assert "If this address was right, tell the host of your programme today" in words
        assert NEW not in words
    for words in words_of(to_new):
        assert "Ruth Okafor has changed the e-mail address" in words
        assert OLD not in words


def test_new_address_is_notified_if_the_old_one_is_refused(
    participant: User, facilitator: User, smtp_server: Letterbox
) -> None:
    smtp_server.answers[OLD] = "550 5.1.1 No such person"

    change_address(user=participant, email=NEW, by=facilitator)

    assert [mail["To"] for mail in smtp_server.messages] == [NEW]
    assert User.objects.get(pk=participant.pk).email == NEW


def test_nobody_is_notified_of_a_change_that_is_refused_or_their_own(
    participant: User, facilitator: User, outsider: User, smtp_server: Letterbox
) -> None:
    User.objects.record_act(participant.pk, at=timezone.now())
    participant.refresh_from_db()
    with pytest.raises(ValidationError):
        change_address(user=participant, email=NEW, by=facilitator)
    with pytest.raises(ValidationError):
        change_address(user=facilitator, email=outsider.email, by=facilitator)
    change_address(user=facilitator, email="ruth@example.org", by=facilitator)

    assert smtp_server.messages == []


@pytest.mark.parametrize("page", ["admin:accounts_user_change", "cohorts:member_address"])
def test_old_address_of_an_author_who_never_signed_in_is_notified(
    page: str,
    administrator_client: Client,
    participant: User,
    cohort: Cohort,
    smtp_server: Letterbox,
) -> None:
    """Without the notice, the new address's owner could read the user's text unnoticed."""
    write(author=participant, cohort=cohort, body="For me alone", at=timezone.now())
    assert User.objects.get(pk=participant.pk).last_login is None
    whose = participant.pk if page.startswith("admin:") else participant.memberships.get().public_id
    facts = {"email": "new@example.org", "name": participant.name, "is_active": "on"}

    administrator_client.post(reverse(page, args=[whose]), facts)

    assert User.objects.get(pk=participant.pk).email == "new@example.org"
    assert [mail["To"] for mail in smtp_server.messages] == [OLD, NEW]


def test_facilitator_cannot_change_the_address_of_an_author(
    facilitator: User, participant: User, cohort: Cohort
) -> None:
    write(author=participant, cohort=cohort, body="For me alone", at=timezone.now())
    assert not may_change_address(user=participant, by=facilitator)
    with pytest.raises(ValidationError, match="Only an administrator can change the address"):
        change_address(user=participant, email="mine@example.org", by=facilitator)


def test_admin_change_of_address_notifies_both_addresses(
    administrator_client: Client, participant: User, smtp_server: Letterbox
) -> None:
    open_session = signed_in(participant)
    facts = {"email": "new@example.org", "name": participant.name, "is_active": "on"}

    administrator_client.post(reverse("admin:accounts_user_change", args=[participant.pk]), facts)

    assert User.objects.get(pk=participant.pk).email == "new@example.org"
    assert open_session.get(reverse("home:today")).status_code == 302
    assert [mail["To"] for mail in smtp_server.messages] == [OLD, NEW]


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
