"""The headings of a table, which may be in two rows, or have a row of groups above them."""

import re
from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext

from cohorts.importing.addresses import is_address
from cohorts.importing.column_names import is_about_others, normalise_words
from cohorts.importing.table import TableRow

# Cells of a second row of headings, which survey tools write between the headings and the answers.
BELOW_HEADINGS = re.compile(
    r"(?:open[- ]ended )?response|other \(please specify\)|\{\"ImportId\".*", re.I | re.S
)


def has_address(row: TableRow) -> bool:
    return any(is_address(cell) for cell in row.cells)


def headings_of(
    rows: list[TableRow],
    at: int | None,
    width: int,
    groups: Mapping[int, Mapping[int, int]] | None = None,
) -> tuple[str, ...]:
    """Return the headings. A blank heading is replaced by the cell above it, or by “Column A”.

    A heading under a group, such as “Name” under “Line manager”, becomes “Line manager: Name”.
    """
    words = list(rows[at].cells) if at is not None else []
    words += [""] * (width - len(words))
    if at and rows[at - 1].filled_count > 1 and not has_address(rows[at - 1]):
        above = rows[at - 1]
        over = _groups_over(above, words, (groups or {}).get(above.number))
        for i, cell in enumerate(above.cells[:width]):
            if not words[i].strip() or BELOW_HEADINGS.fullmatch(words[i].strip()):
                words[i] = cell
        for i, group in over.items():
            words[i] = f"{group}: {words[i]}"
    return tuple(
        " ".join(word.split()) or gettext("Column %(letter)s") % {"letter": _letter(i)}
        for i, word in enumerate(words)
    )


def _groups_over(
    above: TableRow, words: list[str], spans: Mapping[int, int] | None
) -> dict[int, str]:
    """Return a dict that maps columns to the group in the row `above` their heading.

    The dict is empty unless two columns have the same heading, or a group is about other people.
    `spans` maps the columns of merged cells to the first column of each. Without `spans`, as in a
    CSV file, a group applies to the headings up to the next group, if they occur twice. A group
    about other people also applies to any heading directly below it.
    """
    keys = [normalise_words(word) for word in words]
    twice = {key for key, count in Counter(keys).items() if key and count > 1}
    cells = [cell.strip() for cell in above.cells] + [""] * (len(words) - len(above.cells))
    if len({cell for cell in cells if cell}) < 2:
        return {}
    if not twice and not any(is_about_others(cell) for cell in cells):
        return {}
    over: dict[int, str] = {}
    latest = ""
    for i, key in enumerate(keys):
        latest = cells[i] or latest
        if spans:
            group = cells[spans.get(i, i)]
        else:
            group = latest if key in twice else cells[i] if is_about_others(cells[i]) else ""
        if group and key and normalise_words(group) != key:
            over[i] = group
    return over


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)
