"""Recognition of attendance statuses in the words of event tools and of people."""

import re
from enum import Enum

from cohorts.importing.column_names import normalise_words


class ComingStatus(Enum):
    """The meaning of a status in an imported list: whether the person is coming."""

    COMING = "coming"
    NOT_COMING = "not coming"
    WAITING = "waiting"
    UNSURE = "unsure"


# Statuses that don't say whether somebody is coming, such as “no response” and “not checked in”.
NO_ANSWER = re.compile(
    r"^(?:no|not) (?:response|reply|answer|yet|checked|arrived|responded|replied|confirmed)\b|"
    r"^(?:tentative\w*|maybe|unsure|pending\b.*|awaiting\b.*|invited|unknown|provisional\w*|"
    r"partially refunded)$"
)
WAITING = re.compile(
    r"\b(?:wait ?list\w*|wait(?:ing)? list\w*|reserve list|on hold|reserves?|waiting)\b"
)
NOT_COMING = re.compile(
    r"\b(?:cancel\w*|declin\w*|withdr[ae]wn?|withdrew|withdrawal|withdraw\w*|refund\w*|delet\w*|"
    r"void\w*|expired|reject\w*|unsuccessful|transferred|apolog\w+|no show|absent|dropped out|"
    r"left|removed|regrets|disapproved|unable|(?:can|can not|cannot|can t|cant|won t|wont|"
    r"will not|don t|not|no longer|did not|didn t|isn t|doesn t)"
    r"(?: be)?(?: able to)? (?:attend\w*|com\w+|going|participat\w*|join\w*|make it|approved|"
    r"accepted))\b"
    r"|^cannot\b|^not$"
)
NO = re.compile(r"^(?:no|n|false|0)\b")
COMING = re.compile(
    r"^(?:yes|y|true|1|ok)\b|\b(?:attend\w*|coming|going|confirmed|accept\w*|registered|"
    r"checked in|booked|complete\w*|approved|active|paid|valid|present|enrolled|joined|going|"
    r"placed)\b"
)
ASKS_IF_CANCELLED = re.compile(
    r"\b(?:cancel\w*|withdr[ae]w\w*|withdrew|declined|refunded|not attending|unable)\b"
)


def attendance_of(words: str, heading: str = "") -> ComingStatus | None:
    """Return what a status means for attendance, or None if it is unknown.

    Under a heading such as “Cancelled”, “yes” means that somebody is not coming.
    """
    said = normalise_words(words[:200])
    if re.fullmatch(r"[01]", words.strip()):
        said = words.strip()
    if ASKS_IF_CANCELLED.search(normalise_words(heading)):
        return _under_cancelled(said)
    if NO_ANSWER.search(said):
        return ComingStatus.UNSURE
    if WAITING.search(said):
        return ComingStatus.WAITING
    if NO.search(said) or NOT_COMING.search(said):
        return ComingStatus.NOT_COMING
    return ComingStatus.COMING if COMING.search(said) else None


def _under_cancelled(said: str) -> ComingStatus | None:
    """Return what a cell under a heading such as “Cancelled” means, or None for a blank cell.

    “No” means coming. Anything else, such as “yes” or a date, means not coming.
    """
    if not said:
        return None
    if NO.search(said) or re.match(r"^(?:not cancel|attend|active|none|na\b|n a\b)", said):
        return ComingStatus.COMING
    return ComingStatus.NOT_COMING
