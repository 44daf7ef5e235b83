"""The webhook for bounces and spam complaints, which django-anymail verifies and parses."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from anymail.exceptions import AnymailError
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from anymail.webhooks.base import AnymailCoreWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.models import normalise_email
from outbox.bounces.smtp_replies import SMTPReply
from outbox.bounces.suppression import MAX_CLOCK_SKEW, Source, record_bounce
from outbox.models import Message
from outbox.preferences.preferences import opt_out, optional_rules

logger = logging.getLogger(__name__)

# Mail services that sign their webhooks, with django-anymail's name for the signing key.
SERVICES: dict[str, tuple[type[AnymailCoreWebhookView], str]] = {
    "mailgun": (MailgunTrackingWebhookView, "webhook_signing_key"),
    "mailersend": (MailerSendTrackingWebhookView, "signing_secret"),
    "postal": (PostalTrackingWebhookView, "webhook_key"),
}
# An event without one of our Message-IDs is taken to be about the last e-mail that was sent to its
# address, if that was within this time.
SEARCH_PERIOD = timedelta(days=5)
# Exceptions from parsing a malformed event. RecursionError: JSON that is nested a thousand deep.
# ArithmeticError and OSError: a timestamp out of range. ImproperlyConfigured: an event of another
# type of webhook.
MALFORMED = (
    AnymailError,
    ArithmeticError,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
NOT_ARRIVED = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


@csrf_exempt
@login_not_required
@require_POST
def delivery_events(request: HttpRequest, service: str) -> HttpResponse:
    """Receive an event from the configured mail service; 404 for any other service.

    django-anymail checks the signature, which authorises the request, and sends the signal
    `tracking`. A malformed event or a wrong signature gets a 400.
    """
    if service != settings.BOUNCE_WEBHOOK_SERVICE:
        raise Http404
    view, key = SERVICES[service]
    try:
        answer: HttpResponse = view.as_view(**{key: settings.BOUNCE_WEBHOOK_KEY})(request)
    except MALFORMED as error:
        logger.warning("An event of %s was refused: %s", service, type(error).__name__)
        return HttpResponseBadRequest("The event is malformed or its signature is wrong.")
    return answer


@receiver(tracking, dispatch_uid="outbox.bounces.webhooks")
def handle_tracking_event(sender: object, event: AnymailTrackingEvent, **_: Any) -> None:
    """Record a bounce; after a spam complaint, opt the recipient out of every optional kind.

    Ignores other events, and events about e-mails that this site did not send.
    """
    at = min(event.timestamp or timezone.now(), timezone.now())
    message = message_of(event, at)
    if message is None:
        return
    if event.event_type == EventType.COMPLAINED and message.recipient:
        for rule in optional_rules():
            opt_out(person=message.recipient, kind=rule.kind, at=at)
    elif event.event_type in NOT_ARRIVED and not is_soft_bounce(event):
        said = " ".join(
            str(event.mta_response or event.description or "").replace("\0", " ").split()
        )
        record_bounce(
            message,
            said=said,
            refuses_address=refuses_address(event, said),
            source=Source.WEBHOOK,
            at=at,
        )


def message_of(event: AnymailTrackingEvent, at: datetime) -> Message | None:
    """Return the message that the event is about; None if this site did not send it.

    Looks for the message with the event's Message-ID. If there is none, takes the last e-mail that
    was sent to the event's address within SEARCH_PERIOD.
    """
    address = normalise_email(str(event.recipient or "")).replace("\0", "")
    ours: Message | None = Message.objects.with_message_id(str(event.message_id or ""))
    if ours:
        return ours if normalise_email(ours.address) == address else None
    lately = Message.objects.filter(
        address=address,
        sent_at__gt=at - SEARCH_PERIOD,
        sent_at__lte=at + MAX_CLOCK_SKEW,
        bounced_at=None,
    )
    latest: Message | None = lately.order_by("sent_at", "pk").last() if address else None
    return latest


def is_soft_bounce(event: AnymailTrackingEvent) -> bool:
    """Return whether the event is a soft bounce of MailerSend, which will retry the e-mail."""
    data = event.esp_event.get("data", {})
    return isinstance(data, dict) and str(data.get("type", "")).startswith("soft")


def refuses_address(event: AnymailTrackingEvent, said: str) -> bool:
    """Return whether the event says that the address is at fault, not the content or the sender.

    The mail server's reply decides. If the event has no reply, the mail service's own reason does.
    """
    answer = SMTPReply.parse(said)
    if answer.code or answer.status:
        return answer.refuses_address()
    if event.reject_reason is None:
        return bool(event.event_type == EventType.BOUNCED)
    return event.reject_reason in (RejectReason.BOUNCED, RejectReason.INVALID)
