"""Cells and names as a person would have typed them on a good day."""

import re
import unicodedata

from cohorts.importing.addresses import phrases_in

# Marks that turn the reading direction, and joiners outside the scripts that need them (Persian, Hindi …).
UNSEEN = re.compile(
    r"[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\ufff9-\uffff]"
    r"|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])|[\ud800-\udfff]|[\U000e0000-\U000e007f]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
GUARDED = re.compile(r"'(?=[=+\-@])")
# Letters and words that follow a name after a comma: nobody's first name, though "Amy" and "AJ" are.
AFTER_A_NAME = re.compile(
    r"(?:[A-Z]{3,5}|RN|RM|MD|BA|MA|JP|GP|KC|QC|MP|[BM](?:Sc|Ed|Eng|Phil)|(?:Ph|D|Ed)\.?\s?(?:D|Phil)\.?|LLB|LLM|"
    r"[Jj]r\.?|[Ss]r\.?|[Jj]unior|[Ss]enior|[Ee]sq\.?|II|III|[Hh]e/[Hh]im|[Ss]he/[Hh]er|[Tt]hey/[Tt]hem|Chartered)"
    r"(?:[ (].*)?"
)
ORGANISATION_ENDING = re.compile(
    r"(?:ltd|limited|plc|llp|cic|cio|inc|llc|ltd\.|inc\.|charity|trust|group)\.?$", re.IGNORECASE
)
PARTICLES = phrases_in(
    "de|la|le|las|los|del|della|der|den|da|do|dos|das|di|du|van|von|zu|y|e|ap|ab|ter|ten|bin|bint"
)


def clean(text: str) -> tuple[str, bool]:
    """The text on one line with single spaces, and whether it held signs that nobody can see."""
    seen = CONTROLS.sub("", UNSEEN.sub("", text))
    hidden = seen != text and bool(seen.strip()) and _is_more_than_a_mark(text)
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    return GUARDED.sub("", line, count=1) if GUARDED.match(line) else line, hidden


def _is_more_than_a_mark(text: str) -> bool:
    """A byte-order mark or soft hyphen comes from a tool and deserves no remark."""
    return bool(
        CONTROLS.search(text) or UNSEEN.search(text.replace("\ufeff", "").replace("\u00ad", ""))
    )


def folded(text: str) -> str:
    """Return the letters only, without case or accents: “Åkesson” and “akesson” are the same."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalpha() and not unicodedata.combining(c))


def tidy_name(name: str) -> str:
    """A whole name from one cell: "PATEL, AMINA" becomes "Amina Patel"; mixed case stays as it was typed."""
    return tidy_case(first_name_first(name))


def first_name_first(name: str) -> str:
    """ "Surname, First" turned round; letters after a name and organisations are left alone."""
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
    """A name in capitals throughout, in the case of names; any other as it is."""
    letters = [c for c in name if c.isalpha()]
    if len(letters) < 2 or not name.isupper() or _are_initials(name):
        return name
    words = name.split(" ")
    return " ".join(_tidy_word(word, first=i == 0) for i, word in enumerate(words))


def _are_initials(name: str) -> bool:
    """JJ and T.J. are names as they stand; JO is Jo."""
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


def fault_in_name(name: str) -> str | None:
    """What keeps a cell from being somebody's name, in a sentence, or None."""
    if not name:
        return "There is no name."
    if name[0] in "=+@":
        return f"The name begins with “{name[0]}”, as a formula does. Type the person's name."
    if "@" in name or "://" in name:
        return "The name is an address, not a person's name."
    if not any(c.isalpha() for c in name):
        return "The name has no letters in it."
    return None
