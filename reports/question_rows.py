"""The rows about the survey questions in the report's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from reports.attendance import Share
from reports.reflection_rate import Band
from reports.row import ONE_DECIMAL, Row, hidden, share
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.items import Item, ends_of
from surveys.results import Results


def why_hidden(results: Results) -> str:
    if results.is_closed:
        return fewer_answered(MINIMUM)
    if results.is_pending:
        return _("results follow within a few minutes")
    return _("the survey is open")


def fewer_answered(minimum: int) -> str:
    return _("fewer than %(minimum)d answers") % {"minimum": minimum}


def item_rows(key: str, item: Item, why: str, **where: Any) -> Iterator[Row]:
    """Yield the rows of a question: the mean, the share of answers 4 and 5, and that of each point.

    A question answered by a number has only a mean, and a choice has the share of each option. If
    exact figures may not be shown, the mean is rounded, or hidden with the reason `why`, and the
    share is hidden.
    """
    part, question = _("Feedback"), {"question": item.text}
    mean = _("%(question)s: mean") % question
    favourable = _("%(question)s: answered 4 or 5") % question
    if item.n is None:
        if item.rounded is not None:
            why = fewer_answered(EXACT_MINIMUM)
            yield rounded_row(f"{key}.mean", part, mean, item, where)
        else:
            name = item.text if item.question.is_choice else mean
            yield hidden(f"{key}.mean", part, name, why, where)
        if item.question.is_scale:
            yield hidden(f"{key}.favourable", part, favourable, why, where)
        return
    if item.total is not None:
        yield Row(
            f"{key}.mean",
            part,
            mean,
            item.mean,
            of=item.n,
            note=_("from %(least)d to %(most)d") % ends(item),
            number_format=ONE_DECIMAL,
            **where,
        )
    if item.favourable is not None:
        yield share(
            f"{key}.favourable",
            part,
            favourable,
            Share(item.favourable, item.n),
            **where,
        )
    for point, chosen in enumerate(item.distribution or (), 1):
        yield share(
            f"{key}.answered-{point}",
            part,
            _("%(question)s: answered %(point)d") % (question | {"point": point}),
            Share(chosen, item.n),
            **where,
        )
    for number, (option, chosen) in enumerate(item.chosen or (), 1):
        yield share(
            f"{key}.chose-{number}",
            part,
            _("%(question)s: chose “%(option)s”") % (question | {"option": option}),
            Share(chosen, item.n),
            **where,
        )


def ends(item: Item) -> dict[str, int]:
    least, most = ends_of(item.question)
    return {"least": least, "most": most}


def rounded_row(key: str, part: str, figure: str, item: Item, where: Mapping[str, Any]) -> Row:
    """Return the row of a rounded mean. Near an end, its value is a text: “4.5 or more”."""
    note = _("from %(least)d to %(most)d, to the nearest half: fewer than %(number)d answered")
    facts = {"note": note % (ends(item) | {"number": EXACT_MINIMUM}), **where}
    least, most = ends_of(item.question)
    bands = {least + 0.5: Band(least, least + 0.5), most - 0.5: Band(most - 0.5, most)}
    if item.rounded in bands:
        return Row(key, part, figure, item.average, band=bands[item.rounded], **facts)
    return Row(key, part, figure, item.rounded, number_format=ONE_DECIMAL, **facts)
