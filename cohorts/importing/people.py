"""The people in a table: cleaned, checked and without duplicates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.importing.addresses import (
    MAX_ADDRESS_LENGTH,
    address_error,
    bare_address,
    is_blank_word,
    name_beside,
)
from cohorts.importing.column_names import Field
from cohorts.importing.names import clean, folded, name_error, tidy_case, tidy_name
from cohorts.importing.sectors import guess_sector, sector_key
from cohorts.importing.statuses import ComingStatus, attendance_of
from cohorts.importing.table import Table, TableRow

__all__ = ["Row", "Status", "read_people"]

Status = Literal["ready", "cancelled", "wrong", "merged"]

MAX_LENGTHS: dict[Field, int] = {
    Field.NAME: 150,
    Field.EMAIL: MAX_ADDRESS_LENGTH,
    Field.ORGANISATION: 200,
    Field.SECTOR: 100,
    Field.JOB_TITLE: 200,
    Field.NEEDS: 500,
}
FIELD_NAMES = {
    Field.NAME: gettext_lazy("name"),
    Field.EMAIL: gettext_lazy("e-mail address"),
    Field.ORGANISATION: gettext_lazy("organisation"),
    Field.SECTOR: gettext_lazy("sector"),
    Field.JOB_TITLE: gettext_lazy("job title"),
    Field.NEEDS: gettext_lazy("access or dietary needs"),
}
NO_NEEDS = frozenset(
    {"no", "none", "n/a", "na", "nil", "nope", "nothing", "no thanks", "none.", "no.", "-"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, with the `reason` if it is not to be imported.

    `number` and `merged_into` are numbers of rows as a spreadsheet shows them.
    """

    number: int
    name: str = ""
    email: str = ""
    organisation: str = ""
    sector: str | None = None
    sector_words: str = ""
    job_title: str = ""
    needs: str = ""
    status: Status = "ready"
    reason: str = ""
    merged_into: int | None = None
    notes: tuple[str, ...] = ()


def read_people(table: Table, columns: Sequence[Field], sectors: Mapping[str, str]) -> list[Row]:
    """Return every row that contains data about a person, in the order of the file.

    `columns` are the fields of the table's columns. `sectors` maps words for sectors, in any case,
    to the sectors that the user has chosen for those words.
    """
    meant = {sector_key(words): sector for words, sector in sectors.items()}
    rows = [_read_row(row, table.headings, columns, meant) for row in table.rows]
    return _merge_duplicates([row for row in rows if row is not None])


def _read_row(
    row: TableRow, headings: Sequence[str], columns: Sequence[Field], meant: Mapping[str, str]
) -> Row | None:
    said, hidden = _cells_by_field(row, columns)
    if not any(said.values()):
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
    attendance, status_words = _attendance(row, headings, columns)
    if attendance is ComingStatus.UNSURE:
        notes.append(
            _("The file says “%(status)s”, so they count as coming.") % {"status": status_words}
        )
    read = replace(read, notes=tuple(notes))
    if attendance is ComingStatus.WAITING:
        return replace(
            _truncate(read),
            status="cancelled",
            reason=_("On a waiting list: the file says “%(status)s”.") % {"status": status_words},
        )
    if attendance is ComingStatus.NOT_COMING:
        return replace(
            _truncate(read),
            status="cancelled",
            reason=_("Not coming: the file says “%(status)s”.") % {"status": status_words},
        )
    faults = _faults(read)
    return replace(_truncate(read), status="wrong", reason=" ".join(faults)) if faults else read


def _cells_by_field(row: TableRow, columns: Sequence[Field]) -> tuple[dict[Field, str], list[str]]:
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
            text = "" if is_blank_word(text) else bare_address(text)
        elif _counts_as_blank(text, field):
            text = ""
        if had_hidden:
            hidden.append(_field_name(field))
        said[field] = f"{said[field]}; {text}" if said[field] and text else said[field] or text
    if not (said[Field.NAME] or said[Field.FIRST_NAME] or said[Field.SURNAME]):
        said[Field.NAME] = beside
    return said, hidden


def _counts_as_blank(text: str, field: Field) -> bool:
    """Return whether a cell counts as blank.

    In a column of names, words such as “Null”, “Na” and “None” don't, because they can be names.
    """
    if field in (Field.NAME, Field.FIRST_NAME, Field.SURNAME):
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
    return (attendance_of(words, heading), said) if words else (None, "")


def _values(row: Row) -> dict[Field, str]:
    return {
        Field.NAME: row.name,
        Field.EMAIL: row.email,
        Field.ORGANISATION: row.organisation,
        Field.SECTOR: row.sector_words,
        Field.JOB_TITLE: row.job_title,
        Field.NEEDS: row.needs,
    }


