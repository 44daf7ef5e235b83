"""Parts of people's names: honorifics, and the name to greet somebody by."""

from __future__ import annotations

# Titles before a name, casefolded and without their full stop.
HONORIFICS = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "rev",
        "revd",
        "reverend",
        "sir",
        "dame",
        "lord",
        "lady",
        "cllr",
        "councillor",
    }
)


def is_honorific(word: str) -> bool:
    return word.strip(".,").casefold() in HONORIFICS


def greeting_name(full_name: str) -> str:
    """Return the first name, without honorifics: “Amina” for “Dr Amina Patel”.

    Return the whole name if an honorific leaves only one word, which is probably a surname.
    """
    words = full_name.split()
    given = list(words)
    if len(given) > 1 and given[0] == "The" and is_honorific(given[1]):  # “The Revd Siân Hughes”
        given.pop(0)
    while given and is_honorific(given[0]):
        given.pop(0)
    if not given or (len(given) == 1 and len(words) > 1):
        return full_name
    return given[0]
