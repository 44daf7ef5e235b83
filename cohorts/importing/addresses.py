"""E-mail addresses in cells: recognising, extracting and checking them."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

MAX_ADDRESS_LENGTH = 254


def phrases_in(text: str) -> frozenset[str]:
    """Return the phrases in a text. They are separated by vertical bars or line breaks."""
    return frozenset(
        " ".join(phrase.split()) for phrase in text.replace("\n", "|").split("|") if phrase.strip()
    )


LOOKS_LIKE = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+\.[^\s@<>\"',;:().]+\Z")
IN_BRACKETS = re.compile(r"<([^<>@]*@[^<>]*)>")
BLANK_WORDS = phrases_in(
    """
    anonymous | n/a | na | none | nil | null | no-email | no email | tbc | tbd | - | -- | – | —
    . | ? | unknown
    #n/a | (blank) | not provided | not given | not applicable
    """
)

_validate = EmailValidator()


def is_blank_word(text: str) -> bool:
    """Return whether a cell is empty, or only says that it is empty, such as “n/a”."""
    text = text.strip().casefold()
    return not text or text in BLANK_WORDS


def bare_address(text: str) -> str:
    """Return “a@b.org” for “Name <a@b.org>”, “mailto:a@b.org?subject=” or “ A@B.ORG; ”."""
    text = unicodedata.normalize("NFKC", text).strip()
    if bracketed := IN_BRACKETS.search(text):
        text = bracketed.group(1).strip()
    text = re.sub(r"^(?:mailto:|e-?mail:)\s*", "", text, flags=re.IGNORECASE)
    if "@" in text:
        text = text.split("?", 1)[0]
    return text.strip(" \t\r\n\"'<>()[];,.").lower()


def name_beside(text: str) -> str:
    """Return the name in “Name <a@b.org>”, or an empty string if there is none."""
    bracketed = IN_BRACKETS.search(text)
    return text[: bracketed.start()].strip(" \t\r\n\"'") if bracketed else ""


def is_address(cell: str) -> bool:
    """Return whether a cell looks like a single e-mail address. Does not validate the address."""
    return "@" in cell and len(cell) < 400 and LOOKS_LIKE.match(bare_address(cell)) is not None


def address_error(address: str) -> str | None:
    """Return a sentence that says what is wrong with an address, or None if it is valid."""
    params = {"address": address if len(address) <= 80 else f"{address[:80]}…"}
    if len(address) > MAX_ADDRESS_LENGTH:
        return _("Enter an e-mail address of at most %(max)d characters.") % {
            "max": MAX_ADDRESS_LENGTH
        }
    if "@" not in address:
        return _("“%(address)s” is not an e-mail address: it has no @.") % params
    if re.search(r"@[^@]*[\s;,/]+[^@]*@", address):
        return _("“%(address)s” is more than one e-mail address. Enter one.") % params
    if address.count("@") > 1:
        return _("“%(address)s” is not an e-mail address: it has more than one @.") % params
    if re.search(r"\s", address):
        return _("“%(address)s” is not an e-mail address: it has a space in it.") % params
    return _error_in_parts(address, params)


def _error_in_parts(address: str, params: dict[str, str]) -> str | None:
    local, domain = address.rsplit("@", 1)
    if not local:
        return _("“%(address)s” is not an e-mail address: it has nothing before the @.") % params
    if "," in address:
        return _("“%(address)s” is not an e-mail address: it has a comma in it.") % params
    if ".." in address:
        return _("“%(address)s” is not an e-mail address: it has two dots in a row.") % params
    if "." not in domain:
        return (
            _("“%(address)s” is not a whole e-mail address: it needs an ending such as .org.uk.")
            % params
        )
    if odd := next((c for c in local if not c.isascii()), None):
        return _(
            "We can’t send to the e-mail address “%(address)s”: it has “%(character)s” before the "
            "@."
        ) % {**params, "character": odd}
    try:
        _validate(address)
    except ValidationError:
        return _("“%(address)s” is not a valid e-mail address. Check its spelling.") % params
    return None
