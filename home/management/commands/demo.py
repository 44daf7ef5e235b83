import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Cohort
from home.demo.building import Demo
from ui.numbers import joined_by_and


class Command(BaseCommand):
    """Load the demo: three cohorts of made-up people. Changes nothing if any cohort exists."""

    help = "Load the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                _("DEMO is off. Set DEMO=1 to load made-up people; never beside real ones.")
            )
        if Cohort.objects.exists():
            self.stdout.write(_("There are cohorts already, so nothing was loaded."))
            return
        with without_sending_logs():
            cohorts = Demo(timezone.now()).build()
        self.stdout.write(
            ngettext(
                "Loaded %(count)d cohort: %(names)s.",
                "Loaded %(count)d cohorts: %(names)s.",
                len(cohorts),
            )
            % {"count": len(cohorts), "names": joined_by_and(cohorts)}
        )


@contextmanager
def without_sending_logs() -> Iterator[None]:
    """Context manager: suppress the outbox's log messages below the level WARNING."""
    logger = logging.getLogger("outbox")
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(logging.NOTSET)
