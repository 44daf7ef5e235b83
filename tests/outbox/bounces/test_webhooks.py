"""The webhook to which mail services post bounces and complaints, with valid signatures only."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.bounces.webhooks import SERVICES
from outbox.models import Message, OptOut, SuppressedAddress
from outbox.preferences.preferences import optional_rules

pytestmark = pytest.mark.django_db

KEY = "key-that-signs"
BOUNCED: dict[str, Any] = {
    "event": "failed",
    "severity": "permanent",
    "reason": "bounce",
    "delivery-status": {"code": 550, "message": "550 5.1.1 No such user"},
}


@pytest.fixture
def sent(cohort: Cohort, participant: User) -> Message:
    at = timezone.now() - timedelta(hours=1)
    return Message.objects.create(
        kind="day-before",
        key="day-before:1",
        recipient=participant,
        group_id=cohort.pk,
        subject_id=1,
        made_at=at,
        due_at=at,
        expires_at=at + timedelta(days=1),
        try_at=at,
        address=participant.email,
        text="Tomorrow.",
        outcome="sent",
        sent_at=at,
    )


@pytest.fixture
def mailgun(settings: Settings) -> None:
    settings.BOUNCE_WEBHOOK_SERVICE, settings.BOUNCE_WEBHOOK_KEY = "mailgun", KEY


def post(event: dict[str, Any], *, key: str = KEY, service: str = "mailgun") -> Any:
    """Post an event as Mailgun does, without a CSRF token; the client enforces CSRF checks."""
    stamp, token = "1741683600", "a" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    event = {"timestamp": timezone.now().timestamp(), **event}
    body = {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": event,
    }
    path = reverse("outbox:delivery_events", args=[service])
    return Client(enforce_csrf_checks=True).post(path, json.dumps(body), "application/json")


def event_of(message: Message, **facts: Any) -> dict[str, Any]:
    named = {"message": {"headers": {"message-id": message.message_id.strip("<>")}}}
    return {**BOUNCED, **named, "recipient": message.address, **facts}


def test_hard_bounce_suppresses_the_address(mailgun: None, sent: Message) -> None:
    first, second = post(event_of(sent)), post(event_of(sent))

    assert (first.status_code, second.status_code) == (200, 200)
    marked = SuppressedAddress.objects.get()
    assert (marked.address, marked.source, marked.said) == (
        sent.address,
        "webhook",
        "550 5.1.1 No such user",
    )
    sent.refresh_from_db()
    assert sent.status == "sent"
    assert sent.bounced_at is not None


def test_event_without_our_message_id_matches_the_last_message_to_the_address(
    mailgun: None, sent: Message
) -> None:
    post({**BOUNCED, "recipient": sent.address.upper()})

    sent.refresh_from_db()
    assert sent.bounced_at is not None


def test_delayed_event_matches_the_last_message_sent_before_it(
    mailgun: None, sent: Message, participant: User
) -> None:
    at = timezone.now() - timedelta(minutes=5)
    Message.objects.create(
        kind="survey",
        key="survey:1",
        recipient=participant,
        group_id=sent.group_id,
        subject_id=1,
        made_at=at,
        due_at=at,
        expires_at=sent.expires_at,
        try_at=at,
        address=sent.address,
        outcome="sent",
        sent_at=at,
    )

    post(
        {
            **BOUNCED,
            "recipient": sent.address,
            "timestamp": (at - timedelta(minutes=30)).timestamp(),
        }
    )

    bounced = Message.objects.exclude(bounced_at=None)
    assert list(bounced) == [sent]
    assert SuppressedAddress.objects.get().message == sent


@pytest.mark.parametrize(
    "facts",
    [
        {"severity": "temporary"},
        {"event": "delivered"},
        {"event": "opened"},
        {"delivery-status": {"message": "550 5.7.1 Rejected as spam"}},
        {"delivery-status": {"message": ""}, "reason": "suppress-unsubscribe"},
        {"recipient": "somebody.else@example.org"},
        {"recipient": ""},
    ],
)
def test_event_other_than_a_hard_bounce_of_the_recipient_suppresses_nothing(
    facts: dict[str, Any], mailgun: None, sent: Message
) -> None:
    assert post(event_of(sent, **facts)).status_code == 200
    assert not SuppressedAddress.objects.exists()


def test_address_suppressed_by_mailgun_is_suppressed(mailgun: None, sent: Message) -> None:
    """Mailgun itself suppresses addresses that bounced, and then reports no SMTP reply."""
    post(event_of(sent, **{"reason": "suppress-bounce", "delivery-status": {"message": ""}}))

    assert SuppressedAddress.objects.get().address == sent.address


def test_complaint_opts_out_of_all_optional_kinds(
    mailgun: None, sent: Message, participant: User
) -> None:
    post(event_of(sent, event="complained"))

    kinds = OptOut.objects.filter(person=participant).values_list("kind", flat=True)
    assert sorted(kinds) == sorted(rule.kind for rule in optional_rules())
    assert not SuppressedAddress.objects.exists()


def test_invalid_signature_is_refused(mailgun: None, sent: Message) -> None:
    assert post(event_of(sent), key="another").status_code == 400
    assert not SuppressedAddress.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "null", '{"signature": 3}', "\x00", '{"signature": {"token": {}}}']
)
def test_invalid_body_is_refused(body: str, mailgun: None) -> None:
    path = reverse("outbox:delivery_events", args=["mailgun"])

    assert Client().post(path, body, "application/json").status_code == 400


DEEP = "[" * 100_000 + "]" * 100_000
MALFORMED = {
    "nothing": "",
    "no object": "[]",
    "null": "null",
    "not JSON": "{",
    "deeply nested": DEEP,
    "deeply nested in an event": f'{{"type": "activity.hard_bounced", "data": {DEEP}}}',
    "deeply nested objects": '{"a":' * 100_000,
    "not UTF-8": b"\xff\xfe\x00",
    "no time": '{"event": "MessageSent", "timestamp": 1e300, "payload": {"timestamp": 1e300}}',
    "another webhook": '{"type": "inbound.message", "rcpt_to": "a", "data": {}}',
    "a number of 5,000 digits": "9" * 5000,
}


def signed(service: str, body: bytes, settings: Settings) -> dict[str, str]:
    """Configure the mail service, and return the headers with its signature of the body."""
    settings.BOUNCE_WEBHOOK_SERVICE, settings.BOUNCE_WEBHOOK_KEY = service, KEY
    if service == "mailersend":
        return {"signature": hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}
    if service == "postal":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        settings.BOUNCE_WEBHOOK_KEY = "".join(public.decode().splitlines()[1:-1])
        signature = private.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
        return {"X-Postal-Signature": b64encode(signature).decode()}
    return {}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_body_is_refused_even_if_it_is_signed(
    body: str | bytes, service: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Mailgun's signature is inside the body, so anybody can make us parse a body."""
    content = body.encode() if isinstance(body, str) else body
    headers = signed(service, content, settings)
    path = reverse("outbox:delivery_events", args=[service])

    answer = Client().post(path, content, "application/json", headers=headers)

    assert answer.status_code == 400
    refused_for_signature = "AnymailWebhookValidationFailure" in caplog.text
    assert not (refused_for_signature and headers)


