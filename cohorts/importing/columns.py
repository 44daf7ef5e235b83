"""What each column of a table is taken for: by its heading, or by its cells when that says nothing or lies."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cohorts.importing.addresses import is_address, is_blank_word, phrases_in, unwrap
from cohorts.importing.column_names import Field, field_of, says_ignored
from cohorts.importing.names import clean
from cohorts.importing.sectors import guess_sector, is_sector_word
from cohorts.importing.statuses import standing_of
from cohorts.importing.table import Table

__all__ = ["MAY_REPEAT", "Field", "guess_columns"]

# Tools ask for diets and for access in two columns; nobody should lose either. Their words are joined.
MAY_REPEAT = frozenset({Field.NEEDS})
SAMPLE = 500

HONORIFICS = phrases_in(
    "mr|mrs|ms|miss|mx|dr|prof|professor|rev|revd|sir|dame|lord|lady|cllr|councillor"
)
ORGANISATION_WORDS = re.compile(
    r"\b(?:ltd|limited|plc|llp|cic|cio|council|nhs|trust|police|constabulary|university|college|school|academy|"
    r"association|foundation|charity|hospital|housing|group|partnership|services?|community|centre|fire|company|"
    r"pharmacy|practice|carers|foodbank|inc|icb|authority|society|alliance|network|hub|enterprises?)\b",
    re.IGNORECASE,
)
JOB_WORDS = re.compile(
    r"\b(?:manager|director|officer|head|lead|leader|chief|trustee|co-?ordinator|nurse|inspector|sergeant|"
    r"superintendent|volunteer|owner|founder|partner|ceo|coo|cfo|chair|secretary|assistant|adviser|advisor|"
    r"consultant|worker|teacher|headteacher|doctor|gp|commissioner|administrator|analyst|supervisor|engineer|"
    r"practitioner|therapist|executive|matron|warden|planner|solicitor|accountant|president|specialist)\b",
    re.IGNORECASE,
)
NEEDS_WORDS = re.compile(
    r"\b(?:vegetarian|vegan|halal|kosher|gluten|coeliac|celiac|dairy|lactose|nuts?|allerg\w+|pescatarian|"
    r"step[- ]free|wheelchair|bsl|hearing loop|interpreter|large print|parking|mobility|intoleran\w+)\b",
    re.IGNORECASE,
)
NAME_SHAPE = re.compile(r"[^\W\d_][^\d_@:;/\\=+<>\[\]{}|]*\Z")
COMMON_ANSWERS = frozenset({"yes", "no", "y", "n", "true", "false", "0", "1"})


@dataclass(frozen=True)
class Column:
    """A column's heading and the first of its cells, one a row."""

    index: int
    heading: str
    cells: tuple[str, ...]

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """What its cells say, as it will be kept: without the signs that nobody sees."""
        said = (clean(cell)[0] for cell in self.cells)
        return tuple(words for words in said if not is_blank_word(words))

    def share(self, held: Iterable[bool]) -> float:
        """The part of all rows for which something holds."""
        return sum(held) / len(self.cells) if self.cells else 0.0

    @cached_property
    def addresses(self) -> float:
        return self.share(is_address(cell) for cell in self.filled)

    @property
    def says(self) -> Field:
        return field_of(self.heading)[0]

    @property
    def is_open_to_guesses(self) -> bool:
        """Whether its heading says nothing we know, or says what is plainly not beneath it."""
        if says_ignored(self.heading) or not self.filled:
            return False
        return self.says is Field.IGNORED or fit(self, self.says) == 0

    @cached_property
    def name_like(self) -> float:
        return self.share(
            len(cell) < 120 and NAME_SHAPE.match(cell) is not None for cell in self.filled
        )

    @cached_property
    def of_several_words(self) -> bool:
        return sum(1 for cell in self.filled if len(cell.split()) > 1) > 0.6 * len(self.filled)


