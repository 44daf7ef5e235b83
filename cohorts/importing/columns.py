"""Guesses of what each column of a table means, from its heading or else from its cells.

Columns of names are guessed from headings only, except for one column in a table without headings.
The page shows the guesses, and users can change them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from accounts.names import is_honorific
from cohorts.importing.addresses import is_address, is_blank_word
from cohorts.importing.column_names import Field, field_of, is_ignored_heading
from cohorts.importing.names import clean
from cohorts.importing.sectors import guess_sector, is_sector_word
from cohorts.importing.statuses import attendance_of, is_role
from cohorts.importing.table import Table

__all__ = ["MAY_REPEAT", "Field", "guess_columns"]

# Fields that several columns may contain. The cells of these columns are joined: some tools ask for
# dietary needs in one column and for access needs in another.
MAY_REPEAT = frozenset({Field.NEEDS})
# At most this many rows are read to guess the meaning of a column.
SAMPLE = 500

ORGANISATION_WORDS = re.compile(
    r"\b(?:ltd|limited|plc|llp|cic|cio|council|nhs|trust|police|constabulary|university|college|"
    r"school|academy|association|foundation|charity|hospital|housing|group|partnership|services?|"
    r"community|centre|fire|company|pharmacy|practice|carers|foodbank|inc|icb|authority|society|"
    r"alliance|network|hub|enterprises?)\b",
    re.IGNORECASE,
)
JOB_WORDS = re.compile(
    r"\b(?:manager|director|officer|head|lead|leader|chief|trustee|co-?ordinator|nurse|inspector|"
    r"sergeant|superintendent|volunteer|owner|founder|partner|ceo|coo|cfo|chair|secretary|"
    r"assistant|adviser|advisor|consultant|worker|teacher|headteacher|doctor|gp|commissioner|"
    r"administrator|analyst|supervisor|engineer|practitioner|therapist|executive|matron|warden|"
    r"planner|solicitor|accountant|president|specialist)\b",
    re.IGNORECASE,
)
NEEDS_WORDS = re.compile(
    r"\b(?:vegetarian|vegan|halal|kosher|gluten|coeliac|celiac|dairy|lactose|nuts?|allerg\w+|"
    r"pescatarian|step[- ]free|wheelchair|bsl|hearing loop|interpreter|large print|parking|"
    r"mobility|intoleran\w+)\b",
    re.IGNORECASE,
)
NAME_SHAPE = re.compile(r"[^\W\d_][^\d_@:;/\\=+<>\[\]{}|]*\Z")
COMMON_ANSWERS = frozenset({"yes", "no", "y", "n", "true", "false", "0", "1"})


@dataclass(frozen=True)
class Column:
    """A column's heading and its first SAMPLE cells."""

    index: int
    heading: str
    cells: tuple[str, ...]

    @cached_property
    def filled_cells(self) -> tuple[str, ...]:
        """The cleaned cells, without blank ones and those that say “n/a” or the like."""
        cleaned = (clean(cell)[0] for cell in self.cells)
        return tuple(words for words in cleaned if not is_blank_word(words))

    def share(self, matches: Iterable[bool]) -> float:
        """Return the number of true items in `matches`, divided by the number of all rows."""
        return sum(matches) / len(self.cells) if self.cells else 0.0

    @cached_property
    def address_share(self) -> float:
        """The fraction of rows whose cell is an e-mail address."""
        return self.share(is_address(cell) for cell in self.filled_cells)

    @property
    def heading_field(self) -> Field:
        """The field that the heading means; IGNORED if the heading is unknown."""
        return field_of(self.heading)[0]

    @property
    def is_open_to_guesses(self) -> bool:
        """Whether to guess the field from the cells: the heading is unknown, or fits no cell."""
        if is_ignored_heading(self.heading) or not self.filled_cells:
            return False
        if all(is_role(cell) for cell in self.filled_cells):
            return False
        return self.heading_field is Field.IGNORED or fit(self, self.heading_field) == 0

    @cached_property
    def name_share(self) -> float:
        """The fraction of rows whose cell could be a name."""
        return self.share(
            len(cell) < 120 and NAME_SHAPE.match(cell) is not None for cell in self.filled_cells
        )

    @cached_property
    def has_several_words(self) -> bool:
        """Whether more than 60% of the filled cells have several words."""
        return sum(1 for cell in self.filled_cells if len(cell.split()) > 1) > 0.6 * len(
            self.filled_cells
        )


