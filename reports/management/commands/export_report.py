from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cohorts.management.lookup import cohort_called
from reports.downloads import FORMATS, report_file
from ui.pdf import TypesettingError


class Command(BaseCommand):
    help = "Write a cohort's report to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help="its name, or the id in its page's address")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", metavar="PATH", type=Path, required=True)

    def handle(self, *args: Any, cohort: str, format: str, output: Path, **options: Any) -> None:
        wanted = cohort_called(cohort)
        try:
            file = report_file(wanted, format, timezone.now())
            output.write_bytes(file.content)
        except TypesettingError as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(
                f"The report cannot be written to {output}: {problem.strerror}."
            ) from problem
        self.stdout.write(f"The report of {wanted} is in {output}: {file.standing}.")
