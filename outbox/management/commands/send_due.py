import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from itertools import count
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from outbox.bounces import imap
from outbox.delivery.loop import take_turn

PAUSE_SECONDS = 60
TURNS_A_READING = 5
TURNS_AN_HOUR = 60


class Command(BaseCommand):
    """One turn of the sending loop in the foreground; with --loop, one a minute until stopped, for want of Celery."""

    help = "Send the messages that are owed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--at", metavar="ISO", help="as of this moment, such as 2027-03-17T09:00+00:00"
        )
        how.add_argument("--loop", action="store_true", help="a turn a minute, until interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["loop"]:
            self.loop()
        elif options["at"]:
            moment = aware_moment(options["at"])
            self.stdout.write(f"{take_turn(lambda: moment)}.")
        else:
            self.stdout.write(f"{take_turn()}.")

    def loop(self) -> None:
        stopped = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopped.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        for number in count():
            close_old_connections()
            try:
                take_turn()
                if settings.BOUNCE_MAILBOX_URL and number % TURNS_A_READING == 0:
                    imap.try_to_read()
                if number % TURNS_AN_HOUR == 0:
                    for task in settings.HOURLY_TASKS:
                        import_string(task)()
            except Exception as error:
                # The database may be away for a minute; the next turn makes up for this one.
                self.stderr.write(f"A turn failed: {error}")
            if stopped.wait(PAUSE_SECONDS):
                break


def aware_moment(text: str) -> datetime:
    """An ISO date and time; without an offset it is read in the site's time zone."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(
            f"{text!r} is no date and time: write 2027-03-17T09:00+00:00, for instance."
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