def test_webhook_that_is_not_configured_is_not_found(sent: Message, settings: Settings) -> None:
    assert post(event_of(sent)).status_code == 404
    settings.BOUNCE_WEBHOOK_SERVICE, settings.BOUNCE_WEBHOOK_KEY = "mailersend", KEY
    assert post(event_of(sent)).status_code == 404
    assert not SuppressedAddress.objects.exists()


def test_mailersend_hard_bounce_requires_a_valid_signature(
    sent: Message, settings: Settings
) -> None:
    settings.BOUNCE_WEBHOOK_SERVICE, settings.BOUNCE_WEBHOOK_KEY = "mailersend", KEY
    path = reverse("outbox:delivery_events", args=["mailersend"])
    answers = []
    for kind, key in (("soft_bounced", KEY), ("hard_bounced", "another"), ("hard_bounced", KEY)):
        email = {
            "recipient": {"email": sent.address},
            "message": {"id": "62fb66bef54a112e920b5493"},
        }
        said = {"object": "recipient_bounce", "reason": "550 5.1.1 No such user"}
        body = json.dumps(
            {"type": f"activity.{kind}", "data": {"type": kind, "email": email, "morph": said}}
        )
        signature = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
        answer = Client().post(path, body, "application/json", headers={"signature": signature})
        answers.append((answer.status_code, SuppressedAddress.objects.count()))

    assert answers == [(200, 0), (400, 0), (200, 1)]
