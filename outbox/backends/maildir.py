"""An e-mail backend that writes to a Maildir in `var/mail`, for sites without a mail server."""

import mailbox
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """An e-mail backend that writes each e-mail to its own file: safe for concurrent processes."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = open_mail_folder()
        for message in email_messages:
            folder.add(message.message().as_bytes())
        return len(email_messages)


def open_mail_folder() -> mailbox.Maildir:
    settings.MAIL_FOLDER.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(settings.MAIL_FOLDER, create=True)
