"""What a person's file holds, before anyone says what its columns mean."""

from dataclasses import dataclass


class UnreadableFile(Exception):  # noqa: N818 - it is the file that is at fault
    """The file cannot be read; the sentence tells its owner why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the file, numbered as a spreadsheet shows it."""

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
    """Headings and the rows beneath them; every row has one cell for each heading."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    has_headings: bool
    heading_row: int | None = None
    sheet: str = ""
    notes: tuple[str, ...] = ()
