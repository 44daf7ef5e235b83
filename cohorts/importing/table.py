"""A table as read from a file, before its columns have a meaning."""

from dataclasses import dataclass

from django_stubs_ext import StrPromise


class UnreadableFile(Exception):  # noqa: N818 - it is the file that is at fault
    """The file can't be read. The sentence tells its owner why, and what to do."""

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
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows. Every row has one cell for each heading."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    has_headings: bool
    heading_row: int | None = None
    sheet: str = ""
    notes: tuple[str, ...] = ()
