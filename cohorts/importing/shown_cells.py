"""The rows of a workbook as Excel shows them: hidden rows, merged cells, and addresses in links."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.utils.translation import gettext, ngettext

from cohorts.importing.addresses import is_address
from cohorts.importing.table import Table, TableRow
from cohorts.importing.xlsx_layout import Layout

# A sentence lists at most this many row numbers.
MAX_NUMBERS = 20


def visible_rows(rows: Iterable[TableRow], layout: Layout) -> list[TableRow]:
    """Return the visible rows, with the text of merged cells in each row that they span."""
    starts = {(each.first_row, each.first_column): each for each in layout.merged}
    filling: dict[int, tuple[int, str]] = {}
    shown: list[TableRow] = []
    for row in rows:
        cells = list(row.cells)
        for column, (last_row, text) in filling.items():
            if row.number <= last_row:
                cells += [""] * (column + 1 - len(cells))
                cells[column] = cells[column] if cells[column].strip() else text
        for column, cell in enumerate(row.cells):
            merged = starts.get((row.number, column))
            if merged and merged.last_row > row.number and cell.strip():
                filling[column] = merged.last_row, cell
        if row.number not in layout.hidden_rows:
            shown.append(TableRow(row.number, tuple(cells)))
    return shown


def hidden_row_notes(rows: Iterable[TableRow], layout: Layout) -> list[str]:
    """Return a sentence about the hidden rows that are left out, if there are any."""
    hidden = [row.number for row in rows if row.number in layout.hidden_rows]
    if not hidden:
        return []
    numbers = ", ".join(map(str, hidden[:MAX_NUMBERS]))
    sentence = ngettext(
        "%(count)d hidden row left out: row %(numbers)s. If it should be read, unhide it in your "
        "spreadsheet and upload the file again.",
        "%(count)d hidden rows left out: rows %(numbers)s. If they should be read, unhide them in "
        "your spreadsheet and upload the file again.",
        len(hidden),
    )
    more = "" if len(hidden) <= MAX_NUMBERS else " …"
    return [sentence % {"count": len(hidden), "numbers": f"{numbers}{more}"}]


def add_linked_addresses(rows: list[TableRow], layout: Layout) -> list[TableRow]:
    """Return the rows with a last column for the addresses that cells link to.

    Returns the same list if every row that has a link shows an address, too.
    """
    linked: dict[int, str] = {}
    for (row, _column), address in sorted(layout.links.items(), reverse=True):
        linked[row] = address
    lacking = {
        row.number for row in rows if row.number in linked and not any(map(is_address, row.cells))
    }
    if not lacking:
        return rows
    width = max(len(row.cells) for row in rows)
    return [
        TableRow(row.number, (*row.cells, *[""] * (width - len(row.cells)), linked[row.number]))
        if row.number in linked
        else row
        for row in rows
    ]


def heading_groups(layout: Layout) -> Mapping[int, Mapping[int, int]]:
    """Return the cells that are merged across columns in one row, by row number.

    Each value maps the columns of merged cells to the first column of their range.
    """
    groups: dict[int, dict[int, int]] = {}
    for each in layout.merged:
        if each.last_column > each.first_column and each.last_row == each.first_row:
            columns = range(each.first_column, min(each.last_column, 1_000) + 1)
            groups.setdefault(each.first_row, {}).update(dict.fromkeys(columns, each.first_column))
    return groups


def with_layout_notes(table: Table, layout: Layout, *, linked: bool) -> Table:
    """Return the table with notes about hidden columns, uncalculated formulas and links.

    `linked` says whether the last column has the e-mail addresses from links.
    """
    headings = list(table.headings)
    notes = list(table.notes)
    if linked:
        headings[-1] = gettext("E-mail address in the link")
        notes.append(gettext("We read e-mail addresses from the links in the cells."))
    numbers = {row.number for row in table.rows}
    uncalculated = {column for row, column in layout.uncalculated if row in numbers}
    for column, heading in enumerate(headings):
        if column in layout.hidden_columns and any(row.cells[column] for row in table.rows):
            sentence = gettext("The column “%(heading)s” is hidden in the file. We read it too.")
            notes.append(sentence % {"heading": heading})
        if column in uncalculated:
            sentence = gettext(
                "In the column “%(heading)s”, the cells hold formulas that were never calculated, "
                "so they count as empty. Open the file in your spreadsheet, save it, and upload it "
                "again."
            )
            notes.append(sentence % {"heading": heading})
    return replace(table, headings=tuple(headings), notes=tuple(notes))
