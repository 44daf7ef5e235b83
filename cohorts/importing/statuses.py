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
    r"^(?:i m |i am )?(?:no|not) (?:response|reply|answer|yet|checked|arrived|responded|replied|"
    r"confirmed|sure|certain|decided|known|applicable|opened|sent|paid|started|required|provided|invited|idea)\b|"
    r"^(?:tentative\w*|maybe|perhaps|possibl[ey]|unsure|undecided|unconfirmed|pending\b.*|"
    r"awaiting\b.*|invited|unknown|provisional\w*|partially refunded)$"
)
WAITING = re.compile(
    r"\b(?:wait ?list\w*|wait(?:ing)? list\w*|reserve list|on hold|reserves?|waiting)\b"
)
# Words of regret before an answer, such as “Sorry, no”.
REGRET = (
    r"(?:(?:i m |i am |we re )?(?:so |very )?(?:sorry|unfortunately|regrettably|sadly|alas|afraid|"
    r"apologies)(?: but)?|oh|thanks|thank you|thanks but|thank you but|but|i|we) "
)
NOT_COMING = re.compile(
    r"\b(?:cancel\w*|declin\w*|den(?:y|ied)|deferr\w*|defer|postponed|withdr[ae]wn?|withdrew|"
    r"withdrawal|withdraw\w*|refund\w*|delet\w*|void\w*|expired|lapsed|reject\w*|unsuccessful|"
    r"transferred|apolog\w+|no show|absent|dropped out|pulled out|opted out|opt out|turned down|"
    r"left|removed|regret\w*|disapproved|unapproved|unable|unavailable|ineligible|inactive|"
    r"unregistered|deregistered|unsubscribed|unbooked|another time|next time|some other time|"
    r"otherwise engaged|on leave|on holiday|(?:can|can not|cannot|can t|cant|won t|wont|"
    r"will not|don t|not|no longer|did not|didn t|isn t|doesn t)"
    r"(?: be)?(?: able to)? (?:attend\w*|com\w+|going|participat\w*|join\w*|make|made|be there|"
    r"there|here|available|with you|book\w*|regist\w*|enrol\w*|approved|accepted|take part|"
    r"taking part))\b"
    r"|^cannot\b|^(?:i |we )?(?:can t|cant|can not|won t|wont)\b"
)
NO = re.compile(
    rf"^(?:{REGRET}){{0,4}}(?:no|nope|n|false|0)\b|^(?:attending|coming|going|rsvp) no\b"
)
NOT = re.compile(rf"^(?:{REGRET}){{0,4}}not\b")
# Negated refusals, such as “not cancelled”.
NOT_REFUSED = re.compile(r"^not (?:cancel|refund|withdr|declin|delet|reject|remov)\w*$")
# Roles at an event. They don't say whether somebody is coming.
ROLE_WORDS = re.compile(
    r"(?:co )?(?:attendees?|delegates?|participants?|presenters?|organi[sz]ers?|speakers?|guests?|"
    r"panel+ists?|hosts?)"
)
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
    if NOT_REFUSED.search(said):
        return ComingStatus.COMING
    if NO_ANSWER.search(said):
        return ComingStatus.UNSURE
    if WAITING.search(said):
        return ComingStatus.WAITING
    if NO.search(said) or NOT.search(said) or NOT_COMING.search(said):
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


def is_role(words: str) -> bool:
    """Return whether the words are somebody's role at an event, such as “Presenter”."""
    return ROLE_WORDS.fullmatch(normalise_words(words[:200])) is not None
