"""The people in a table: cleaned, checked and without duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.models import normalise_email
from cohorts.importing.addresses import address_error, bare_address, is_blank_word, name_beside
from cohorts.importing.column_names import POSSIBLE, Field, field_of
from cohorts.importing.duplicates import merge_duplicates
from cohorts.importing.encodings import unusual_letter
from cohorts.importing.names import clean, name_error, tidy_case, tidy_name
from cohorts.importing.rows import FIELD_NAMES, MAX_LENGTHS, Row, Status, truncate, values_of
from cohorts.importing.sectors import guess_sector, sector_key
from cohorts.importing.statuses import ComingStatus, attendance_of, is_role
from cohorts.importing.table import Table, TableRow

__all__ = ["Row", "Status", "read_people"]

NAME_FIELDS = (Field.NAME, Field.FIRST_NAME, Field.SURNAME)
NO_NEEDS = frozenset(
    {"no", "none", "n/a", "na", "nil", "nope", "nothing", "no thanks", "none.", "no.", "-"}
)


def read_people(
    table: Table,
    columns: Sequence[Field],
    sectors: Mapping[str, str],
    corrections: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Row]:
    """Return every row that contains data about a person, in the order of the file.

    `columns` are the fields of the table's columns. `sectors` maps words for sectors, in any case,
    to the sectors that the user has chosen for those words. `corrections` maps numbers of rows to
    what the user has entered in place of their cells.
    """
    meant = {sector_key(words): sector for words, sector in sectors.items()}
    corrected = corrections or {}
    rows = [
        _read_row(row, table, columns, meant, corrected.get(str(row.number))) for row in table.rows
    ]
    return merge_duplicates([row for row in rows if row is not None])


def _read_row(
    row: TableRow,
    table: Table,
    columns: Sequence[Field],
    meant: Mapping[str, str],
    correction: Mapping[str, str] | None,
) -> Row | None:
    said, hidden = _cells_by_field(row, table.headings, columns)
    if not any(said.values()) and not _is_about_somebody(row, table.headings):
        return None
    notes = [
        _("We removed invisible characters from the %(field)s.") % {"field": field}
        for field in hidden
    ]
    words = said[Field.SECTOR]
    read = Row(
        number=row.number,
        name=_full_name(said),
        email=said[Field.EMAIL],
        organisation=said[Field.ORGANISATION],
        sector=meant.get(sector_key(words)) or guess_sector(words) if words else None,
        sector_words=words,
        job_title=said[Field.JOB_TITLE],
        needs=said[Field.NEEDS],
    )
    if correction:
        notes = [_("You corrected this row.")]
        read = _corrected(read, correction)
    elif table.encoding and (odd := unusual_letter(read.name)):
        notes.append(
            _("“%(letter)s” is unusual in a name. Check whether another encoding fits the file.")
            % {"letter": odd}
        )
    attendance, status_words = _attendance(row, table.headings, columns)
    if attendance is ComingStatus.UNSURE:
        notes.append(
            _("The file says “%(status)s”, so they count as coming.") % {"status": status_words}
        )
    elif attendance is None and status_words:
        notes.append(
            _("We don’t know the status “%(status)s”, so they count as coming.")
            % {"status": status_words}
        )
    read = replace(read, notes=tuple(notes))
    if attendance is ComingStatus.WAITING:
        return replace(
            truncate(read),
            status="cancelled",
            reason=_("On a waiting list: the file says “%(status)s”.") % {"status": status_words},
        )
    if attendance is ComingStatus.NOT_COMING:
        return replace(
            truncate(read),
            status="cancelled",
            reason=_("Not coming: the file says “%(status)s”.") % {"status": status_words},
        )
    faults = _faults(read)
    return replace(truncate(read), status="wrong", reason=" ".join(faults)) if faults else read


def _corrected(row: Row, correction: Mapping[str, str]) -> Row:
    """Return the row with what the user has entered in place of its cells."""
    return replace(
        row,
        name=correction["name"],
        email=correction["email"],
        organisation=correction["organisation"],
        sector=correction["sector"] or None,
        sector_words="",
        job_title=correction["job_title"],
        needs=correction["needs"],
    )


def _is_about_somebody(row: TableRow, headings: Sequence[str]) -> bool:
    """Return whether a cell under a known heading is filled, even in a column that is not used."""
    return any(
        not is_blank_word(cell) and field_of(heading)[0] not in (Field.IGNORED, Field.STATUS)
        for cell, heading in zip(row.cells, headings, strict=True)
    )


def _name_elsewhere(row: TableRow, headings: Sequence[str]) -> str:
    """Return a name from the columns that are not used; empty if they have none.

    This is for rows whose used columns have no name. Some tools fill in the whole name of one
    person, and the first name and surname of another.
    """
    found: dict[Field, str] = {}
    for cell, heading in zip(row.cells, headings, strict=True):
        field, certainty = field_of(heading)
        text = clean(cell)[0]
        if field in NAME_FIELDS and certainty > POSSIBLE and not _counts_as_blank(text, field):
            found.setdefault(field, text)
    if Field.FIRST_NAME in found and Field.SURNAME in found:
        return f"{tidy_case(found[Field.FIRST_NAME])} {tidy_case(found[Field.SURNAME])}"
    return next((tidy_name(found[field]) for field in NAME_FIELDS if field in found), "")


def _cells_by_field(
    row: TableRow, headings: Sequence[str], columns: Sequence[Field]
) -> tuple[dict[Field, str], list[str]]:
    """Return a dict that maps each field to its cleaned text, and a list of field names.

    The list names the fields that had invisible characters.
    """
    said: dict[Field, str] = dict.fromkeys(
        (field for field in Field if field not in (Field.STATUS, Field.IGNORED)), ""
    )
    hidden: list[str] = []
    beside = ""
    for cell, field in zip(row.cells, columns, strict=True):
        if field not in said:
            continue
        text, had_hidden = clean(cell)
        if field is Field.EMAIL:
            beside = name_beside(text)
            text = "" if is_blank_word(text) else normalise_email(bare_address(text))
        elif _counts_as_blank(text, field):
            text = ""
        if had_hidden:
            hidden.append(_field_name(field))
        said[field] = f"{said[field]}; {text}" if said[field] and text else said[field] or text
    if not any(said[field] for field in NAME_FIELDS):
        said[Field.NAME] = beside or _name_elsewhere(row, headings)
    return said, hidden


def _counts_as_blank(text: str, field: Field) -> bool:
    """Return whether a cell counts as blank.

    In a column of names, words such as “Null”, “Na” and “None” do not count as blank, because they
    can be names.
    """
    if field in NAME_FIELDS:
        return text.casefold() == "anonymous" or (is_blank_word(text) and not text.isalpha())
    return is_blank_word(text) or (field is Field.NEEDS and text.casefold() in NO_NEEDS)


def _field_name(field: Field) -> str:
    return str(FIELD_NAMES[Field.NAME if field in (Field.FIRST_NAME, Field.SURNAME) else field])


def _full_name(said: Mapping[Field, str]) -> str:
    """Return the tidied name, from first name and surname or else from the whole name."""
    first, surname = said[Field.FIRST_NAME], said[Field.SURNAME]
    if first or surname:
        return " ".join(part for part in (tidy_case(first), tidy_case(surname)) if part)
    return tidy_name(said[Field.NAME])


def _attendance(
    row: TableRow, headings: Sequence[str], columns: Sequence[Field]
) -> tuple[ComingStatus | None, str]:
    """Return the meaning of the row's status (None if unknown), and the status as pages show it."""
    if Field.STATUS not in columns:
        return None, ""
    index = list(columns).index(Field.STATUS)
    words = clean(row.cells[index])[0]
    heading = headings[index]
    shown = words if len(words) <= 60 else f"{words[:60]}…"
    # A cell such as “Yes” or a date means nothing without its heading, so show the heading too.
    said = (
        shown
        if len(shown.split()) > 1 or (shown.isalpha() and len(shown) > 3)
        else f"{heading}: {shown}"
    )
    if not words or is_blank_word(words) or is_role(words):
        return None, ""
    return attendance_of(words, heading), said


def _faults(row: Row) -> list[str]:
    """Return all the errors in a row, as sentences, so that people can correct them together."""
    faults = [name_error(row.name)]
    faults.append(address_error(row.email) if row.email else _("Enter an e-mail address."))
    for field, text in values_of(row).items():
        if field is not Field.EMAIL and len(text) > MAX_LENGTHS[field]:
            faults.append(
                _("Shorten the %(field)s to %(max)d characters. It has %(length)d.")
                % {"field": FIELD_NAMES[field], "max": MAX_LENGTHS[field], "length": len(text)}
            )
    return [fault for fault in faults if fault]
