"""A table as read from a file, before its columns are assigned to fields."""

from dataclasses import dataclass

from django_stubs_ext import StrPromise


class UnreadableFile(Exception):  # noqa: N818 - it is the file that is at fault
    """The error for a file that can't be read. `sentence` tells the user why, and what to do."""

    def __init__(self, sentence: str | StrPromise) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the file, with the row number that a spreadsheet shows."""

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
    so on. `notes` are sentences that tell the user how the file was read. `encoding` is the guessed
    encoding of the text; it is empty if the bytes of the file identify the encoding.
    """

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    has_headings: bool
    heading_row: int | None = None
    sheet: str = ""
    notes: tuple[str, ...] = ()
    encoding: str = ""