def _faults(row: Row) -> list[str]:
    """Return all the errors in a row, as sentences, so that people can correct them together."""
    faults = [name_error(row.name)]
    faults.append(address_error(row.email) if row.email else _("Enter an e-mail address."))
    for field, text in _values(row).items():
        if field is not Field.EMAIL and len(text) > MAX_LENGTHS[field]:
            faults.append(
                _("Shorten the %(field)s to %(max)d characters. It has %(length)d.")
                % {"field": FIELD_NAMES[field], "max": MAX_LENGTHS[field], "length": len(text)}
            )
    return [fault for fault in faults if fault]


def _truncate(row: Row) -> Row:
    """Return a row that is not to be imported, with its texts cut to the maximum lengths."""

    def cut(text: str, field: Field) -> str:
        return text if len(text) <= MAX_LENGTHS[field] else f"{text[: MAX_LENGTHS[field] - 1]}…"

    return replace(
        row,
        name=cut(row.name, Field.NAME),
        email=cut(row.email, Field.EMAIL),
        organisation=cut(row.organisation, Field.ORGANISATION),
        sector_words=cut(row.sector_words, Field.SECTOR),
        job_title=cut(row.job_title, Field.JOB_TITLE),
        needs=cut(row.needs, Field.NEEDS),
    )


def _merge_duplicates(rows: list[Row]) -> list[Row]:
    """Merge rows with the same address. People count as coming if any of their rows says so."""
    by_email: dict[str, list[Row]] = {}
    for row in rows:
        if row.email and address_error(row.email) is None:
            by_email.setdefault(row.email, []).append(row)
    settled = {row.number: row for row in rows}
    for same in by_email.values():
        if len(same) > 1:
            settled |= {row.number: row for row in _merge(same)}
    return [settled[row.number] for row in rows]


# If a person has several rows, they are merged into the row whose status comes first here.
MERGE_ORDER: tuple[Status, ...] = ("ready", "wrong", "cancelled")


def _merge(same: list[Row]) -> list[Row]:
    """Merge the rows of one address into the best row (see MERGE_ORDER), and fill its blanks.

    If the best row has an error, returns the rows with errors, unchanged.
    """
    kept = min(same, key=lambda row: MERGE_ORDER.index(row.status))
    others = [row for row in same if row is not kept]
    if kept.status == "wrong":
        # The user must see the error of each row, so return all of them.
        return [row for row in same if row.status == "wrong"]
    filled = _fill_blanks(kept, others)
    return [filled, *(_mark_merged(row, filled) for row in others)]


def _fill_blanks(kept: Row, others: Iterable[Row]) -> Row:
    """Return `kept` with its blanks filled from the other rows, and with notes that say so."""
    notes = list(kept.notes)
    for other in others:
        gained = [
            what
            for what, mine, theirs in (
                (Field.ORGANISATION, kept.organisation, other.organisation),
                (Field.SECTOR, kept.sector_words, other.sector_words),
                (Field.JOB_TITLE, kept.job_title, other.job_title),
                (Field.NEEDS, kept.needs, other.needs),
            )
            if theirs and not mine and other.status != "wrong"
        ]
        if gained:
            notes.append(
                _("From row %(number)d: %(fields)s.")
                % {
                    "number": other.number,
                    "fields": get_text_list([FIELD_NAMES[field] for field in gained], _("and")),
                }
            )
        if Field.SECTOR in gained:
            kept = replace(kept, sector=other.sector, sector_words=other.sector_words)
        kept = replace(
            kept,
            organisation=other.organisation if Field.ORGANISATION in gained else kept.organisation,
            job_title=other.job_title if Field.JOB_TITLE in gained else kept.job_title,
            needs=other.needs if Field.NEEDS in gained else kept.needs,
        )
        if kept.status == "ready" and other.status == "cancelled":
            notes.append(
                _(
                    "Row %(number)d says they are not coming, but this row says they are, "
                    "so they count as coming."
                )
                % {"number": other.number}
            )
    return replace(kept, notes=tuple(notes))


def _mark_merged(row: Row, kept: Row) -> Row:
    """Return the row with the status “merged” and the reason."""
    params = {"number": kept.number, "name": kept.name}
    if row.name and kept.name and not _same_person(row.name, kept.name):
        reason = _("Same e-mail as row %(number)d, with another name: we use “%(name)s”.") % params
    else:
        reason = _("Same e-mail as row %(number)d.") % params
    if row.status == "cancelled" and kept.status == "ready":
        sentence = _(
            "This row says they are not coming, but row %(number)d says they are, "
            "so they count as coming."
        )
        reason = f"{reason} {sentence % params}"
    return replace(row, status="merged", reason=reason, merged_into=kept.number)


def _same_person(one: str, other: str) -> bool:
    """Return whether two names have a word in common, ignoring case and accents."""
    words, others = ({folded(word) for word in name.split()} - {""} for name in (one, other))
    return bool(words & others)
