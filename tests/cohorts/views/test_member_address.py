"""The page that corrects a member's suppressed address and resends the messages that failed."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.enrolment import correct_address
from cohorts.models import Cohort, Membership
from outbox.bounces.suppression import Source, suppress
from outbox.models import Message, SuppressedAddress
from ui.version_token import version_token

pytestmark = pytest.mark.django_db

SAID = "550 5.1.1 <amina.participant@example.org> No such person"
RIGHT = "amina.rahman@example.org"


def failed(user: User, cohort: Cohort, kind: str, *, hours: int) -> Message:
    """Create a failed message to the user, whose window ends in this number of hours."""
    now = timezone.now()
    return Message.objects.create(
        kind=kind,
        key=f"{kind}:{user.pk}",
        recipient=user,
        group_id=cohort.pk,
        subject_id=1,
        made_at=now,
        due_at=now - timedelta(days=2),
        expires_at=now + timedelta(hours=hours),
        try_at=now,
        attempts=1,
        subject=f"About {kind}",
        text="Words.",
        outcome="refused",
        failed_at=now,
        reason=f"The mail server refused the address for good: {SAID}",
    )


@pytest.fixture
def message(participant: User, cohort: Cohort) -> Message:
    """A message that failed because the mail server refused the recipient's address."""
    message = failed(participant, cohort, "day-before", hours=3)
    suppress(
        participant.email, said=SAID, source=Source.REFUSED, message=message, at=timezone.now()
    )
    return message


def address_of(user: User, act: str = "") -> str:
    return reverse(
        f"cohorts:member_address{act}", args=[Membership.objects.get(user=user).public_id]
    )


def messages_after_post(client: Client, path: str, data: dict[str, str]) -> list[str]:
    return [str(one) for one in get_messages(client.post(path, data).wsgi_request)]


def test_page_shows_the_reason_and_the_smtp_reply(
    facilitator_client: Client, participant: User, message: Message
) -> None:
    page = facilitator_client.get(address_of(participant)).content.decode()

    assert "No such mailbox: nobody has this address there." in page
    assert SAID.replace("<", "&lt;").replace(">", "&gt;") in page
    assert "About day-before" in page
    assert "Can still be sent" in page


def test_sender_side_error_is_not_blamed_on_the_recipient(
    facilitator_client: Client, participant: User, cohort: Cohort
) -> None:
    mistaken = failed(participant, cohort, "day-before", hours=3)
    reason = "Our mistake, not the address's: KeyError. It is in the log."
    Message.objects.update(outcome="our-error", reason=reason)

    pages = [
        facilitator_client.get(path).content.decode()
        for path in (
            address_of(participant),
            reverse("home:message_detail", args=[mistaken.public_id]),
            reverse("home:message_list", args=[cohort.public_id]),
        )
    ]

    said = "This is an error in Convenor, not a problem with the address."
    assert [said in page for page in pages] == [True] * 3
    assert ["Send it again" in page for page in pages] == [False, True, True]
    assert not any("What the mail system said" in page or "KeyError" in page for page in pages)


def test_correction_saves_the_address_and_requeues_messages_in_time(
    facilitator_client: Client, participant: User, cohort: Cohort, message: Message
) -> None:
    late = failed(participant, cohort, "week-before", hours=-1)

    said = messages_after_post(
        facilitator_client,
        address_of(participant),
        {"email": f" {RIGHT.title()}", "version": version_token(participant.email)},
    )

    participant.refresh_from_db()
    assert participant.email == RIGHT
    assert not SuppressedAddress.objects.exists()
    assert [Message.objects.get(pk=one.pk).status for one in (message, late)] == [
        "waiting",
        "failed",
    ]
    assert said == [
        f"We’ll send e-mails for Amina Rahman to {RIGHT}.",
        "We’ll send 1 e-mail again in a minute.",
        "It is too late to send 1 e-mail that failed.",
    ]


def test_message_accepted_at_a_wrong_address_is_resent_until_claimed(
    facilitator_client: Client, participant: User, cohort: Cohort
) -> None:
    """A mistyped address may belong to a stranger. Then messages to it do not bounce.

    They are resent to the correct address if nobody has used the account yet.
    """
    now = timezone.now()
    taken = failed(participant, cohort, "invitation", hours=3)
    late = failed(participant, cohort, "week-before", hours=-1)
    Message.objects.update(
        outcome="sent", failed_at=None, reason="", sent_at=now, address=participant.email
    )
    page = address_of(participant)

    said = messages_after_post(
        facilitator_client, page, {"email": RIGHT, "version": version_token(participant.email)}
    )

    taken.refresh_from_db()
    assert (taken.status, taken.subject, Message.objects.get(pk=late.pk).status) == (
        "waiting",
        "",
        "sent",
    )
    assert said == [
        f"We’ll send e-mails for Amina Rahman to {RIGHT}.",
        "We’ll send 1 e-mail again in a minute.",
    ]
    Message.objects.update(outcome="sent", sent_at=now)
    User.objects.update(last_login=now)
    administrator = User.objects.create_user("admin@example.org", "Ada", is_administrator=True)
    correct_address(
        user=User.objects.get(pk=participant.pk), email="a@example.org", by=administrator, at=now
    )
    assert Message.objects.get(pk=taken.pk).status == "sent"


