"""Helpers that read people from files and from rows of cells, for the tests of the import."""

from pathlib import Path

from cohorts.importing.columns import Field, guess_columns
from cohorts.importing.people import Row, read_people
from cohorts.importing.reader import read_table
from cohorts.importing.table import Table, TableRow

DATA = Path(__file__).parents[2] / "data"
COLUMNS = (
    Field.NAME, Field.EMAIL, Field.ORGANISATION, Field.SECTOR, Field.JOB_TITLE, Field.NEEDS,
    Field.STATUS,
)  # fmt: skip
HEADINGS = ("Name", "Email", "Organisation", "Sector", "Job title", "Needs", "Status")
BIDI = "\u202e"


def read_file(content: bytes, sectors: dict[str, str] | None = None) -> list[Row]:
    table = read_table(content, "people")
    return read_people(table, guess_columns(table), sectors or {})


def read_rows(*rows: dict[Field, str], sectors: dict[str, str] | None = None) -> list[Row]:
    table = Table(
        headings=HEADINGS,
        rows=tuple(
            TableRow(number, tuple(row.get(field, "") for field in COLUMNS))
            for number, row in enumerate(rows, start=2)
        ),
        has_headings=True,
    )
    return read_people(table, COLUMNS, sectors or {})


def person(
    name: str = "Amina Patel", email: str = "amina@example.org", **cells: str
) -> dict[Field, str]:
    return {Field.NAME: name, Field.EMAIL: email} | {
        Field(field): text for field, text in cells.items()
    }


def name_of(cell: str) -> str:
    return read_rows(person(cell))[0].name
