"""Validation of typed text, and the key under which two spellings of a name are one."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Bidirectional embeddings, overrides and isolates can reorder the text after them. The plain marks
# that Arabic and Hebrew need are allowed.
BIDI_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Length of Organisation.name_key. Casefolding can make a name longer than it was (ß becomes ss).
KEY_LENGTH = 250


def tidy(name: str) -> str:
    """Return the name on one line, NFC-normalised, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def name_key(name: str) -> str:
    """Return the key of a name. Two names with the same key are the same name.

    Ignores case, spacing, invisible characters, compatibility forms and a final full stop.
    """
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    key = tidy(unicodedata.normalize("NFKC", folded))
    return key.rstrip(". ")[:KEY_LENGTH].rstrip()


def check_characters(text: str) -> None:
    """Raise ValidationError for invisible characters that harm pages, e-mails or exports."""
    if BIDI_CONTROL.search(text):
        raise ValidationError(
            _(
                "This contains an invisible character that changes the direction of text. "
                "Type it again."
            )
        )
    if CONTROL.search(text):
        raise ValidationError(_("This contains a character that can’t be shown. Type it again."))


def check_name(name: str) -> None:
    """Raise ValidationError unless the name contains visible characters, and only safe ones."""
    check_characters(name)
    if not name_key(name):
        raise ValidationError(_("Enter a name."))
