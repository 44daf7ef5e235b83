"""Validation of typed text, and name keys, which are equal for two spellings of one name."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Bidirectional embeddings, overrides and isolates can reorder the text after them. The directional
# marks that Arabic and Hebrew need (LRM, RLM and ALM) can't, so they are allowed.
BIDI_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SINGLE_MARKS = "\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4"
DOUBLE_MARKS = "\u201c\u201d\u201e\u201f\u2033"
STRAIGHT_MARKS = str.maketrans(dict.fromkeys(SINGLE_MARKS, "'") | dict.fromkeys(DOUBLE_MARKS, '"'))
# The max_length of Organisation.name_key. It is longer than that of a name, because casefolding can
# lengthen a name (ß becomes ss).
KEY_LENGTH = 250


def tidy(name: str) -> str:
    """Return the name on one line, in Unicode NFC, with single spaces between words."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def name_key(name: str) -> str:
    """Return a key for comparing names: two spellings of one name have the same key.

    The key ignores case, spacing, invisible characters, compatibility forms (NFKC), full stops at
    the end, the shape of quotation marks, and whether “and” is written “&”.
    """
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", visible).casefold()
    plain = unicodedata.normalize("NFKC", folded).translate(STRAIGHT_MARKS)
    key = tidy(plain.replace("&", " and "))
    return key.rstrip(". ")[:KEY_LENGTH].rstrip()


def check_characters(text: str) -> None:
    """Raise ValidationError if the text contains control characters.

    They could reorder or damage the text of pages, e-mails and exports. Tabs and line breaks are
    allowed.
    """
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
    """Raise ValidationError if the name contains control characters, or has an empty name key."""
    check_characters(name)
    if not name_key(name):
        raise ValidationError(_("Enter a name."))
