"""The rows of “Before and after” in the report's files."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from reports.attendance import Share
from reports.row import ONE_DECIMAL, Row, hidden, share
from surveys.before_after.figures import Change, ScaleChange
from surveys.before_after.results import BeforeAfter
from surveys.disclosure import EXACT_MINIMUM, INTERVAL_MINIMUM, MINIMUM


def change_rows(results: BeforeAfter) -> Iterator[Row]:
    """Yield the rows of each comparison; none if the cohort doesn't use “Before and after”."""
    if not results.is_on:
        return
    at_the_end, later = _("from the start to the end"), _("from the start to six months on")
    for one in results.at_the_end:
        yield from scale_rows("end", one, at_the_end, is_closed=results.has_results)
    if results.has_colleagues:
        yield from colleague_rows(results.colleagues)
    if results.has_later_results:
        for one in results.later:
            yield from scale_rows("later", one, later, is_closed=True)


def scale_rows(name: str, one: ScaleChange, period: str, *, is_closed: bool) -> Iterator[Row]:
    key = f"change.{name}.{one.scale.id}"
    figure = _("%(scale)s: change %(period)s") % {"scale": one.name, "period": period}
    why = (
        _("fewer than %(minimum)d people answered both times") % {"minimum": MINIMUM}
        if is_closed
        else _("shown when the questionnaire at the end has closed")
    )
    note = _("mean of (after - before) in points of 5, of people who answered both times")
    yield from rows_of_change(key, figure, one.change, note, why)
    looking_back = _("%(figure)s, looking back") % {"figure": figure}
    if one.looking_back.is_shown:
        yield Row(
            f"{key}.looking-back",
            part(),
            looking_back,
            one.looking_back.mean,
            of=one.looking_back.people,
            note=_(
                "compared with what they say at the end about the start; only beside the change"
            ),
            number_format=ONE_DECIMAL,
        )
    elif one.change.is_shown and name == "end":
        why = _("shown from %(minimum)d people") % {"minimum": MINIMUM}
        yield hidden(f"{key}.looking-back", part(), looking_back, why, {})


def colleague_rows(change: Change) -> Iterator[Row]:
    figure = _("What managers and colleagues have seen")
    why = _("fewer than %(minimum)d managers and colleagues answered") % {"minimum": MINIMUM}
    note = _("mean, from -2 (much less often than before) to +2 (much more often)")
    yield from rows_of_change("change.colleagues", figure, change, note, why)


def rows_of_change(key: str, figure: str, change: Change, note: str, why: str) -> Iterator[Row]:
    """Yield the rows of a change: its mean, its interval, and how many went up or down."""
    if not change.is_shown:
        yield hidden(key, part(), figure, why, {})
        return
    yield Row(
        key,
        part(),
        figure,
        change.mean,
        of=change.people,
        note=note,
        number_format=ONE_DECIMAL,
    )
    names = {"figure": figure}
    if not change.has_interval:
        why = _("shown from %(minimum)d people") % {"minimum": INTERVAL_MINIMUM}
        yield hidden(f"{key}.interval", part(), _("%(figure)s: 90%% interval") % names, why, {})
    if not change.has_directions:
        why = _("shown from %(minimum)d people") % {"minimum": EXACT_MINIMUM}
        label = _("%(figure)s: up, the same and down") % names
        yield hidden(f"{key}.directions", part(), label, why, {})
    for end, value, label in (
        ("low", change.low, _("%(figure)s: 90%% interval from") % names),
        ("high", change.high, _("%(figure)s: 90%% interval to") % names),
    ):
        if value is not None:
            yield Row(
                f"{key}.{end}", part(), label, value, of=change.people, number_format=ONE_DECIMAL
            )
    for way, count, label in (
        ("up", change.up, _("%(figure)s: up by half a point or more") % names),
        ("same", change.same, _("%(figure)s: about the same") % names),
        ("down", change.down, _("%(figure)s: down by half a point or more") % names),
    ):
        if count is not None:
            yield share(f"{key}.{way}", part(), label, Share(count, change.people or 0))


def part() -> str:
    return _("Before and after")
