"""Sentences about the change between two rounds, made only from figures that may be shown."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relationships.comparison import BeforeAfter, Cell, Comparison, Count
from relationships.models import Occasion
from surveys.disclosure import (
    INDICATIVE_PERCENT,
    MINIMUM,
    PANEL_MINIMUM,
    PANEL_PERCENT,
    is_large_enough,
)


def summary(shown: Comparison, occasion: str) -> str:
    """Return one or two sentences about relationships across sectors; empty if none is shown.

    `occasion` is that of the second round.
    """
    sentences = [across_sectors(shown.across, occasion), highest(shown.cells_across())]
    return " ".join(filter(None, sentences))


def across_sectors(change: BeforeAfter, occasion: str) -> str:
    before, after = change.before, change.after
    if after is None:
        return ""
    if before is None:
        return only_after(after, occasion)
    is_later = occasion == Occasion.LATER
    shares = {"before": before.share, "after": after.share}
    has_risen = after.is_above(before) if before.share != after.share else None
    has_fallen = before.is_above(after) if before.share != after.share else None
    if has_risen:
        text = (
            _(
                "Of all pairs of people from different sectors, more help each other six months "
                "on: %(after)s, and %(before)s before the first workshop."
            )
            if is_later
            else _(
                "Of all pairs of people from different sectors, more help each other after the "
                "last workshop: %(after)s, and %(before)s before the first."
            )
        )
    elif has_fallen:
        text = (
            _(
                "Of all pairs of people from different sectors, fewer help each other six months "
                "on: %(after)s, and %(before)s before the first workshop."
            )
            if is_later
            else _(
                "Of all pairs of people from different sectors, fewer help each other after the "
                "last workshop: %(after)s, and %(before)s before the first."
            )
        )
    else:
        text = (
            _(
                "Of all pairs of people from different sectors, %(before)s helped each other "
                "before the first workshop, and %(after)s do six months on."
            )
            if is_later
            else _(
                "Of all pairs of people from different sectors, %(before)s helped each other "
                "before the first workshop, and %(after)s after the last."
            )
        )
    return text % shares


def only_after(after: Count, occasion: str) -> str:
    text = (
        _("Of all pairs of people from different sectors, %(after)s help each other six months on.")
        if occasion == Occasion.LATER
        else _(
            "Of all pairs of people from different sectors, %(after)s help each other after the "
            "last workshop."
        )
    )
    return text % {"after": after.share}


def highest(cells: list[Cell]) -> str:
    """Return a sentence naming the two groups with the highest share; empty if not known."""
    known = [(cell, cell.change.after) for cell in cells if cell.change.after]
    if len(cells) < 2 or len(known) < len(cells):
        return ""
    for cell, share in known:
        if all(other is cell or share.is_above(rival) for other, rival in known):
            return _("The share is highest between %(one)s and %(other)s: %(share)s.") % {
                "one": cell.one.phrase,
                "other": cell.other.phrase,
                "share": share.share,
            }
    return ""


def why_hidden(shown: Comparison) -> str:
    """Return why not all figures are shown; empty if all are."""
    if shown.shows_all:
        return ""
    if shown.panel < PANEL_MINIMUM:
        return ngettext(
            "%(people)d person answered both times. Figures are shown from %(least)d people.",
            "%(people)d people answered both times. Figures are shown from %(least)d people.",
            shown.panel,
        ) % {"people": shown.panel, "least": PANEL_MINIMUM}
    if not is_large_enough(shown.outside):
        return _(
            "Nearly everybody who answered both times is of one organisation. Figures are shown "
            "from %(least)d people of others."
        ) % {"least": MINIMUM}
    name, (answered, asked) = min(
        shown.rates.items(), key=lambda rate: (rate[1][0] / max(rate[1][1], 1), rate[0] != "both")
    )
    numbers = {
        "answered": answered,
        "asked": asked,
        "all": PANEL_PERCENT,
        "first": INDICATIVE_PERCENT,
    }
    return str(WHY[name, shown.is_indicative]) % numbers


WHY = {
    ("both", True): gettext_lazy(
        "%(answered)d of %(asked)d people answered both times. From %(all)d%%, all figures are "
        "shown; below, only the first, and it is indicative."
    ),
    ("before", True): gettext_lazy(
        "%(answered)d of %(asked)d people answered the first time. From %(all)d%%, all figures are "
        "shown; below, only the first, and it is indicative."
    ),
    ("after", True): gettext_lazy(
        "%(answered)d of %(asked)d people answered the second time. From %(all)d%%, all figures "
        "are shown; below, only the first, and it is indicative."
    ),
    ("both", False): gettext_lazy(
        "%(answered)d of %(asked)d people answered both times. Figures are shown from %(first)d%%: "
        "those who don’t answer often know fewer people, so figures without them would be too high."
    ),
    ("before", False): gettext_lazy(
        "%(answered)d of %(asked)d people answered the first time. Figures are shown from "
        "%(first)d%%: those who don’t answer often know fewer people, so figures without them "
        "would be too high."
    ),
    ("after", False): gettext_lazy(
        "%(answered)d of %(asked)d people answered the second time. Figures are shown from "
        "%(first)d%%: those who don’t answer often know fewer people, so figures without them "
        "would be too high."
    ),
}


def of_possible(shown: Comparison) -> str:
    """Return the number of possible pairs, with the new and the lost ones if they are shown."""
    if shown.new is None or shown.lost is None:
        return _("of %(pairs)d possible") % {"pairs": shown.pairs}
    return _("of %(pairs)d possible; lost: %(lost)s, new: %(new)s") % {
        "pairs": shown.pairs,
        "lost": shown.lost.text,
        "new": shown.new.text,
    }


def on_the_edge(edge: Count) -> str:
    """Return how many people have no helping relationship outside their organisation."""
    if edge.is_exact:
        return _(
            "%(people)d of %(panel)d people have no helping relationship outside their own "
            "organisation."
        ) % {"people": edge.low, "panel": edge.of}
    if not edge.low:
        return _(
            "Fewer than five people, or nobody, have no helping relationship outside their own "
            "organisation."
        )
    return _(
        "More than %(people)d of %(panel)d people have no helping relationship outside their own "
        "organisation."
    ) % {"people": edge.low - 1, "panel": edge.of}
