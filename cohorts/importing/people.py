"""The people in a table: cleaned, checked and without duplicates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.importing.addresses import (
    MAX_ADDRESS_LENGTH,
    fault_in,
    is_blank_word,
    name_beside,
    unwrap,
)
from cohorts.importing.column_names import Field
from cohorts.importing.names import clean, fault_in_name, folded, tidy_case, tidy_name
from cohorts.importing.sectors import guess_sector, sector_key
from cohorts.importing.statuses import Attendance, attendance_of
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
    """One row of the file, or the reason why it will not be imported."""

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
    """Return every row that contains data about a person, in the file's order.

    `sectors` maps words for sectors, in any case, to the sectors chosen for them.
    """
    meant = {sector_key(words): sector for words, sector in sectors.items()}
    rows = [_read_row(row, table.headings, columns, meant) for row in table.rows]
    return _count_each_once([row for row in rows if row is not None])


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
        name=_name_from(said),
        email=said[Field.EMAIL],
        organisation=said[Field.ORGANISATION],
        sector=meant.get(sector_key(words)) or guess_sector(words) if words else None,
        sector_words=words,
        job_title=said[Field.JOB_TITLE],
        needs=said[Field.NEEDS],
    )
    attendance, status_words = _attendance(row, headings, columns)
    if attendance is Attendance.UNSURE:
        notes.append(
            _("The file says “%(status)s”, so they count as coming.") % {"status": status_words}
        )
    read = replace(read, notes=tuple(notes))
    if attendance is Attendance.WAITING:
        return replace(
            _shortened(read),
            status="cancelled",
            reason=_("On a waiting list: the file says “%(status)s”.") % {"status": status_words},
        )
    if attendance is Attendance.NOT_COMING:
        return replace(
            _shortened(read),
            status="cancelled",
            reason=_("Not coming: the file says “%(status)s”.") % {"status": status_words},
        )
    faults = _faults(read)
    return replace(_shortened(read), status="wrong", reason=" ".join(faults)) if faults else read


def _cells_by_field(row: TableRow, columns: Sequence[Field]) -> tuple[dict[Field, str], list[str]]:
    """Return each field's cleaned text, and the names of fields with invisible characters."""
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
            text = "" if is_blank_word(text) else unwrap(text)
        elif _stands_for_nothing(text, field):
            text = ""
        if had_hidden:
            hidden.append(_what(field))
        said[field] = f"{said[field]}; {text}" if said[field] and text else said[field] or text
    if not (said[Field.NAME] or said[Field.FIRST_NAME] or said[Field.SURNAME]):
        said[Field.NAME] = beside
    return said, hidden


def _stands_for_nothing(text: str, field: Field) -> bool:
    """Return True if a cell means “blank”. Null, Na and None can be people's names."""
    if field in (Field.NAME, Field.FIRST_NAME, Field.SURNAME):
        return text.casefold() == "anonymous" or (is_blank_word(text) and not text.isalpha())
    return is_blank_word(text) or (field is Field.NEEDS and text.casefold() in NO_NEEDS)


def _what(field: Field) -> str:
    return str(FIELD_NAMES[Field.NAME if field in (Field.FIRST_NAME, Field.SURNAME) else field])


def _name_from(said: Mapping[Field, str]) -> str:
    first, surname = said[Field.FIRST_NAME], said[Field.SURNAME]
    if first or surname:
        return " ".join(part for part in (tidy_case(first), tidy_case(surname)) if part)
    return tidy_name(said[Field.NAME])


def _attendance(
    row: TableRow, headings: Sequence[str], columns: Sequence[Field]
) -> tuple[Attendance | None, str]:
    if Field.STATUS not in columns:
        return None, ""
    index = list(columns).index(Field.STATUS)
    words = clean(row.cells[index])[0]
    heading = headings[index]
    shown = words if len(words) <= 60 else f"{words[:60]}…"
    # A bare "Yes" or date means nothing without its heading.
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
    """Return every error in a row, so that it can be corrected in one go."""
    faults = [fault_in_name(row.name)]
    faults.append(fault_in(row.email) if row.email else _("Enter an e-mail address."))
    for field, text in _values(row).items():
        if field is not Field.EMAIL and len(text) > MAX_LENGTHS[field]:
            faults.append(
                _("Shorten the %(field)s to %(max)d characters. It has %(length)d.")
                % {"field": FIELD_NAMES[field], "max": MAX_LENGTHS[field], "length": len(text)}
            )
    return [fault for fault in faults if fault]


def _shortened(row: Row) -> Row:
    """Return a row that will not be imported, with long cells cut."""

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


def _count_each_once(rows: list[Row]) -> list[Row]:
    """Merge rows with the same address. A person is coming if any of their rows says so."""
    by_email: dict[str, list[Row]] = {}
    for row in rows:
        if row.email and fault_in(row.email) is None:
            by_email.setdefault(row.email, []).append(row)
    settled = {row.number: row for row in rows}
    for same in by_email.values():
        if len(same) > 1:
            settled |= {row.number: row for row in _merge(same)}
    return [settled[row.number] for row in rows]


ORDER: tuple[Status, ...] = ("ready", "wrong", "cancelled")


def _merge(same: list[Row]) -> list[Row]:
    """Merge the rows of one address into the best one, filling its blanks from the others."""
    kept = min(same, key=lambda row: ORDER.index(row.status))
    others = [row for row in same if row is not kept]
    if kept.status == "wrong":
        # Each row has its own error, so show them all.
        return [row for row in same if row.status == "wrong"]
    filled = _filled(kept, others)
    return [filled, *(_merged(row, filled) for row in others)]


def _filled(kept: Row, others: Iterable[Row]) -> Row:
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


def _merged(row: Row, kept: Row) -> Row:
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
    """Return True if two names share a word, ignoring case and accents."""
    words, others = ({folded(word) for word in name.split()} - {""} for name in (one, other))
    return bool(words & others)
