"""Keyset pages: pages of a list that begin after a given row, or end before it.

Unlike numbered pages, they don't shift when rows are added or removed, and a late page is as fast
as the first. A row is named by its public id, so that addresses contain no names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

T = TypeVar("T")
EXPORT_BATCH = 500


@dataclass(frozen=True)
class KeysetPage(Generic[T]):
    """The rows of a page. `before` and `after` name the neighbouring pages; empty if none."""

    rows: list[T]
    before: str = ""
    after: str = ""

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset_page(
    rows: QuerySet[Any], order: Sequence[str], parameters: Mapping[str, str], *, size: int
) -> KeysetPage[Any]:
    """Return the page that the parameters `after` or `before` name, or else the first.

    `order` names fields or annotations that are never null, as `order_by` does (“-name” descends),
    and ends with a unique one. Makes one query for the page, and one for the row that is named.
    """
    after, before = parameters.get("after", ""), parameters.get("before", "")
    backwards = bool(before and not after)
    towards = [_reversed(name) for name in order] if backwards else list(order)
    found = rows.order_by(*towards)
    if cursor := after or before:
        named = rows.filter(public_id=cursor).values_list(*(name.lstrip("-") for name in order))
        if (values := named.first()) is None:
            return keyset_page(rows, order, {}, size=size)
        found = found.filter(_beyond(towards, values))
    page = list(found[: size + 1])
    has_more, page = len(page) > size, page[:size]
    if cursor and (not page or (backwards and not has_more)):
        return keyset_page(rows, order, {}, size=size)
    if backwards:
        page.reverse()
    return _page(page, has_before=bool(cursor), has_after=has_more or backwards)


def keyset_slice(
    rows: Sequence[Any], parameters: Mapping[str, str], *, size: int
) -> KeysetPage[Any]:
    """Return the same page as `keyset_page`, of rows that are loaded and in order."""
    places = {row.public_id: place for place, row in enumerate(rows)}
    after, before = (places.get(parameters.get(name, "")) for name in ("after", "before"))
    start = max(0, before - size) if before is not None else 0
    if after is not None and after + 1 < len(rows):
        start = after + 1
    page = list(rows[start : start + size])
    return _page(page, has_before=start > 0, has_after=start + size < len(rows))


def every_row(rows: QuerySet[Any], order: Sequence[str]) -> Iterator[list[Any]]:
    """Yield all rows in batches. Memory stays constant, without a cursor in the database."""
    page = keyset_page(rows, order, {}, size=EXPORT_BATCH)
    yield page.rows
    while page.after:
        page = keyset_page(rows, order, {"after": page.after}, size=EXPORT_BATCH)
        yield page.rows


def _page(rows: list[Any], *, has_before: bool, has_after: bool) -> KeysetPage[Any]:
    return KeysetPage(
        rows,
        before=rows[0].public_id if rows and has_before else "",
        after=rows[-1].public_id if rows and has_after else "",
    )


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return a `Q` object for the rows after the one with these values.

    The condition on the first field alone follows from the others. It lets an index find the start.
    """
    beyond, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field, comparison = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        beyond |= same & Q(**{f"{field}__{comparison}": value})
        same &= Q(**{field: value})
    first, comparison = order[0].lstrip("-"), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{comparison}": values[0]}) & beyond
