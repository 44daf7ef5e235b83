"""What words people may type, when two names are one, and how a length is said."""

import re
import unicodedata

from django.core.exceptions import ValidationError

# Embeddings, overrides and isolates turn round what follows; the plain marks that Arabic and Hebrew need may stay.
TURNS_TEXT_ROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
FRACTIONS = {0: "", 30: "½"}


def tidy(name: str) -> str:
    """A name on one line, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def name_key(name: str) -> str:
    """What makes two spellings one name: capitals, spaces and characters that nobody sees don't count."""
    seen = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFC", tidy(seen).casefold())


def check_characters(text: str) -> None:
    """Refuses what can't be seen and does harm where it is shown, mailed or exported."""
    if TURNS_TEXT_ROUND.search(text):
        raise ValidationError(
            "This contains an invisible character that changes the direction of text. Type it again."
        )
    if CONTROL.search(text):
        raise ValidationError(
            "This contains a character that can’t be shown. Type it again."
        )


def check_name(name: str) -> None:
    """A name has something to see in it."""
    check_characters(name)
    if not name_key(name):
        raise ValidationError("There is nothing to see here. Please write a name.")


def in_hours(minutes: int) -> str:
    """A length as people say it: 25 minutes, 1 hour, 3½ hours, 3 hours 20 minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return counted(rest, "minute")
    if rest not in FRACTIONS:
        return f"{counted(hours, 'hour')} {counted(rest, 'minute')}"
    return f"{hours}{FRACTIONS[rest]} hour{'' if minutes == 60 else 's'}"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
