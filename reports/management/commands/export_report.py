from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from cohorts.models import Cohort
from reports.figures import Figures, figures_of
from reports.sheets import as_csv, as_xlsx

FORMATS = {"csv": lambda figures: as_csv(figures).encode(), "xlsx": as_xlsx}


class Command(BaseCommand):
    """Writes a cohort's report to a file."""

    help = "Write a cohort's report to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cohort", metavar="COHORT", help="its name, or the id in its address")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", metavar="PATH", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        figures = figures_of(cohort_called(options["cohort"]), timezone.now())
        path: Path = options["output"]
        try:
            path.write_bytes(FORMATS[options["format"]](figures))
        except OSError as error:
            raise CommandError(f"The report could not be written to {path}: {error.strerror}.") from error
        self.stdout.write(f"Wrote the report of {figures.cohort} to {path}: {summary(figures)}.")


def cohort_called(text: str) -> Cohort:
    found = Cohort.objects.select_related("programme").filter(Q(name=text) | Q(public_id=text)).first()
    if found is None:
        raise CommandError(f"There is no cohort {text!r}: give its name, or the id in its address.")
    return found


def summary(figures: Figures) -> str:
    return f"{figures.held} of {figures.planned} workshops held, {figures.enrolled} people"
