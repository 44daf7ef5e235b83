"""The sending of e-mails over one connection to the mail server, and the handling of its errors."""

from __future__ import annotations

from dataclasses import dataclass
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)

from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from outbox.backends.smtp import may_be_accepted
from outbox.bounces import suppression
from outbox.bounces.smtp_replies import without_addresses
from outbox.delivery.circuit_breaker import CircuitBreaker, MailServerError
from outbox.delivery.outcomes import Outcomes
from outbox.delivery.outgoing import Outgoing
from outbox.delivery.smtp_errors import (
    Refused,
    applies_to_all_mail,
    code_of,
    is_account_error,
    reply_of,
)
from outbox.models import Message, Outcome


@dataclass
class Mailer:
    """A worker's connection to the mail server. Raises MailServerError if the worker must stop."""

    connection: BaseEmailBackend
    breaker: CircuitBreaker
    outcomes: Outcomes

    def connect(self, message: Message) -> None:
        """Open the connection unless it is open. If that fails, postpone the message.

        Raises MailServerError if it fails. Called before the pre-send check, so that a slow server
        doesn't use up the lease.
        """
        try:
            self.connection.open()
        except (SMTPException, OSError) as error:
            reason = _("The mail server did not answer: %(error)s") % {"error": error}
            self.outcomes.postpone(message, reason, code_of(error))
            self.breaker.record_refused_connection()
            raise MailServerError(error) from error

    def close(self) -> None:
        self.connection.close()

    def send(self, outgoing: Outgoing) -> dict[str, str]:
        """Send one e-mail and record the outcome of its message.

        Returns a dict from the address to the server's reply if the reply suppressed the address;
        otherwise an empty dict.
        """
        try:
            accepted = self.connection.send_messages([outgoing.envelope])
        except (SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError) as error:
            return self.handle_refusal(outgoing, error)
        except (SMTPException, OSError) as error:
            self.handle_disconnection(outgoing, error)
            return {}
        if not accepted:
            raise ValueError("The e-mail has no recipient.")
        self.outcomes.record_sent(outgoing.message)
        return {}

    def handle_disconnection(self, outgoing: Outgoing, error: Exception) -> None:
        """Postpone the message, because the connection broke while it was being sent."""
        self.outcomes.postpone(
            outgoing.message,
            _("The connection to the mail server broke: %(error)s") % {"error": error},
            code_of(error),
            discard=outgoing.is_new and not may_be_accepted(self.connection),
        )
        self.reconnect_or_stop(error)

    def handle_refusal(self, outgoing: Outgoing, error: Refused) -> dict[str, str]:
        """Postpone or fail the message, depending on the reply. Returns the same as `send`."""
        message = outgoing.message
        code, text = reply_of(error)
        reply = f"{code} {text}"
        if is_account_error(error):
            self.handle_account_refusal(outgoing, error)
            return {}
        if code >= 500:
            reason = _("The mail server refused the address for good: %(reply)s")
            self.outcomes.fail(message, Outcome.REFUSED, reason % {"reply": reply}, code)
        else:
            reason = _("The mail server said not now: %(reply)s")
            self.outcomes.postpone(
                message, reason % {"reply": reply}, code, discard=outgoing.is_new
            )
        return suppression.record_refusal(
            message,
            code,
            text,
            whole_message=not isinstance(error, SMTPRecipientsRefused),
            at=self.outcomes.clock(),
        )

    def handle_account_refusal(self, outgoing: Outgoing, error: Refused) -> None:
        """Postpone the message, because an error about our account never fails a message."""
        code, text = reply_of(error)
        reason = _("The mail server would not go on: %(reply)s") % {"reply": f"{code} {text}"}
        self.outcomes.postpone(outgoing.message, reason, code, discard=outgoing.is_new)
        # `explain_waiting` saves the error's text as the reason of messages to other people, so
        # remove addresses.
        trouble = MailServerError(f"{code} {without_addresses(text)}")
        if code >= 500 and applies_to_all_mail(error):
            self.breaker.trip()
            raise trouble from error
        # The reply may come from this recipient's mail system, so go on to other messages.
        self.reconnect_or_stop(trouble)

    def reconnect_or_stop(self, error: Exception) -> None:
        """Close the connection, so that the next message opens another one.

        Raises MailServerError if the breaker trips, which it does at the third failure.
        """
        self.connection.close()
        if self.breaker.record_failure():
            raise MailServerError(error) from error
