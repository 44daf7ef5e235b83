"""Django's SMTP backend, with connections that track how far an e-mail's transaction got."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTP, SMTP_SSL
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend


class TrackingSMTP(SMTP):
    """Knows whether DATA has begun; until then the server has nothing of the e-mail."""

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
    """Return whether the server may have accepted the e-mail on which a connection broke.

    True for a backend that does not track it.
    """
    smtp_connection = getattr(mail, "connection", None)
    return not isinstance(smtp_connection, TrackingSMTP) or smtp_connection.has_begun_data
