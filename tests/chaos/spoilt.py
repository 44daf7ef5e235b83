"""Functions that break Convenor on purpose, to test that a storm's tally shows the damage.

For example: `python -m tests.chaos --spoil no-precheck`.
"""

from typing import Any

from django.db.models import Q

from outbox.delivery import precheck, worker
from outbox.delivery.mailer import Mailer
from outbox.delivery.outgoing import Outgoing
from outbox.models import Message, MessageQuerySet


def no_precheck() -> None:
    """Send every claimed message without the pre-send check.

    So a message is sent even if it is no longer true, or another worker has claimed it since.
    """

    def always_open(message: Message, *_given: Any) -> bool:
        names = ("address", "subject", "text", "html", "reply_to", "calendar")
        Message.objects.filter(pk=message.pk).update(
            **{name: getattr(message, name) for name in names}
        )
        return True

    setattr(worker, "claim_for_sending", always_open)  # noqa: B010


def sent_before_sending() -> None:
    """Mark messages as sent before they are handed to the mail server."""
    original, mark_sent = Mailer.send, precheck.mark_sent

    def send(mailer: Mailer, outgoing: Outgoing) -> dict[str, str]:
        mark_sent(outgoing.message, mailer.outcomes.clock())
        return original(mailer, outgoing)

    Mailer.send = send  # type: ignore[method-assign, assignment]


def no_lease() -> None:
    """Let workers claim messages that another worker has claimed."""

    def free(rows: MessageQuerySet) -> MessageQuerySet:
        return rows.filter(Q())

    MessageQuerySet.free = free  # type: ignore[method-assign, assignment]


SPOILT = {
    "no-precheck": no_precheck,
    "sent-before-sending": sent_before_sending,
    "no-lease": no_lease,
}


def spoil_product(how: str) -> None:
    SPOILT[how]()
