"""Cleaning of cells, and tidying and checking of names."""

import re
import unicodedata

from django.utils.translation import gettext as _

from cohorts.importing.addresses import phrases_in

# Bidirectional controls and other invisible characters, and zero-width joiners and non-joiners
# outside the scripts that need them (Arabic, Devanagari …).
INVISIBLE = re.compile(
    r"[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    r"\u3164\ufeff\ufff9-\uffff]"
    r"|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])|[\ud800-\udfff]|"
    r"[\U000e0000-\U000e007f]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# The apostrophe that `csv_writer.escape_formula` puts before a cell.
ESCAPED_FORMULA = re.compile(r"'(?=[=+\-@])")
# Titles and degrees that follow a name after a comma. Does not match “Amy” and “AJ”, which are
# first names.
AFTER_A_NAME = re.compile(
    r"(?:[A-Z]{3,5}|RN|RM|MD|BA|MA|JP|GP|KC|QC|MP|[BM](?:Sc|Ed|Eng|Phil)|(?:Ph|D|Ed)\.?\s?(?:D|"
    r"Phil)\.?|LLB|LLM|"
    r"[Jj]r\.?|[Ss]r\.?|[Jj]unior|[Ss]enior|[Ee]sq\.?|II|III|[Hh]e/[Hh]im|[Ss]he/[Hh]er|"
    r"[Tt]hey/[Tt]hem|Chartered)"
    r"(?:[ (].*)?"
)
ORGANISATION_ENDING = re.compile(
    r"\b(?:ltd|limited|plc|llp|cic|cio|inc|llc|charity|trust|group)\.?$", re.IGNORECASE
)
PARTICLES = phrases_in(
    "de|la|le|las|los|del|della|der|den|da|do|dos|das|di|du|van|von|zu|y|e|ap|ab|ter|ten|bin|bint"
)


def clean(text: str) -> tuple[str, bool]:
    """Return the cleaned text, and whether it had unexpected invisible characters.

    The cleaned text is on one line, with single spaces, and without invisible characters. An
    apostrophe at the start that protects against formula injection is removed.
    """
    seen = CONTROLS.sub("", INVISIBLE.sub("", text))
    hidden = seen != text and bool(seen.strip()) and _has_unexpected_characters(text)
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    return ESCAPED_FORMULA.sub("", line, count=1) if ESCAPED_FORMULA.match(line) else line, hidden


def _has_unexpected_characters(text: str) -> bool:
    """Return whether the text has invisible characters that tools do not usually add.

    Tools usually add byte-order marks and soft hyphens.
    """
    return bool(
        CONTROLS.search(text) or INVISIBLE.search(text.replace("\ufeff", "").replace("\u00ad", ""))
    )


def folded(text: str) -> str:
    """Return the letters of a text in lower case, without accents: “akesson” for “Åkesson”."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalpha() and not unicodedata.combining(c))


def tidy_name(name: str) -> str:
    """Return a whole name tidied: “PATEL, AMINA” becomes “Amina Patel”. Mixed case stays."""
    return tidy_case(first_name_first(name))


def first_name_first(name: str) -> str:
    """Return “First Surname” for “Surname, First”, and any other name unchanged.

    A degree or an organisation may also contain a comma: “Amina Patel, PhD”.
    """
    parts = [part.strip() for part in name.split(",")]
    if len(parts) not in (2, 3) or not all(parts) or re.search(r"[()&]", name):
        return name
    surname, first, *rest = parts
    shouted = name.isupper()
    if ORGANISATION_ENDING.search(first) or (
        not shouted and AFTER_A_NAME.fullmatch(first) and " " in surname
    ):
        return name
    if not any(c.isalpha() for c in first) or len(first.split()) > 4 or len(surname.split()) > 5:
        return name
    return ", ".join([f"{first} {surname}", *rest])


def tidy_case(name: str) -> str:
    """Return the name in title case if it is in capitals. Return initials unchanged."""
    letters = [c for c in name if c.isalpha()]
    if len(letters) < 2 or not name.isupper() or _are_initials(name):
        return name
    words = name.split(" ")
    return " ".join(_tidy_word(word, first=i == 0) for i, word in enumerate(words))


def _are_initials(name: str) -> bool:
    """Return whether a name in capitals is initials, such as “JJ” or “T.J.”. “JO” is a name."""
    bare = re.sub(r"[^\w]", "", name)
    return ("." in name and len(bare) <= 3) or (
        len(bare) == 2 and not re.search(r"[AEIOUYÀ-ÿ]", bare)
    )


def _tidy_word(word: str, *, first: bool) -> str:
    lower = word.lower()
    if lower in PARTICLES and not first:
        return lower
    if re.fullmatch(r"(?:[^\W\d_]\.)+|II|III", word):
        return word
    tidied = re.sub(r"(^|[-'’(.])([^\W\d_])", lambda m: m[1] + m[2].upper(), lower)
    return re.sub(r"\bMc([^\W\d_])", lambda m: f"Mc{m[1].upper()}", tidied)


def name_error(name: str) -> str | None:
    """Return a sentence that says what is wrong with a name, or None if it is valid."""
    if not name:
        return _("Enter a name.")
    if name[0] in "=+@":
        return _(
            "Enter the person’s name. This starts with “%(character)s”, like a spreadsheet formula."
        ) % {"character": name[0]}
    if "@" in name or "://" in name:
        return _("Enter the person’s name, not an address.")
    if not any(c.isalpha() for c in name):
        return _("Enter a name with letters in it.")
    return None
