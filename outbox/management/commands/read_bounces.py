from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from outbox.bounces.imap import MailboxError, read_mailbox


class Command(BaseCommand):
    """A command that reads the bounce mailbox once.

    Celery's beat and `send_due --loop` do the same every five minutes.
    """

    help = _("Read delivery reports from the bounce mailbox.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_MAILBOX_URL:
            raise CommandError(
                _("Set BOUNCE_MAILBOX_URL: there is no mailbox to read. See docs/running.md.")
            )
        try:
            self.stdout.write(f"{read_mailbox()}.")
        except MailboxError as error:
            raise CommandError(
                _("The bounce mailbox could not be read: %(error)s") % {"error": error}
            ) from error
