from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from outbox.management.commands.send_due import aware_moment
from privacy.retention import step


class Command(BaseCommand):
    """Runs `privacy.retention.step` once, as the hourly Celery task does."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Notify cohorts whose retention period is nearly over, and delete the data of those whose "
        "period is over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at",
            metavar="ISO",
            help=gettext("act as of this moment, such as 2028-03-17T09:00+00:00"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = aware_moment(options["at"]) if options["at"] else timezone.now()
        self.stdout.write(f"{step(at=moment)}.")