def guess_columns(table: Table) -> list[Field]:
    """Return the guessed field of each column.

    Only needs and ignored columns can occur more than once. The result never contains both a
    whole name and a first name or surname.
    """
    columns = [
        Column(
            index,
            heading if table.has_headings else "",
            tuple(row.cells[index] for row in table.rows[:SAMPLE]),
        )
        for index, heading in enumerate(table.headings)
    ]
    taken: dict[Field, Column] = {}
    _take_email(columns, taken)
    for field in Field:
        if field not in (Field.EMAIL, Field.NEEDS, Field.IGNORED):
            _take_by_heading(field, columns, taken)
    _choose_whole_name_or_parts(taken)
    for field in (Field.SECTOR, Field.STATUS, Field.NEEDS, Field.ORGANISATION, Field.JOB_TITLE):
        if field not in taken and not (field is Field.NEEDS and _needs_by_heading(columns, taken)):
            _take_by_content(field, columns, taken)
    if not table.has_headings:
        _take_name_without_headings(columns, taken)
        _take_organisation_without_headings(columns, taken)
    guesses = [Field.IGNORED] * len(columns)
    for field, column in taken.items():
        guesses[column.index] = field
    for column in _needs_by_heading(columns, taken):
        guesses[column.index] = Field.NEEDS
    return guesses


def _take_email(columns: list[Column], taken: dict[Field, Column]) -> None:
    """Add the column of e-mail addresses to `taken`.

    If several columns contain addresses, the headings decide.
    """

    def score(column: Column) -> float:
        says, strength = field_of(column.heading)
        sure = strength if says is Field.EMAIL else 0
        if column.address_share:
            asked = 0.25 if re.search(r"\b(?:work|your)\b", column.heading, re.IGNORECASE) else 0.0
            mostly = column.address_share * len(column.cells) >= 0.5 * len(column.filled_cells)
            return 2 * column.address_share + sure + asked if sure or mostly else 0.0
        return 0.1 * sure if sure > 1 else 0.0

    likely = [
        column for column in columns if score(column) and not is_ignored_heading(column.heading)
    ]
    if likely:
        taken[Field.EMAIL] = max(likely, key=score)


def _take_by_heading(field: Field, columns: list[Column], taken: dict[Field, Column]) -> None:
    """Add to `taken` the best unused column whose heading means the field, if there is any."""

    def score(column: Column) -> float:
        strength = field_of(column.heading)[1]
        suits = fit(column, field)
        return strength + 2 * suits if suits else 0.1 * strength

    likely = [
        column
        for column in columns
        if column.heading_field is field
        and column not in taken.values()
        and (fit(column, field) > 0 or not column.filled_cells)
    ]
    if likely:
        taken[field] = max(likely, key=score)


def fit(column: Column, field: Field) -> float:
    """Return how well cells suit a field: the fraction of rows whose cell can be its value.

    A cell in a column of sectors counts less if its words are not a sector that we know.
    """
    match field:
        case Field.EMAIL:
            return column.address_share
        case Field.NAME | Field.FIRST_NAME | Field.SURNAME:
            return column.name_share
        case Field.STATUS:
            return column.share(
                attendance_of(cell, column.heading) is not None for cell in column.filled_cells
            )
        case Field.SECTOR:
            known = column.share(guess_sector(cell) is not None for cell in column.filled_cells)
            return (
                0.7 * known
                + 0.3 * column.share(bool(cell) for cell in column.filled_cells)
                - column.address_share
            )
        case Field.JOB_TITLE:
            return column.share(
                not (is_honorific(cell) or is_address(cell) or is_role(cell))
                for cell in column.filled_cells
            )
        case Field.IGNORED:
            return 0.0
        case _:
            return column.share(not is_address(cell) for cell in column.filled_cells)