def guess_columns(table: Table) -> list[Field]:
    """One field for each column, each field at most once (but for needs); never both a name and its parts."""
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
    _settle_names(taken)
    _take_names_by_content(columns, taken)
    for field in (Field.SECTOR, Field.STATUS, Field.NEEDS, Field.ORGANISATION, Field.JOB_TITLE):
        if field not in taken and not (field is Field.NEEDS and _needs_by_heading(columns, taken)):
            _take_by_content(field, columns, taken)
    guesses = [Field.IGNORED] * len(columns)
    for field, column in taken.items():
        guesses[column.index] = field
    for column in _needs_by_heading(columns, taken):
        guesses[column.index] = Field.NEEDS
    return guesses


def _take_email(columns: list[Column], taken: dict[Field, Column]) -> None:
    """The column with addresses beneath it; a heading decides only between columns that have them."""

    def score(column: Column) -> float:
        says, strength = field_of(column.heading)
        sure = strength if says is Field.EMAIL else 0
        if column.addresses:
            asked = 0.25 if re.search(r"\b(?:work|your)\b", column.heading, re.IGNORECASE) else 0.0
            mostly = column.addresses * len(column.cells) >= 0.5 * len(column.filled)
            return 2 * column.addresses + sure + asked if sure or mostly else 0.0
        return 0.1 * sure if sure > 1 else 0.0

    likely = [column for column in columns if score(column) and not says_ignored(column.heading)]
    if likely:
        taken[Field.EMAIL] = max(likely, key=score)


def _take_by_heading(field: Field, columns: list[Column], taken: dict[Field, Column]) -> None:
    def score(column: Column) -> float:
        strength = field_of(column.heading)[1]
        suits = fit(column, field)
        return strength + 2 * suits if suits else 0.1 * strength

    likely = [
        column
        for column in columns
        if column.says is field
        and column not in taken.values()
        and (fit(column, field) > 0 or not column.filled)
    ]
    if likely:
        taken[field] = max(likely, key=score)


def fit(column: Column, field: Field) -> float:
    """How far what stands in a column can be what its heading says: the part of the rows for which it can."""
    match field:
        case Field.EMAIL:
            return column.addresses
        case Field.NAME | Field.FIRST_NAME | Field.SURNAME:
            # A few odd cells do not make a liar of the heading; nothing but numbers or addresses do.
            return column.name_like
        case Field.STATUS:
            return column.share(
                standing_of(cell, column.heading) is not None for cell in column.filled
            )
        case Field.SECTOR:
            known = column.share(guess_sector(cell) is not None for cell in column.filled)
            return (
                0.7 * known
                + 0.3 * column.share(bool(cell) for cell in column.filled)
                - column.addresses
            )
        case Field.JOB_TITLE:
            return column.share(
                cell.casefold().strip(".") not in HONORIFICS and not is_address(cell)
                for cell in column.filled
            )
        case Field.IGNORED:
            return 0.0
        case _:
            return column.share(not is_address(cell) for cell in column.filled)


def _settle_names(taken: dict[Field, Column]) -> None:
    """Either a whole name or its parts: whichever is surer and fuller."""
    whole, first, last = (
        taken.get(field) for field in (Field.NAME, Field.FIRST_NAME, Field.SURNAME)
    )
    if whole is None:
        return
    if not whole.filled and (first or last):
        del taken[Field.NAME]
    elif first and last:
        parts = min(_sureness(first), _sureness(last))
        for field in (
            (Field.FIRST_NAME, Field.SURNAME) if _sureness(whole) > parts else (Field.NAME,)
        ):
            del taken[field]
    elif other := first or last:
        # "First name, Name" and "Name, Surname": a "name" that does not hold the other part is the missing one.
        del taken[Field.NAME]
        if other.filled and not _holds(whole, other) and not (first and whole.of_several_words):
            taken[Field.SURNAME if first else Field.FIRST_NAME] = whole
        else:
            taken.pop(Field.FIRST_NAME, None)
            taken.pop(Field.SURNAME, None)
            taken[Field.NAME] = whole


