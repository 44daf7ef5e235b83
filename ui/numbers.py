"""Numbers and lists as people read them."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS = (
    gettext_lazy("no"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
    gettext_lazy("ten"),
    gettext_lazy("eleven"),
    gettext_lazy("twelve"),
)


def percent(share: float | None) -> str:
    """Return “91%” for 0.907, rounding half up; “–” for None."""
    if share is None:
        return "–"
    # Convert through str: the float 0.285 is slightly less than 0.285, and would be rounded down.
    return f"{(Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP)}%"


def in_words(count: int) -> str:
    """Return the number as a word up to twelve, and in figures above twelve."""
    return str(WORDS[count]) if 0 <= count < len(WORDS) else str(count)


def joined_by_and(items: Iterable[object]) -> str:
    """Return “a, b and c”."""
    return get_text_list([str(item) for item in items], _("and"))
