"""What mail systems answer: is it the address's fault, and what does it mean in plain words? No database, no network.

Systems agree on the codes of RFC 3463 (5.1.1) less than one would wish; where a code says little, their words decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
ADDRESS = re.compile(r"[^\s@]{1,64}@\S+")
CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[\s#-]|$)")

NO_MAILBOX = "No such mailbox: nobody has this address there."
NO_DOMAIN = "What stands after the @ takes no mail: it is misspelt, or gone."
NOT_AN_ADDRESS = "It is not written as an e-mail address is."
FULL = "The mailbox is full."
CLOSED = "The mailbox is closed: it takes no mail any more."
POLICY = (
    "Their mail system turned it away by its own rules (as spam, say). The address may well be right: "
    "they can ask whoever looks after their e-mail to let ours through."
)
TOO_LARGE = "It was too large for them."
SENDER = "They refused us as the sender, not the address. Whoever runs Convenor has to look at it."
TOO_LONG_AWAY = "Their mail system could not be reached for days."
NO_REASON = "Their mail system refused it, and gave no reason that we know."

# The first that fits the whole status says what it means. Statuses before words, as these are free to say anything; but
# 5.1.0 and 5.2.0 say only whereof they speak.
BY_STATUS = (
    (r"5\.1\.2|5\.4\.4|5\.4\.6", NO_DOMAIN),
    (r"5\.1\.3", NOT_AN_ADDRESS),
    (r"5\.1\.(?:[1-6]|10)", NO_MAILBOX),
    (r"[45]\.2\.2", FULL),
    (r"5\.2\.3|5\.3\.4", TOO_LARGE),
    (r"5\.2\.1", CLOSED),
    (r"[45]\.4\.7|4\.4\.\d+", TOO_LONG_AWAY),
    (r"5\.7\.\d+|5\.6\.\d+", POLICY),
)

# What can only be about us, whomever we write to. By code: sign in. By status: our address (5.1.7, 5.1.8), our password
# or the right to send as whom we say we are (5.2.252 and 5.7.3 … 5.7.139, mostly Exchange's), to be relayed at all
# (5.7.54, 5.7.64), our day's allowance (5.1.90 of Exchange, 5.4.5 of Gmail). Not 5.7.9, which is Yahoo's for spam, not
# 5.7.133 and 5.7.134, by which a mailbox is closed to strangers, and not 5.7.2x and 5.7.509, which speak of SPF, DKIM
# and DMARC: what one system makes of those another does not.
ASKS_WHO_WE_ARE = {530, 534, 535, 538}
STATUS_OF_US = r"5\.1\.(?:7|8|90)|5\.2\.252|5\.4\.5|5\.7\.(?:3|8|14|30|54|57|60|64|139)"
# The same in words, which decide where there is no status, or one that says little. They are phrases of Postfix,
# Exim, Sendmail, Exchange, Gmail, Amazon SES, SendGrid: “sender” or “relay” alone may be of anything.
STATUS_THAT_SAYS_LITTLE = r"|5\.0\.0|5\.1\.0|5\.2\.0|5\.5\.[01]|5\.7\.[01]"
WORDS_OF_US = (
    r"(?:sender address|client host|helo command) rejected|relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted)"
    r"|unable to relay|credentials for relay|sendas ?denied|(?:allowed|permissions?) to send as"
    r"|authentication (?:is )?required|(?:was|is) not authenticated|must authenticate|verified sender identity"
    r"|e-?mail address is not verified"
)
# Our mail server quotes another, or Exchange tells of a mailbox or list that takes nothing from strangers.
WORDS_OF_THEIRS = r"\bsaid:|recipient address rejected|resolver\.|callout"

# Words that never speak of the one address, whatever else stands beside them.
OF_SENDER = r"sender|authenticat|relay|log ?in|password|credential|\bhelo\b|\behlo\b"
OF_POLICY = r"spam|policy|block(?:ed|list)|black ?list|reputation|\bspf\b|\bdkim\b|dmarc|virus|content|banned|junk"
OF_SIZE = r"too (?:large|big|long)|size (?:limit|exceed)|exceeds .*size|message size"
NOT_OF_ADDRESS = f"{OF_SENDER}|{OF_POLICY}|{OF_SIZE}"
OF_MAILBOX = (
    r"(?:no such|unknown|invalid|non-?existent) (?:user|mailbox|recipient|address|account|person)|mailbox unavailable"
    r"|(?:user|mailbox|recipient|address|account)\W+(?:\S+ ){0,3}(?:unknown|not found|(?:does ?n.t|does not|not) exist)"
    r"|no mailbox|(?:recipient|\baddress) rejected|not a valid (?:user|mailbox)|does(?:n.t| not) have an account"
)
BY_WORDS = (
    (
        r"over ?quota|quota exceeded|mailbox (?:is )?full|exceeded storage|out of storage|quota",
        FULL,
    ),
    (
        r"(?:domain|host)\S* (?:\S+ )?(?:not found|unknown|does not exist)|no mx\b|unrouteable|null mx",
        NO_DOMAIN,
    ),
    (r"disabled|inactive|suspended|deactivated|closed", CLOSED),
    (OF_MAILBOX, NO_MAILBOX),
    (OF_SIZE, TOO_LARGE),
    (OF_POLICY, POLICY),
    (OF_SENDER, SENDER),
)

# What RCPT is refused by on account of its address, where no status tells more.
REFUSALS_OF_ADDRESS = {550, 551, 552, 553, 554, 556}


@dataclass(frozen=True)
class Answer:
    """A refusal taken apart: the three figures of SMTP, the status of RFC 3463 if there is one, and the words."""

    code: int
    status: str
    words: str

    @classmethod
    def read(cls, said: str, code: int = 0) -> Answer:
        """From what a server said; its code stands in it where it is not given."""
        status = STATUS.search(said)
        found = CODE.search(said)
        return cls(code or (int(found[1]) if found else 0), status[1] if status else "", said)

    @property
    def is_for_good(self) -> bool:
        return self.status.startswith("5") if self.status else 500 <= self.code < 600

    def has_words(self, pattern: str) -> bool:
        """Outside of addresses, which may be called anything."""
        return re.search(pattern, without_addresses(self.words), re.IGNORECASE) is not None

    def has_status(self, pattern: str) -> bool:
        return re.fullmatch(pattern, self.status) is not None

    @property
    def is_of_sender(self) -> bool:
        """Is it us who are refused, for good, and would be whomever we wrote to?"""
        if self.code in ASKS_WHO_WE_ARE:
            return True
        if not self.is_for_good or self.has_words(WORDS_OF_THEIRS):
            return False
        if self.has_status(STATUS_OF_US):
            return True
        return self.has_status(STATUS_THAT_SAYS_LITTLE) and self.has_words(WORDS_OF_US)

    def is_of_address(self, *, whole_message: bool = False) -> bool:
        """Is it the address that is refused, for good, rather than what we wrote, who we are, or how we came in?

        An answer to the `whole_message` (DATA), rather than to the address alone (RCPT), has to say so by its status.
        """
        if self.is_of_sender or not self.is_for_good:
            return False
        if self.has_status(r"5\.1\.(?:[1-6]|10)|5\.2\.[124]"):
            return True
        if self.has_status(r"5\.[12]\.0"):
            return not self.has_words(NOT_OF_ADDRESS)
        if whole_message:
            return False
        if self.has_status(r"5\.(?:4\.[14]|5\.0|0\.0)"):
            # Exchange says 5.4.1, and Outlook 5.5.0, of a mailbox that is not there.
            return self.status == "5.4.4" or self.has_words(OF_MAILBOX)
        if self.status or self.code not in REFUSALS_OF_ADDRESS:
            return False
        return not self.has_words(NOT_OF_ADDRESS)


def without_addresses(said: str) -> str:
    return ADDRESS.sub("…", said)


def in_plain_words(said: str) -> str:
    """One sentence for people, of what a mail system said."""
    answer = Answer.read(said)
    if answer.is_of_sender:
        return SENDER
    for pattern, sentence in BY_STATUS:
        if answer.has_status(pattern):
            return sentence
    return next(
        (sentence for pattern, sentence in BY_WORDS if answer.has_words(pattern)), NO_REASON
    )
