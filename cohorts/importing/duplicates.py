"""Rows with the same e-mail address: one person's are merged, several people's get an error."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.names import is_honorific
from cohorts.importing.addresses import address_error
from cohorts.importing.column_names import Field
from cohorts.importing.names import folded
from cohorts.importing.rows import FIELD_NAMES, Row, Status, truncate


def merge_duplicates(rows: list[Row]) -> list[Row]:
    """Merge rows with the same address. People count as coming if any of their rows says so."""
    by_email: dict[str, list[Row]] = {}
    for row in rows:
        if row.email and address_error(row.email) is None:
            by_email.setdefault(row.email, []).append(row)
    settled = {row.number: row for row in rows}
    for same in by_email.values():
        if len(same) > 1:
            settled |= {row.number: row for row in _settle(same)}
    return [settled[row.number] for row in rows]


# If a person has several rows, they are merged into the row whose status comes first here.
MERGE_ORDER: tuple[Status, ...] = ("ready", "wrong", "cancelled")


def _settle(same: list[Row]) -> list[Row]:
    """Return the rows of one address: one person's rows merged, and other people's with an error.

    The address is assumed to belong to the person whose row has the best status (see MERGE_ORDER).
    """
    first = min(same, key=lambda row: MERGE_ORDER.index(row.status))
    one_person = [row for row in same if row is first or _same_person(row.name, first.name)]
    others = [row for row in same if row not in one_person]
    kept = _merge(one_person) if len(one_person) > 1 else one_person
    return [*kept, *(_mark_shared(row, first) for row in others)]


def _mark_shared(row: Row, first: Row) -> Row:
    """Return the row with the error that another person's row, `first`, has the same address.

    Returns the row unchanged if its person is not coming, or if `first` is not to be imported.
    """
    if row.status == "cancelled" or first.status != "ready":
        return row
    sentence = _(
        "Row %(number)d has the same e-mail address for another person, %(name)s. Enter this "
        "person’s own address."
    )
    shared = sentence % {"number": first.number, "name": first.name}
    return replace(truncate(row), status="wrong", reason=f"{row.reason} {shared}".strip())


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
    reason = _("Same e-mail as row %(number)d.") % {"number": kept.number}
    if row.status == "cancelled" and kept.status == "ready":
        sentence = _(
            "This row says they are not coming, but row %(number)d says they are, "
            "so they count as coming."
        )
        reason = f"{reason} {sentence % {'number': kept.number}}"
    return replace(row, status="merged", reason=reason, merged_into=kept.number)


def _same_person(one: str, other: str) -> bool:
    """Return whether two names can be one person's, ignoring case, accents and honorifics.

    They can if they have the same first name, or if each word of the shorter name, or its initial,
    is in the longer name. Full names that share only the surname may belong to two relatives.
    """
    shorter, longer = sorted((_words_of(one), _words_of(other)), key=len)
    if not shorter or shorter[0] == longer[0]:
        return True
    return all(any(_may_be_same(word, each) for each in longer) for word in shorter)


def _words_of(name: str) -> list[str]:
    return [word for each in name.split() if not is_honorific(each) and (word := folded(each))]


def _may_be_same(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
