"""E-mail addresses as people and tools write them into cells."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

LONGEST_ADDRESS = 254


def phrases_in(text: str) -> frozenset[str]:
    """The phrases of a readable list, parted by bars and lines."""
    return frozenset(
        " ".join(phrase.split()) for phrase in text.replace("\n", "|").split("|") if phrase.strip()
    )


LOOKS_LIKE = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+\.[^\s@<>\"',;:().]+\Z")
IN_BRACKETS = re.compile(r"<\s*([^<>]*@[^<>]*?)\s*>")
BLANK_WORDS = phrases_in(
    """
    anonymous | n/a | na | none | nil | null | no-email | no email | tbc | tbd | - | -- | – | — | . | ? | unknown
    #n/a | (blank) | not provided | not given | not applicable
    """
)

_validate = EmailValidator()


def is_blank_word(text: str) -> bool:
    """Whether a cell holds nothing, or a word that stands for nothing."""
    text = text.strip().casefold()
    return not text or text in BLANK_WORDS


def unwrap(text: str) -> str:
    """The bare address in "Name <a@b.org>", "mailto:a@b.org?subject=" or " A@B.ORG; "."""
    text = unicodedata.normalize("NFKC", text).strip()
    if bracketed := IN_BRACKETS.search(text):
        text = bracketed.group(1)
    text = re.sub(r"^(?:mailto:|e-?mail:)\s*", "", text, flags=re.IGNORECASE)
    if "@" in text:
        text = text.split("?", 1)[0]
    return text.strip(" \t\r\n\"'<>()[];,.").lower()


def name_beside(text: str) -> str:
    """The name in "Name <a@b.org>", as address books write it; nothing where there is none."""
    bracketed = IN_BRACKETS.search(text)
    return text[: bracketed.start()].strip(" \t\r\n\"'") if bracketed else ""


def is_address(cell: str) -> bool:
    """Whether a cell holds one e-mail address and nothing else: a look, not a check."""
    return "@" in cell and len(cell) < 400 and LOOKS_LIKE.match(unwrap(cell)) is not None


def fault_in(address: str) -> str | None:
    """What is wrong with an address, in a sentence, or None."""
    shown = address if len(address) <= 80 else f"{address[:80]}…"
    if len(address) > LONGEST_ADDRESS:
        return f"The e-mail address is longer than {LONGEST_ADDRESS} characters."
    if "@" not in address:
        return f"“{shown}” is not an e-mail address: it has no @."
    if re.search(r"@[^@]*[\s;,/]+[^@]*@", address):
        return f"“{shown}” is more than one e-mail address. Give one."
    if address.count("@") > 1:
        return f"“{shown}” is not an e-mail address: it has more than one @."
    if re.search(r"\s", address):
        return f"“{shown}” is not an e-mail address: it has a space in it."
    return _fault_in_parts(address, shown)


def _fault_in_parts(address: str, shown: str) -> str | None:
    local, domain = address.rsplit("@", 1)
    if not local:
        return f"“{shown}” is not an e-mail address: nothing stands before the @."
    if "," in address:
        return f"“{shown}” is not an e-mail address: it has a comma in it."
    if ".." in address:
        return f"“{shown}” is not an e-mail address: it has two dots side by side."
    if "." not in domain:
        return f"“{shown}” is not a whole e-mail address: it needs an ending such as .org.uk."
    if odd := next((c for c in local if not c.isascii()), None):
        return f"“{shown}” is not an e-mail address we can send to: it has “{odd}” before the @."
    try:
        _validate(address)
    except ValidationError:
        return f"“{shown}” is not an e-mail address. Check it for a slip of the keys."
    return None
