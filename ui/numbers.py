"""Numbers as people read them."""

from decimal import ROUND_HALF_UP, Decimal


def percent(share: float | None) -> str:
    """0.907 is 91%; a half rounds up, as it is taught; nothing to count is a dash."""
    if share is None:
        return "–"
    # Through str, so that 0.285 is the 28.5 that was meant and not the binary 28.4999….
    return f"{(Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP)}%"


WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def in_words(count: int) -> str:
    """Small numbers as words, the others in figures."""
    return WORDS[count] if 0 <= count < len(WORDS) else str(count)
