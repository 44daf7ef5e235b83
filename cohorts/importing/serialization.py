"""A table as text, so that it can wait in the database between being read and being brought in."""

import json

from cohorts.importing.table import Table, TableRow


def packed(table: Table) -> str:
    """ASCII alone: a NUL or half a character in a cell would be refused by PostgreSQL's own JSON and text."""
    return json.dumps(
        {
            "headings": table.headings,
            "rows": [[row.number, row.cells] for row in table.rows],
            "has_headings": table.has_headings,
            "heading_row": table.heading_row,
            "sheet": table.sheet,
            "notes": table.notes,
        }
    )


def unpacked(text: str) -> Table:
    facts = json.loads(text)
    return Table(
        headings=tuple(facts["headings"]),
        rows=tuple(TableRow(number, tuple(cells)) for number, cells in facts["rows"]),
        has_headings=facts["has_headings"],
        heading_row=facts["heading_row"],
        sheet=facts["sheet"],
        notes=tuple(facts["notes"]),
    )