def _sureness(column: Column) -> float:
    return field_of(column.heading)[1] + 2 * column.name_like


def _holds(whole: Column, part: Column) -> bool:
    pairs = [
        (a, b) for a, b in zip(whole.cells, part.cells, strict=True) if a.strip() and b.strip()
    ]
    return sum(1 for a, b in pairs if folded(b) in folded(a)) > 0.5 * len(pairs)


def folded(text: str) -> str:
    """Letters only, without case or accents: "Åkesson" and "akesson" are the same."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalpha() and not unicodedata.combining(c))


def _take_names_by_content(columns: list[Column], taken: dict[Field, Column]) -> None:
    if taken.keys() & {Field.NAME, Field.FIRST_NAME, Field.SURNAME}:
        return
    free = [
        column for column in columns if column not in taken.values() and column.is_open_to_guesses
    ]
    locals_ = (
        [folded(unwrap(cell).partition("@")[0]) for cell in taken[Field.EMAIL].cells]
        if Field.EMAIL in taken
        else []
    )
    echoed = [column for column in free if column.name_like > 0.5 and _echo(column, locals_) > 0.4]
    whole = [column for column in echoed if column.of_several_words]
    parts = [column for column in echoed if not column.of_several_words]
    if whole:
        taken[Field.NAME] = max(whole, key=lambda column: _echo(column, locals_))
    elif len(parts) > 1:
        first, last = sorted(parts[:2], key=lambda column: _place_in(column, locals_))
        taken[Field.FIRST_NAME], taken[Field.SURNAME] = first, last
    elif names := [column for column in free if _could_be_names(column)]:
        taken[Field.NAME] = names[0]
    elif parts:
        taken[Field.NAME] = parts[0]


def _echo(column: Column, locals_: list[str]) -> float:
    """The part of the rows whose e-mail address repeats a word of the cell, as amina.patel@ repeats Amina."""
    return column.share(
        any(len(folded(word)) > 1 and folded(word) in local for word in re.split(r"[\s,-]+", cell))
        for cell, local in zip(column.cells, locals_, strict=False)
        if cell.strip()
    )


def _place_in(column: Column, locals_: list[str]) -> float:
    """How far into the addresses the column's words stand: first names mostly come first."""
    places = [
        local.find(folded(cell))
        for cell, local in zip(column.cells, locals_, strict=False)
        if folded(cell)
    ]
    found = [place for place in places if place >= 0]
    return sum(found) / len(found) if found else 0.0


def _could_be_names(column: Column) -> bool:
    shaped = column.share(
        2 <= len(cell.split()) <= 5
        and NAME_SHAPE.match(cell) is not None
        and cell[:1].isupper()
        and not ORGANISATION_WORDS.search(cell)
        and not JOB_WORDS.search(cell)
        for cell in column.filled
    )
    return shaped > 0.8 and len(set(column.filled)) > 0.8 * len(column.filled)


def _take_by_content(field: Field, columns: list[Column], taken: dict[Field, Column]) -> None:
    likely = [
        column
        for column in columns
        if column not in taken.values() and column.is_open_to_guesses and _looks_like(column, field)
    ]
    if likely:
        taken[field] = likely[0]


def _looks_like(column: Column, field: Field) -> bool:
    """What a column holds by its words alone; only shapes that are hard to mistake."""
    cells = column.filled
    kinds = {cell.casefold() for cell in cells}

    def most(part: float, held: Iterable[bool]) -> bool:
        return sum(held) >= part * len(cells)

    if column.addresses:
        return False
    match field:
        case Field.SECTOR:
            return len(kinds) <= 12 and most(0.6, (is_sector_word(cell) for cell in cells))
        case Field.STATUS:
            known = (standing_of(cell) is not None for cell in cells)
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
    """Every column that asks for diets or access; a vaguer heading only where none does."""
    asking = [
        column for column in columns if column.says is Field.NEEDS and column not in taken.values()
    ]
    strong = [column for column in asking if field_of(column.heading)[1] > 1]
    return strong or asking[:1]
