"""The rows about work started together in the report's files."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from partnerships.figures import MINIMUM, Survival
from partnerships.results import Started, survival_sentence
from reports.attendance import Share
from reports.row import PERCENT, Row, hidden, share
from ui.numbers import in_words


def partnership_rows(started: Started) -> Iterator[Row]:
    """Yield the rows of the counts, of survival, and of each confirmed partnership.

    Yields none if the cohort has no partnerships.
    """
    if not started.has_any:
        return
    yield Row(
        "started.confirmed",
        part(),
        _("Confirmed"),
        started.confirmed,
        note=_("people of two organisations or more agree"),
    )
    yield Row(
        "started.one-sided",
        part(),
        _("Reported by one side"),
        started.proposed,
        note=_("not among the confirmed ones"),
    )
    yield Row(
        "started.stopped",
        part(),
        _("Stopped"),
        started.stopped,
        of=started.confirmed,
        note=_("of the confirmed ones"),
    )
    for one in started.survivals:
        yield from survival_rows(one)
    yield contribution_row(started)
    for number, work in enumerate(started.works, 1):
        yield Row(
            f"started.work-{number}",
            part(),
            _("Confirmed work %(number)d: %(kind)s") % {"number": number, "kind": work.kind},
            work.who,
            note=_("an organisation is named only if its own people said so"),
        )


def survival_rows(one: Survival) -> Iterator[Row]:
    months = {"months": in_words(one.months)}
    key = f"started.after-{one.months}"
    figure = _("Still running at %(months)s months") % months
    if not one.is_shown:
        yield hidden(key, part(), figure, _("nobody has been asked yet"), {})
        return
    yield Row(key, part(), figure, one.alive, one.alive, one.due, survival_sentence(one))
    lowest = _("Still running at %(months)s months: share from") % months
    highest = _("Still running at %(months)s months: share to") % months
    if one.low is None or one.high is None:
        why = _("shown once %(minimum)d have been asked") % {"minimum": MINIMUM}
        yield hidden(f"{key}.low", part(), lowest, why, {})
        return
    for name, label, value, count, note in (
        ("low", lowest, one.low, one.alive, _("if those that are silent have stopped")),
        ("high", highest, one.high, one.alive + one.silent, _("if those that are silent go on")),
    ):
        yield Row(
            f"{key}.{name}",
            part(),
            label,
            round(value, 4),
            count,
            one.due,
            note,
            number_format=PERCENT,
        )


def contribution_row(started: Started) -> Row:
    made, figure = started.contribution, _("Would not exist as it is without the programme")
    if not made.is_shown:
        why = _("fewer than %(minimum)d answers") % {"minimum": MINIMUM}
        return hidden("started.contribution", part(), figure, why, {})
    note = _("“would not have happened” or “later or smaller”, of each one’s latest answer")
    return share("started.contribution", part(), figure, Share(made.count, made.answers), note)


def part() -> str:
    return _("Started together")
