from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from outbox.bounces.imap import MailboxError, read_mailbox


class Command(BaseCommand):
    """What Celery's beat and `send_due --loop` do every five minutes, once and in the foreground."""

    help = "Read the mailbox in which reports of mail that came back arrive."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_MAILBOX_URL:
            raise CommandError(
                "BOUNCE_MAILBOX_URL is not set: there is no mailbox to read. See docs/running.md."
            )
        try:
            self.stdout.write(f"{read_mailbox()}.")
        except MailboxError as error:
            raise CommandError(f"The mailbox of reports could not be read: {error}") from error
