import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
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
from django.utils.translation import gettext as _

from outbox.bounces import imap
from outbox.delivery.loop import take_turn

PAUSE_SECONDS = 60
SECONDS_BETWEEN_PROMPT_TASKS = 5
TURNS_PER_BOUNCE_READING = 5
TURNS_PER_HOUR = 60


class Command(BaseCommand):
    """A command that runs the sending loop once, or every minute with --loop, without Celery."""

    help = _("Send the messages that are due.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--at", metavar="ISO", help=_("as of this time, for example 2027-03-17T09:00+00:00")
        )
        how.add_argument(
            "--loop", action="store_true", help=_("take a turn every minute until interrupted")
        )

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
            self.run(tasks_of_turn(number))
            for _pause in range(PAUSE_SECONDS // SECONDS_BETWEEN_PROMPT_TASKS):
                if stopped.wait(SECONDS_BETWEEN_PROMPT_TASKS):
                    return
                self.run(map(import_string, settings.PROMPT_TASKS))

    def run(self, tasks: Iterable[Callable[[], object]]) -> None:
        """Run the tasks. Write what fails to stderr, and go on."""
        for task in tasks:
            close_old_connections()
            try:
                task()
            except Exception as error:
                # The database may be unavailable. The next run does what this one could not.
                self.stderr.write(_("A turn failed: %(error)s") % {"error": error})


def tasks_of_turn(number: int) -> Iterator[Callable[[], object]]:
    """Yield the functions to call in a turn of the loop.

    `number` counts the turns from 0. A turn starts about once a minute.
    """
    yield take_turn
    yield from map(import_string, settings.MINUTELY_TASKS)
    if settings.BOUNCE_MAILBOX_URL and number % TURNS_PER_BOUNCE_READING == 0:
        yield imap.try_to_read
    if number % TURNS_PER_HOUR == 0:
        yield from map(import_string, settings.HOURLY_TASKS)


def aware_moment(text: str) -> datetime:
    """Parse an ISO date and time, by default in the site's time zone. CommandError if invalid."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(
            _("Enter a date and time, for example 2027-03-17T09:00+00:00, not “%(text)s”.")
            % {"text": text}
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
