from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.management.lookup import find_cohort
from reports.downloads import FORMATS, report_file
from reports.reflection_rate import store_bands
from ui.pdf import TypesettingError


class Command(BaseCommand):
    help = gettext_lazy("Write a cohort's report to a file.")  # type: ignore[assignment]  # lazy

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help=_("the cohort's name, or the id in its URL"))
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--output", metavar="PATH", type=Path, required=True)

    def handle(self, *args: Any, cohort: str, format: str, output: Path, **options: Any) -> None:
        wanted, now = find_cohort(cohort), timezone.now()
        store_bands(at=now, cohort=wanted)
        try:
            file = report_file(wanted, format, now)
            output.write_bytes(file.content)
        except TypesettingError as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(
                _("Can’t write the report to %(path)s: %(problem)s.")
                % {"path": output, "problem": problem.strerror}
            ) from problem
        self.stdout.write(
            _("Wrote the report of %(cohort)s to %(path)s (%(status)s).")
            % {"cohort": wanted, "path": output, "status": file.status}
        )
