"""The rows of “Relationships” in the report's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from relationships.comparison import BeforeAfter, Comparison, Count, each_of
from relationships.models import Occasion
from relationships.results import Relationships, Result
from reports.attendance import Share
from reports.reflection_rate import Band
from reports.row import ONE_DECIMAL, Row, hidden, share
from surveys.disclosure import MINIMUM

# Makes the row of a count that is shown from a key, the figure's name and a note.
Maker = Callable[[str, str, Count, str], Row]


def relationship_rows(results: Relationships) -> Iterator[Row]:
    """Yield the rows of each comparison. Yields none if the cohort doesn't use relationships."""
    if results.end:
        yield from rows_of_result("relationships.end", results.end)
    if results.later and results.later.is_closed:
        yield from rows_of_result("relationships.later", results.later)


def rows_of_result(key: str, result: Result) -> Iterator[Row]:
    """Yield the rows of one comparison: each figure before and after, or why it is not shown."""
    shown = result.shown
    if shown:
        figure = after(_("Answered both times"), result.occasion)
        note = _("of those who were asked both times")
        yield share(f"{key}.answered", part(), figure, Share(*shown.rates["both"]), note)
    if shown is None or not shown.is_shown:
        figure = after(_("Relationships"), result.occasion)
        yield hidden(f"{key}.helping.after", part(), figure, result.why_hidden, {})
        return
    yield from turn_to_rows(key, shown, result.occasion)
    if not shown.shows_all:
        figure = after(_("Helping relationships"), result.occasion)
        yield hidden(f"{key}.helping.after", part(), figure, result.why_hidden, {})
        return
    yield from helping_rows(key, shown, result.occasion)
    yield from sector_rows(key, shown, result.occasion)
    figure = after(_("People on the edge"), result.occasion)
    note = _("without a helping relationship outside their own organisation")
    yield shown_or_hidden(f"{key}.edge", figure, shown.edge, count_row, note)


def turn_to_rows(key: str, shown: Comparison, occasion: str) -> Iterator[Row]:
    def each(pairs: int) -> float:
        return round(2 * pairs / shown.panel, 4)

    def turn_to_row(key: str, figure: str, pairs: Count, note: str) -> Row:
        if not pairs.is_exact:
            text = each_of(pairs, shown.panel)
            band = Band(each(pairs.low), each(pairs.high))
            return Row(key, part(), figure, text, of=shown.panel, note=note, band=band)
        value = each(pairs.low)
        return Row(key, part(), figure, value, of=shown.panel, note=note, number_format=ONE_DECIMAL)

    note = (
        _("2 × helping relationships / people who answered both times; indicative")
        if shown.is_indicative
        else _("2 × helping relationships / people who answered both times")
    )
    name = _("People each can turn to in other organisations")
    yield from both_times(f"{key}.turn-to", name, shown.helping, occasion, turn_to_row, note)


def helping_rows(key: str, shown: Comparison, occasion: str) -> Iterator[Row]:
    name = _("Helping relationships")
    note = _("both say “We help each other” or more; of all pairs of different organisations")
    yield from both_times(f"{key}.helping", name, shown.helping, occasion, count_row, note)
    if shown.helping.before:
        for which, count, figure in (
            ("new", shown.new, _("New helping relationships")),
            ("lost", shown.lost, _("Lost helping relationships")),
        ):
            figure = after(figure, occasion)
            yield shown_or_hidden(f"{key}.{which}", figure, count, count_row, "")
    name = _("Pairs across organisations that help each other")
    note = _("helping relationships, of all pairs of different organisations")
    yield from both_times(f"{key}.organisations", name, shown.helping, occasion, share_row, note)
    name = _("Pairs that do something together")
    note = _("both say “We’re doing something together”; a part of the helping relationships")
    yield from both_times(f"{key}.together", name, shown.together, occasion, count_row, note)


def sector_rows(key: str, shown: Comparison, occasion: str) -> Iterator[Row]:
    name = _("Pairs across sectors that help each other")
    if not shown.cells:
        why = _("shown if two sectors or more have at least %(minimum)d people each")
        figure = after(name, occasion)
        yield hidden(f"{key}.sectors.after", part(), figure, why % {"minimum": MINIMUM}, {})
        return
    note = _("helping relationships, of all pairs of different sectors and organisations")
    yield from both_times(f"{key}.sectors", name, shown.across, occasion, share_row, note)
    for cell in shown.cells:
        name = _("Pairs that help each other: %(sectors)s") % {"sectors": cell.name}
        place = f"{key}.sectors.{cell.one.mark}-{cell.other.mark}"
        yield from both_times(place, name, cell.change, occasion, share_row, "")


def both_times(
    key: str, name: str, change: BeforeAfter, occasion: str, make: Maker, note: str
) -> Iterator[Row]:
    """Yield the rows of a figure before and after.

    In the comparison six months on, leaves out the row before if it has no figure to show.
    """
    if change.before or occasion == Occasion.END:
        figure = before(name, occasion)
        yield shown_or_hidden(f"{key}.before", figure, change.before, make, note)
    figure = after(name, occasion)
    yield shown_or_hidden(f"{key}.after", figure, change.after, make, note)


def shown_or_hidden(key: str, figure: str, count: Count | None, make: Maker, note: str) -> Row:
    if count is None:
        return hidden(key, part(), figure, _("the number could reveal what one person said"), {})
    return make(key, figure, count, note)


def count_row(key: str, figure: str, count: Count, note: str) -> Row:
    if count.is_exact:
        return Row(key, part(), figure, count.low, of=count.of, note=note)
    band = Band(count.low, count.high)
    return Row(key, part(), figure, count.text, of=count.of, note=note, band=band)


def share_row(key: str, figure: str, count: Count, note: str) -> Row:
    if count.is_exact:
        return share(key, part(), figure, Share(count.low, count.of), note)
    band = Band(round(count.low / count.of, 4), round(count.high / count.of, 4))
    return Row(key, part(), figure, count.share, of=count.of, note=note, band=band)


def before(figure: str, occasion: str) -> str:
    if occasion == Occasion.LATER:
        text = _("%(figure)s: before workshop 1, of those who also answered six months on")
    else:
        text = _("%(figure)s: before workshop 1")
    return text % {"figure": figure}


def after(figure: str, occasion: str) -> str:
    if occasion == Occasion.LATER:
        return _("%(figure)s: six months on") % {"figure": figure}
    return _("%(figure)s: after the last workshop") % {"figure": figure}


def part() -> str:
    return _("Relationships")
