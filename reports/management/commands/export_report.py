from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cohorts.commands import cohort_called
from reports.figures import Figures, figures_of
from reports.sheets import as_csv, as_xlsx

FORMATS = {"csv": as_csv, "xlsx": as_xlsx}


class Command(BaseCommand):
    help = "Write a cohort's report to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help="its name, or the id in its page's address")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", metavar="PATH", type=Path, required=True)

    def handle(self, *args: Any, cohort: str, format: str, output: Path, **options: Any) -> None:
        figures = figures_of(cohort_called(cohort), timezone.now())
        try:
            output.write_bytes(FORMATS[format](figures))
        except OSError as problem:
            raise CommandError(f"The report cannot be written to {output}: {problem.strerror}.") from problem
        self.stdout.write(f"The report of {figures.cohort} is in {output}: {summary(figures)}.")


def summary(figures: Figures) -> str:
    return f"{figures.held} of {figures.planned} workshops held"
