"""Lists of 2,000 people as CSV and XLSX, the longest that a facilitator may import."""

import csv
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

ROWS = 2000
QUESTIONS = 13
SYLLABLES = ("ba", "di", "fen", "gor", "ha", "ken", "lo", "mar", "ne", "ton")
HEADINGS = ("Name", "Email", "Organisation", "Sector", "Job title", "Access needs", "Status")


def rows() -> Iterator[list[str]]:
    """Yield the rows of a list of people, as tools for online forms export it.

    The list has twenty columns, of which Convenor imports seven.
    """
    yield [*HEADINGS, *(f"Question {n}" for n in range(1, QUESTIONS + 1))]
    for n in range(ROWS):
        name = "".join(SYLLABLES[int(digit)] for digit in f"{n:04}").capitalize()
        facts = [f"Amina {name}", f"amina.{name.lower()}@example.org", f"Organisation {n % 90}"]
        facts += ["Public sector", "Manager"]
        yield [
            *facts,
            "",
            "Attending",
            *[f"What I hope for, in a sentence or two: {n}"] * QUESTIONS,
        ]


def make_lists(folder: Path) -> list[Path]:
    text, book = folder / "people.csv", folder / "people.xlsx"
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows())
    with xlsxwriter.Workbook(book, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows()):
            sheet.write_row(number, 0, row)
    return [text, book]