def _choose_whole_name_or_parts(taken: dict[Field, Column]) -> None:
    """Remove from `taken` either the whole name, or the first name and surname.

    If all three were found, removes the less certain. If only a first name or only a surname was
    found, a “Name” column of single words becomes the missing part.
    """
    whole, first, last = (
        taken.get(field) for field in (Field.NAME, Field.FIRST_NAME, Field.SURNAME)
    )
    if whole is None or not (first or last):
        return
    if first and last:
        parts_win = not whole.filled_cells or _confidence(whole) <= min(
            _confidence(first), _confidence(last)
        )
        dropped = (Field.NAME,) if parts_win else (Field.FIRST_NAME, Field.SURNAME)
    elif whole.filled_cells and whole.has_several_words:
        dropped = (Field.FIRST_NAME, Field.SURNAME)
    else:
        # Beside a column “Surname”, a column “Name” of single words contains first names.
        dropped = (Field.NAME,)
        if whole.filled_cells:
            taken[Field.SURNAME if first else Field.FIRST_NAME] = whole
    for field in dropped:
        taken.pop(field, None)


def _confidence(column: Column) -> float:
    """Return how certain it is that a column contains names, by its heading and its cells."""
    return field_of(column.heading)[1] + 2 * column.name_share


def _take_name_without_headings(columns: list[Column], taken: dict[Field, Column]) -> None:
    """Add to `taken` the first unused column whose cells could be whole names."""
    for column in columns:
        if column not in taken.values() and column.has_several_words and column.name_share > 0.5:
            taken[Field.NAME] = column
            return


def _take_organisation_without_headings(columns: list[Column], taken: dict[Field, Column]) -> None:
    """Add to `taken` the only unused column beside names and addresses, if its cells are words."""
    unused = [column for column in columns if column not in taken.values() and column.filled_cells]
    if len(unused) != 1 or Field.NAME not in taken or Field.ORGANISATION in taken:
        return
    (column,) = unused
    words = [
        cell
        for cell in column.filled_cells
        if any(c.isalpha() for c in cell) and not is_role(cell) and attendance_of(cell) is None
    ]
    if 2 * len(words) > len(column.cells):
        taken[Field.ORGANISATION] = column


def _take_by_content(field: Field, columns: list[Column], taken: dict[Field, Column]) -> None:
    """Add to `taken` the first unused column whose cells look like values of the field."""
    likely = [
        column
        for column in columns
        if column not in taken.values() and column.is_open_to_guesses and _looks_like(column, field)
    ]
    if likely:
        taken[field] = likely[0]


def _looks_like(column: Column, field: Field) -> bool:
    """Return whether the cells are very probably values of the field."""
    cells = column.filled_cells
    kinds = {cell.casefold() for cell in cells}

    def most(fraction: float, matches: Iterable[bool]) -> bool:
        return sum(matches) >= fraction * len(cells)

    if column.address_share:
        return False
    match field:
        case Field.SECTOR:
            return len(kinds) <= 12 and most(0.6, (is_sector_word(cell) for cell in cells))
        case Field.STATUS:
            known = (attendance_of(cell) is not None for cell in cells)
            return len(kinds) <= 8 and not kinds & COMMON_ANSWERS and most(0.9, known)
        case Field.NEEDS:
            return most(0.5, (len(cell) < 300 and bool(NEEDS_WORDS.search(cell)) for cell in cells))
        case Field.ORGANISATION:
            return most(
                0.3, (len(cell) < 120 and bool(ORGANISATION_WORDS.search(cell)) for cell in cells)
            )
        case Field.JOB_TITLE:
            return most(0.4, (len(cell) < 80 and bool(JOB_WORDS.search(cell)) for cell in cells))
        case _:
            return False


def _needs_by_heading(columns: list[Column], taken: dict[Field, Column]) -> list[Column]:
    """Return the unused columns whose headings ask for dietary or access needs.

    If all the headings are vague, such as “Lunch”, returns only the first column.
    """
    asking = [
        column
        for column in columns
        if column.heading_field is Field.NEEDS and column not in taken.values()
    ]
    strong = [column for column in asking if field_of(column.heading)[1] > 1]
    return strong or asking[:1]
