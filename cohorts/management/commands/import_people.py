from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from cohorts.importing.columns import guess_columns
from cohorts.importing.people import read_people
from cohorts.importing.reader import MAX_BYTES, TOO_MANY_BYTES, read_table
from cohorts.importing.table import Table, UnreadableFile
from cohorts.management.lookup import cohort_called
from cohorts.people_import import Fate, Plan, make_plan, save_plan


class Command(BaseCommand):
    help = "Bring the people of a CSV or XLSX file into a cohort, as its page for that does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", help="its name, or the id in its page's address")
        parser.add_argument("file", type=Path, help="a .csv or .xlsx file, up to 5 MB")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and save nothing"
        )

    def handle(self, *args: Any, cohort: str, file: Path, dry_run: bool, **options: Any) -> None:
        into = cohort_called(cohort)
        table = read_file(file)
        plan = make_plan(into, read_people(table, guess_columns(table), {}))
        self.say(plan, table)
        if set(plan.counts) == {Fate.WRONG}:
            raise CommandError("Nothing is saved: every row is wrong.")
        if dry_run:
            self.stdout.write("Nothing is saved.")
            return
        try:
            save_plan(into, plan, by=None, at=timezone.now())
        except DatabaseError as problem:
            raise CommandError(f"Nothing is saved: {problem}") from problem
        self.stdout.write(f"{into}: {len(plan.coming)} brought in.")

    def say(self, plan: Plan, table: Table) -> None:
        """How many rows go each way; those that need a look one by one."""
        for note in table.notes:
            self.stdout.write(note)
        for fate, count in plan.counts.items():
            self.stdout.write(f"{fate.label}: {count}")
            if fate in (Fate.WRONG, Fate.MERGED, Fate.CANCELLED):
                for planned in plan.of(fate):
                    who = planned.row.name or planned.row.email or "nobody named"
                    self.stdout.write(
                        f"  row {planned.row.number}, {who}: {' '.join(planned.remarks)}"
                    )


def read_file(file: Path) -> Table:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(TOO_MANY_BYTES)
        return read_table(file.read_bytes(), file.name)
    except OSError as problem:
        raise CommandError(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnreadableFile as unreadable:
        raise CommandError(unreadable.sentence) from unreadable
