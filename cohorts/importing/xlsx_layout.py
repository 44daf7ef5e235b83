"""The layout of a sheet: hidden rows, merged cells, links and uncalculated formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import unquote

from openpyxl.utils import column_index_from_string
from openpyxl.xml.functions import iterparse

# At most this many merged ranges of a sheet are read, as many hyperlinks, and as many uncalculated
# formulas.
MAX_THINGS = 50_000
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
MAILTO = re.compile(r"mailto:([^?\"&,;]{1,300})", re.IGNORECASE)
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Merged:
    """A range of merged cells. Rows are numbered from 1 and columns from 0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(slots=True)
class Layout:
    """The layout of a sheet. A cell is a tuple: its row, counted from 1; its column, from 0.

    `links` maps cells to the e-mail addresses that they link to. `uncalculated` are the cells with
    a formula but no saved value.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Merged] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)


def read_layout(sheet: IO[bytes], relations: IO[bytes] | None) -> Layout:
    """Return the layout of a sheet, from the XML of the sheet and of its relations."""
    targets = dict(_targets(relations)) if relations else {}
    layout = Layout()
    row = column = 0
    for event, element in iterparse(sheet, events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            if tag == "row":
                row, column = int(element.get("r") or row + 1), 0
                if _is_hidden(element.get("hidden"), element.get("ht")):
                    layout.hidden_rows.add(row)
            elif tag == "c":
                found = REFERENCE.fullmatch(element.get("r") or "")
                column = column_index_from_string(found[1]) if found else column + 1
            continue
        match tag:
            case "c":
                _add_formula(layout, row, column - 1, element)
            case "col" if _is_hidden(element.get("hidden"), element.get("width")):
                first, last = int(element.get("min") or 1), int(element.get("max") or 1)
                layout.hidden_columns |= set(range(first - 1, min(last, 1_000)))
            case "mergeCell" if len(layout.merged) < MAX_THINGS:
                layout.merged += _ranges(element.get("ref") or "")
            case "hyperlink" if len(layout.links) < MAX_THINGS:
                target = targets.get(element.get(RELATION_ID) or "", "")
                if address := MAILTO.search(target):
                    for each in _ranges(element.get("ref") or ""):
                        layout.links[each.first_row, each.first_column] = unquote(address[1])
        if tag in ("row", "mergeCell", "hyperlink"):
            element.clear()
    return layout


def _is_hidden(hidden: str | None, size: str | None) -> bool:
    return hidden in ("1", "true") or size in ("0", "0.0")


def _targets(relations: IO[bytes]) -> Iterator[tuple[str, str]]:
    for _event, element in iterparse(relations, events=("end",)):
        if element.tag.endswith("}Relationship"):
            yield element.get("Id") or "", element.get("Target") or ""


def _add_formula(layout: Layout, row: int, column: int, cell: object) -> None:
    """Add to the layout an address in a HYPERLINK formula, and a formula without a saved value."""
    formula = value = text = None
    for child in cell:  # type: ignore[attr-defined]
        match child.tag.rpartition("}")[2]:
            case "f":
                formula = child
                text = child.text or ""
            case "v":
                value = child.text
    if formula is None:
        return
    if not value and len(layout.uncalculated) < MAX_THINGS:
        layout.uncalculated.add((row, column))
    if text and "HYPERLINK" in text.upper() and (address := MAILTO.search(text)):
        layout.links[row, column] = unquote(address[1])


def _ranges(reference: str) -> Iterator[Merged]:
    """Yield the range of a reference such as “A2:A3” or “B2”."""
    first, _, last = reference.partition(":")
    start, end = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last or first)
    if start and end:
        yield Merged(
            int(start[2]),
            column_index_from_string(start[1]) - 1,
            int(end[2]),
            column_index_from_string(end[1]) - 1,
        )
