"""The meaning of SMTP replies: whether they refuse the address, and a sentence for people.

Mail systems use the status codes of RFC 3463 (such as 5.1.1) differently. If the status is vague,
the text of the reply decides. All functions are pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
ADDRESS = re.compile(r"[^\s@]{1,64}@\S+")
CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[\s#-]|$)")
# Real replies have a few hundred characters. Some patterns take quadratic time on a longer text.
LONGEST_REPLY = 1000

NO_MAILBOX = _("No such mailbox: nobody has this address there.")
NO_DOMAIN = _("The part after the @ doesn’t accept e-mail: it’s misspelt, or no longer exists.")
NOT_AN_ADDRESS = _("It isn’t a valid e-mail address.")
FULL = _("The mailbox is full.")
CLOSED = _("The mailbox is closed and doesn’t accept e-mail any more.")
POLICY = _(
    "Their mail system rejected it by its own rules, for example as spam. "
    "The address may be right: they can ask their IT team to let our e-mails through."
)
TOO_MANY = _(
    "Their mail system was receiving too many e-mails at the time. The address may be right."
)
TOO_LARGE = _("It was too large for their mail system.")
SENDER = _(
    "They refused us as the sender, not the address. The people who run Convenor must fix it."
)
TOO_LONG_AWAY = _("Their mail system could not be reached for days.")
NO_REASON = _("Their mail system refused it without a reason that we know.")

# Patterns of statuses, and their meanings. The first pattern that matches the whole status decides
# the meaning, unless the text matches OF_RATE or OF_POLICY. If no pattern matches, the text of the
# reply decides. 5.1.0 and 5.2.0 are left out, because they are too vague.
BY_STATUS = (
    (r"[45]\.1\.2|[45]\.4\.4", NO_DOMAIN),
    (r"[45]\.1\.3", NOT_AN_ADDRESS),
    (r"[45]\.1\.(?:[1-6]|10)", NO_MAILBOX),
    (r"[45]\.2\.2", FULL),
    (r"5\.2\.3|5\.3\.4", TOO_LARGE),
    (r"[45]\.2\.1", CLOSED),
    (r"[45]\.4\.7|4\.4\.\d+", TOO_LONG_AWAY),
    (r"5\.7\.\d+|5\.6\.\d+", POLICY),
)
# The meanings that suppress the address. No other meaning does, NO_REASON included.
OF_ADDRESS = (NO_MAILBOX, NO_DOMAIN, NOT_AN_ADDRESS, FULL, CLOSED)

# Replies that refuse our account, whoever the recipient is.
# - By code: authentication required.
# - By status: our address (5.1.7, 5.1.8); our password or the right to send as this sender (5.2.252
#   and 5.7.3 … 5.7.139, mostly Exchange); relaying (5.7.54, 5.7.64); our daily quota (5.1.90 of
#   Exchange, 5.4.5 of Gmail).
# - Left out: 5.7.9, which Yahoo uses for spam; 5.7.133 and 5.7.134, which mean that a mailbox is
#   closed to external senders; 5.7.2x and 5.7.509, which are about SPF, DKIM and DMARC.
AUTHENTICATION_CODES = {530, 534, 535, 538}
STATUS_OF_US = r"5\.1\.(?:7|8|90)|5\.2\.252|5\.4\.5|5\.7\.(?:3|8|14|30|54|57|60|64|139)"
# Text that refuses our account. It is searched for if the status is missing or vague. These are
# whole phrases of Postfix, Exim, Sendmail, Exchange, Gmail, Amazon SES and SendGrid, because the
# word “sender” or “relay” alone may mean anything.
VAGUE_STATUS = r"|5\.0\.0|5\.1\.0|5\.2\.0|5\.5\.[01]|5\.7\.[01]"
TEXT_ABOUT_US = (
    r"(?:sender address|client host|helo command) rejected"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted)"
    r"|unable to relay|credentials for relay|sendas ?denied|(?:allowed|permissions?) to send as"
    r"|authentication (?:is )?required|(?:was|is) not authenticated|must authenticate"
    r"|verified sender identity|e-?mail address is not verified"
)
# Text that shows that a reply does not refuse our account: our mail server quotes the reply of
# another server, or Exchange names a mailbox that is closed to external senders.
TEXT_FROM_OTHERS = r"\bsaid:|recipient address rejected|resolver\.|callout"

# Patterns for the text of a reply, one for each meaning. OF_POLICY and OF_RATE have priority over
# the status, because mail systems report blocklists and limits under any status.
OF_SENDER = r"sender|authenticat|relay|log ?in|password|credential|\bhelo\b|\behlo\b"
OF_POLICY = (
    r"spam|policy|block(?:ed|ing|[ -]?list)|black[ -]?list|deny ?list|reputation|\bspf\b|\bdkim\b"
    r"|dmarc|virus|malware|phish|content|banned|junk|\b[dr]bl\b|\bdns[bw]l\b|\brdns\b|\bptr\b"
    r"|reverse[ -](?:dns|lookup|mapping)|\blisted (?:in|on|at|by)\b|grey ?list|gray ?list"
    r"|prohibited|invalid dns mx|spamcop|barracuda|proofpoint\.com/dns|cloudmark"
)
OF_RATE = (
    r"\brate\b|rate[ -]?limit|throttl|too (?:many|fast|frequent)|(?:receiv\w+|message|hourly|daily)"
    r" limit|per (?:hour|minute|day)\b"
)
OF_SIZE = r"too (?:large|big|long)|size (?:limit|exceed)|exceeds .*size|message size"
OF_MAILBOX = (
    r"(?:no such|unknown|invalid|non-?existent) (?:user|mailbox|recipient|address|account|person)"
    r"|mailbox unavailable"
    r"|(?:user|mailbox|recipient|address|account)\W+(?:\S+ ){0,3}"
    r"(?:unknown|not found|(?:does ?n.t|does not|not) exist)"
    r"|no mailbox|(?:recipient|\baddress) rejected|not a valid (?:user|mailbox)"
    r"|does(?:n.t| not) have an account"
)
# The name of a server whose reply our mail server quotes. It is removed before patterns are tried,
# because it may contain a word such as “spam”.
QUOTED_HOST = re.compile(r"\bhost \S{1,200} (?=said\b)", re.IGNORECASE)
BY_WORDS = (
    (OF_SENDER, SENDER),
    (OF_SIZE, TOO_LARGE),
    (
        r"over ?quota|quota exceeded|mailbox (?:is )?full|exceeded storage|out of storage|quota",
        FULL,
    ),
    (
        r"(?:domain|host)\S* (?:\S+ )?(?:not found|unknown|does not exist)"
        r"|no mx\b|unrouteable|null mx|nxdomain|no such (?:domain|host)",
        NO_DOMAIN,
    ),
    (r"disabled|inactive|suspended|deactivated|closed", CLOSED),
    (OF_MAILBOX, NO_MAILBOX),
)


@dataclass(frozen=True)
class SMTPReply:
    """A parsed SMTP reply.

    `code` is 0 if the reply has no code. `status` (RFC 3463) is empty if the reply has none.
    `words` is the text of the reply, code and status included.
    """

    code: int
    status: str
    words: str

    @classmethod
    def parse(cls, said: str, code: int = 0) -> SMTPReply:
        """Parse the first LONGEST_REPLY characters of a reply.

        The code is taken from the text unless `code` is given.
        """
        said = said[:LONGEST_REPLY]
        status = STATUS.search(said)
        found = CODE.search(said)
        return cls(code or (int(found[1]) if found else 0), status[1] if status else "", said)

    @property
    def is_permanent(self) -> bool:
        return self.status.startswith("5") if self.status else 500 <= self.code < 600

    def text_matches(self, pattern: str) -> bool:
        """Return whether the pattern is found in the reply's text, ignoring case.

        E-mail addresses are removed first, because their words are not part of the reason.
        """
        return re.search(pattern, without_addresses(self.words), re.IGNORECASE) is not None

    def status_matches(self, pattern: str) -> bool:
        return re.fullmatch(pattern, self.status) is not None

    @property
    def refuses_sender(self) -> bool:
        """Whether the reply permanently refuses us as the sender, whoever the recipient is."""
        if self.code in AUTHENTICATION_CODES:
            return True
        if not self.is_permanent or self.text_matches(TEXT_FROM_OTHERS):
            return False
        if self.status_matches(STATUS_OF_US):
            return True
        return self.status_matches(VAGUE_STATUS) and self.text_matches(TEXT_ABOUT_US)

    def refuses_address(self, *, whole_message: bool = False, is_final: bool = False) -> bool:
        """Return whether the reply permanently refuses the address, not the content or the sender.

        The meaning that pages show decides (see `meaning_of`), so a reply without a known reason
        does not refuse the address. `whole_message` means that the reply is to DATA, not to RCPT.
        Such a reply refuses the address only if its status says so. `is_final` means that the mail
        server has given up, even if the status begins with 4.
        """
        if not (is_final or self.is_permanent):
            return False
        if whole_message and not self.status_matches(r"[45]\.[12]\.\d+"):
            return False
        return meaning_of(self) in OF_ADDRESS


def without_addresses(said: str) -> str:
    """Return the reply without its e-mail addresses and without QUOTED_HOST."""
    return ADDRESS.sub("…", QUOTED_HOST.sub("", said))


def in_plain_words(said: str) -> str:
    """Return the meaning of an SMTP reply as a sentence for people."""
    return str(meaning_of(SMTPReply.parse(said)))


def meaning_of(reply: SMTPReply) -> Promise | str:
    """Return the meaning of the reply: a sentence of this module, from NO_MAILBOX to NO_REASON."""
    if reply.refuses_sender:
        return SENDER
    if reply.text_matches(OF_RATE):
        return TOO_MANY
    if reply.text_matches(OF_POLICY):
        return POLICY
    for pattern, sentence in BY_STATUS:
        if reply.status_matches(pattern):
            return sentence
    return next(
        (sentence for pattern, sentence in BY_WORDS if reply.text_matches(pattern)), NO_REASON
    )