def test_correction_in_the_admin_site_requeues_messages(
    administrator_client: Client, participant: User, message: Message
) -> None:
    facts = {"email": RIGHT.upper(), "name": "Amina R.", "is_active": "on"}
    administrator_client.post(reverse("admin:accounts_user_change", args=[participant.pk]), facts)

    participant.refresh_from_db()
    assert (participant.email, participant.name) == (RIGHT, "Amina R.")
    assert not SuppressedAddress.objects.exists()
    assert Message.objects.get(pk=message.pk).status == "waiting"


def test_double_submission_changes_nothing_more(
    facilitator_client: Client, participant: User, message: Message
) -> None:
    data = {"email": RIGHT, "version": version_token(participant.email)}
    facilitator_client.post(address_of(participant), data)
    Message.objects.update(outcome="sent", sent_at=timezone.now())

    second = facilitator_client.post(address_of(participant), data)

    assert second.status_code == 302
    assert Message.objects.get().status == "sent"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("amina", "Enter a valid e-mail address, for example amina@example.org."),
        ("", "Enter the person’s e-mail address."),
        ("amina.participant@example.org", "Enter another e-mail address. This one doesn’t work."),
        (
            "ruth.facilitator@example.org",
            "Enter another e-mail address. Somebody else already uses "
            "ruth.facilitator@example.org.",
        ),
    ],
)
def test_invalid_address_shows_an_error_with_the_input(
    facilitator_client: Client, participant: User, message: Message, email: str, sentence: str
) -> None:
    page = facilitator_client.post(
        address_of(participant), {"email": email, "version": version_token(participant.email)}
    )

    assert sentence in page.content.decode()
    assert page.context["form"]["email"].value() == email
    assert SuppressedAddress.objects.exists()


def test_second_of_two_concurrent_corrections_sees_the_first(
    facilitator_client: Client, participant: User, message: Message
) -> None:
    facilitator_client.post(
        address_of(participant), {"email": RIGHT, "version": version_token(participant.email)}
    )

    page = facilitator_client.post(
        address_of(participant),
        {"email": "a.rahman@example.org", "version": version_token(participant.email)},
    )

    assert f"Somebody else has changed the address to {RIGHT}." in page.content.decode()


def test_confirmed_address_is_retried(
    facilitator_client: Client, participant: User, message: Message
) -> None:
    said = messages_after_post(facilitator_client, address_of(participant, "_right"), {})

    assert said == [
        "We’ll send e-mails for Amina Rahman to amina.participant@example.org again.",
        "We’ll send 1 e-mail again in a minute.",
    ]
    assert not SuppressedAddress.objects.exists()
    assert (Message.objects.get().status, Message.objects.get().text) == ("waiting", "Words.")


def test_facilitator_cannot_change_the_address_of_a_claimed_account(
    facilitator_client: Client, participant: User, administrator: User, message: Message
) -> None:
    User.objects.filter(pk=participant.pk).update(last_login=timezone.now())

    page = facilitator_client.get(address_of(participant)).content.decode()
    refused = facilitator_client.post(
        address_of(participant), {"email": RIGHT, "version": version_token(participant.email)}
    )

    assert "only an administrator can change it" in page
    assert "Ada Administrator" in page
    assert "Save the address" not in page
    assert refused.status_code == 200
    participant.refresh_from_db()
    assert participant.email != RIGHT


def test_confidential_message_is_neither_shown_nor_counted(
    facilitator_client: Client, participant: User, cohort: Cohort, message: Message
) -> None:
    nudge = failed(participant, cohort, "survey-nudge", hours=3)

    page = facilitator_client.get(address_of(participant)).content.decode()
    said = messages_after_post(
        facilitator_client,
        address_of(participant),
        {"email": RIGHT, "version": version_token(participant.email)},
    )

    assert "About survey-nudge" not in page
    assert "We’ll send 1 e-mail again in a minute." in said
    assert Message.objects.get(pk=nudge.pk).status == "waiting"


def test_member_list_and_person_page_link_to_the_page(
    facilitator_client: Client, participant: User, cohort: Cohort, message: Message
) -> None:
    for path in (
        reverse("cohorts:member_list", args=[cohort.public_id]),
        Membership.objects.get(user=participant).get_absolute_url(),
    ):
        page = facilitator_client.get(path).content.decode()
        assert "No such mailbox" in page
        assert address_of(participant) in page


def test_participant_sees_a_warning_and_other_members_do_not(
    participant_client: Client, participant: User, cohort: Cohort, message: Message
) -> None:
    today = participant_client.get(reverse("home:today")).content.decode()
    members = participant_client.get(
        reverse("cohorts:member_list", args=[cohort.public_id])
    ).content.decode()

    assert "E-mail doesn’t reach you" in today
    assert "came back" not in members
