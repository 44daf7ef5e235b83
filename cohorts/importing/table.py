"""A table as read from a file, before its columns have a meaning."""

from dataclasses import dataclass

from django_stubs_ext import StrPromise


class UnreadableFile(Exception):  # noqa: N818 - it is the file that is at fault
    """The error for a file that can't be read. `sentence` tells the user why, and what to do."""

    def __init__(self, sentence: str | StrPromise) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the file, with the number that a spreadsheet shows."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not any(cell and not cell.isspace() for cell in self.cells)

    @property
    def filled_count(self) -> int:
        """The number of cells that are not blank."""
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows. Every row has one cell for each heading.

    If the file has no row of headings, `has_headings` is False, and `headings` are “Column A” and
    so on. `notes` are sentences for the user about what was not read. `encoding` is the one that
    the text was decoded with, if the file does not say which it is; otherwise it is empty.
    """

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    has_headings: bool
    heading_row: int | None = None
    sheet: str = ""
    notes: tuple[str, ...] = ()
    encoding: str = ""
