from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outbox.management.commands.send_due import aware_moment
from privacy.retention import step


class Command(BaseCommand):
    """One step, in the foreground, of what Celery does each hour."""

    help = "Tell cohorts whose time is nearly over, and delete what was kept of those whose time is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="ISO", help="as of this moment, such as 2028-03-17T09:00+00:00"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = aware_moment(options["at"]) if options["at"] else timezone.now()
        self.stdout.write(f"{step(at=moment)}.")
