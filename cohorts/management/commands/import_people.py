from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.importing.columns import guess_columns
from cohorts.importing.people import read_people
from cohorts.importing.reader import MAX_BYTES, TOO_MANY_BYTES, read_table
from cohorts.importing.table import Table, UnreadableFile
from cohorts.management.lookup import find_cohort
from cohorts.people_import import Plan, RowResult, make_plan, save_plan


class Command(BaseCommand):
    @property
    def help(self) -> str:  # type: ignore[override]
        return _("Import people from a CSV or XLSX file into a cohort.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help=_("the cohort’s name, or the id in its URL"))
        parser.add_argument("file", type=Path, help=_("a .csv or .xlsx file, up to 5 MB"))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("show what would happen, and save nothing")
        )

    def handle(self, *args: Any, cohort: str, file: Path, dry_run: bool, **options: Any) -> None:
        into = find_cohort(cohort)
        table = read_file(file)
        plan = make_plan(into, read_people(table, guess_columns(table), {}))
        self.report(plan, table)
        if set(plan.counts) == {RowResult.WRONG}:
            raise CommandError(_("Nothing was saved: every row has an error."))
        if dry_run:
            self.stdout.write(_("Nothing was saved."))
            return
        try:
            save_plan(into, plan, by=None, at=timezone.now())
        except DatabaseError as problem:
            raise CommandError(
                _("Nothing was saved: %(problem)s") % {"problem": problem}
            ) from problem
        sentence = ngettext(
            "%(count)d person added to %(cohort)s.",
            "%(count)d people added to %(cohort)s.",
            len(plan.coming),
        )
        self.stdout.write(sentence % {"count": len(plan.coming), "cohort": into})

    def report(self, plan: Plan, table: Table) -> None:
        """Print the number of rows by result, and each row with an error, merged or cancelled."""
        for note in table.notes:
            self.stdout.write(note)
        for result, count in plan.counts.items():
            self.stdout.write(f"{result.label}: {count}")
            if result in (RowResult.WRONG, RowResult.MERGED, RowResult.CANCELLED):
                for planned in plan.of(result):
                    self.stdout.write(
                        _("  Row %(number)d, %(person)s: %(remarks)s")
                        % {
                            "number": planned.row.number,
                            "person": planned.row.name or planned.row.email or _("no name"),
                            "remarks": " ".join(planned.remarks),
                        }
                    )


def read_file(file: Path) -> Table:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(str(TOO_MANY_BYTES))
        return read_table(file.read_bytes(), file.name)
    except OSError as problem:
        raise CommandError(
            _("%(file)s can’t be read: %(problem)s.") % {"file": file, "problem": problem.strerror}
        ) from problem
    except UnreadableFile as unreadable:
        raise CommandError(unreadable.sentence) from unreadable
