import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cohorts.models import Cohort
from home.demo.building import Demo


class Command(BaseCommand):
    """Loads the demo: three cohorts of made-up people. A second time changes nothing."""

    help = "Load the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "DEMO is off: made-up people don't belong beside real ones. Set DEMO=1 to load them."
            )
        if Cohort.objects.exists():
            self.stdout.write("There are cohorts already, so the demo was left as it is.")
            return
        with sending_quietly():
            cohorts = Demo(timezone.now()).build()
        self.stdout.write(
            f"Loaded {len(cohorts)} cohorts: {', '.join(cohort.name for cohort in cohorts)}."
        )


@contextmanager
def sending_quietly() -> Iterator[None]:
    """Without a line in the log for each of the messages of all these months."""
    logger = logging.getLogger("outbox")
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(logging.NOTSET)
