"""Django's mail backend, over connections that know whether a mail server may have the letter on which they broke."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTP, SMTP_SSL
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend


class TrackingSMTP(SMTP):
    """Between a letter's MAIL and its DATA the server has nothing of it yet."""

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


def may_be_out(mail: BaseEmailBackend) -> bool:
    """Of the letter on which a connection broke: may the server have it? Of one that can't tell: it may."""
    spoken = getattr(mail, "connection", None)
    return not isinstance(spoken, TrackingSMTP) or spoken.has_begun_data
