"""Parts of people's names: honorifics, and the name to greet somebody by."""

from __future__ import annotations

import re

# Titles before a name, casefolded and without their full stop. Words that are also first names or
# initials, such as “Major” and “DC”, are in MAYBE_HONORIFICS.
HONORIFICS = frozenset(
    {
        "mr", "mrs", "ms", "miss", "mx", "dr", "drs", "prof", "professor", "doctor", "rev",
        "revd", "reverend", "sir", "dame", "lord", "lady", "baroness", "cllr", "councillor",
        "ald", "alderman", "hon", "rt", "ven", "rabbi", "capt", "captain", "lt", "col", "sgt",
        "supt", "mme", "mlle", "herr", "frau",
    }
)  # fmt: skip
MAYBE_HONORIFICS = frozenset(
    {
        "pc", "dc", "ps", "ds", "di", "dci", "dcc", "acc", "insp", "inspector", "major", "maj",
        "sergeant", "colonel", "canon", "father", "fr", "sister", "br", "brother", "imam",
        "sheikh", "pastor", "bishop", "judge", "eur", "ing", "baron", "count", "madam",
        "madame",
    }
)  # fmt: skip
# Scripts and letters of names in which the family name usually comes first: Chinese, Japanese and
# Korean, and the letters that only Vietnamese uses.
FAMILY_NAME_FIRST = re.compile(
    r"[\u1ea0-\u1ef9\u01a0\u01a1\u01af\u01b0\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


def bare_word(word: str) -> str:
    return word.strip(".,").casefold()


def is_honorific(word: str) -> bool:
    return bare_word(word) in HONORIFICS


def greeting_name(full_name: str) -> str:
    """Return the first name, without honorifics: “Amina” for “Dr Amina Patel”.

    Return the whole name where it is not certain which word is the first name: if an honorific
    leaves only one word, if the first word is an initial or perhaps an honorific, or if the family
    name seems to come first.
    """
    words = full_name.split()
    given = list(words)
    # Remove “The” from “The Revd Siân Hughes”.
    if len(given) > 1 and given[0].casefold() == "the" and is_honorific(given[1]):
        given.pop(0)
    while given and is_honorific(given[0]):
        given.pop(0)
    if not given or (len(given) == 1 and len(words) > 1) or _is_unsure(full_name, given):
        return full_name
    return given[0]


def _is_unsure(full_name: str, given: list[str]) -> bool:
    """Return whether it is uncertain that the first of several words is a first name."""
    first, *others = given
    letters = re.sub(r"[\W\d_]", "", first)
    return bool(others) and (
        len(letters) < 2
        or bare_word(first) in MAYBE_HONORIFICS
        or first.endswith((",", "."))
        or FAMILY_NAME_FIRST.search(full_name) is not None
        # A family name in capitals comes first, as in “PATEL Amina”.
        or (letters.isupper() and not full_name.isupper())
    )
