"""A row of the report's files, and the functions that make rows of shares and hidden figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.attendance import Share
from reports.reflection_rate import Band

Value = int | float | str | date | None

HEADINGS = (
    gettext_lazy("Part"),
    gettext_lazy("Workshop"),
    gettext_lazy("Held on"),
    gettext_lazy("Figure"),
    gettext_lazy("Value"),
    gettext_lazy("Count"),
    gettext_lazy("Of"),
    gettext_lazy("Note"),
)
VALUE_COLUMN = 4
# Number formats of the spreadsheet. They round only the display: the cells contain exact values.
PERCENT, ONE_DECIMAL = "0%", "0.0"


@dataclass(frozen=True)
class Row:
    """A figure of the report: its value, and the numerator (`count`) and denominator (`of`).

    The key identifies the figure in every language and version, so never change a key. `band` is
    set if the value is the text of a band, or says that the figure is not shown.
    """

    key: str
    part: str
    figure: str
    value: Value
    count: int | None = None
    of: int | None = None
    note: str = ""
    workshop: str = ""
    held_on: date | None = None
    number_format: str = ""
    band: Band | None = None

    @property
    def cells(self) -> tuple[Value, ...]:
        """Return the cells in the order of HEADINGS."""
        return (
            self.part,
            self.workshop or _("All workshops"),
            self.held_on,
            self.figure,
            self.value,
            self.count,
            self.of,
            self.note,
        )

    @property
    def plain_values(self) -> list[Any]:
        """Return the value, numerator and denominator for JSON, independent of the language.

        A band's value is the list of its two bounds.
        """
        value = [self.band.low, self.band.high] if self.band else self.value
        if isinstance(value, date):
            value = value.isoformat()
        return [value, self.count, self.of]


def share(key: str, part: str, figure: str, made_from: Share, note: str = "", **where: Any) -> Row:
    rate = None if made_from.rate is None else round(made_from.rate, 4)
    return Row(
        key, part, figure, rate, made_from.count, made_from.of, note, number_format=PERCENT, **where
    )


def not_taken(key: str, part: str, figure: str, where: Mapping[str, Any]) -> Row:
    """Return the row of a figure of a workshop whose register was not taken."""
    note = _("no register was taken, so no rate counts this workshop")
    return Row(key, part, figure, _("not taken"), note=note, band=Band(), **where)


def hidden(key: str, part: str, figure: str, note: str, where: Mapping[str, Any]) -> Row:
    """Return the row of a figure that may not be shown. `note` gives the reason."""
    return Row(key, part, figure, _("not shown"), note=note, band=Band(), **where)
