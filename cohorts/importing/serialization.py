"""Serialization of a table as JSON, to store it between upload and import."""

import json

from cohorts.importing.table import Table, TableRow


def serialize(table: Table) -> str:
    """Return the table as JSON in ASCII.

    PostgreSQL refuses NUL characters and lone surrogates, so they are stored as escape sequences.
    """
    return json.dumps(
        {
            "headings": table.headings,
            "rows": [[row.number, row.cells] for row in table.rows],
            "has_headings": table.has_headings,
            "heading_row": table.heading_row,
            "sheet": table.sheet,
            "notes": table.notes,
            "encoding": table.encoding,
        }
    )


def deserialize(text: str) -> Table:
    data = json.loads(text)
    return Table(
        headings=tuple(data["headings"]),
        rows=tuple(TableRow(number, tuple(cells)) for number, cells in data["rows"]),
        has_headings=data["has_headings"],
        heading_row=data["heading_row"],
        sheet=data["sheet"],
        notes=tuple(data["notes"]),
        encoding=data.get("encoding", ""),
    )
