"""Django's SMTP backend, with a record of whether an interrupted e-mail may have been accepted."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTP, SMTP_SSL
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend


class TrackingSMTP(SMTP):
    """An SMTP connection that records whether DATA has been sent for the current e-mail.

    Before DATA, the server has received none of the e-mail's content and can't have accepted it.
    """

    has_begun_data = False

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        self.has_begun_data = False
        return super().mail(sender, options)

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.has_begun_data = True
        return super().data(msg)


class TrackingSMTPSSL(TrackingSMTP, SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[SMTP]:
        return TrackingSMTPSSL if self.use_ssl else TrackingSMTP


def may_be_accepted(mail: BaseEmailBackend) -> bool:
    """Return whether the mail server may have accepted an e-mail before the connection broke.

    Always returns True for a backend without an open `TrackingSMTP` connection.
    """
    smtp_connection = getattr(mail, "connection", None)
    return not isinstance(smtp_connection, TrackingSMTP) or smtp_connection.has_begun_data
