"""Recognition of column headings in the wordings of event and form tools."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

MAX_HEADING_LENGTH = 160
MAX_LABEL_WORDS = 9


class Field(StrEnum):
    """The kind of data in a column of a list of people."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    SURNAME = "surname"
    ORGANISATION = "organisation"
    SECTOR = "sector"
    JOB_TITLE = "job_title"
    NEEDS = "needs"
    STATUS = "status"
    IGNORED = "ignored"

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS = {
    Field.EMAIL: _("E-mail"),
    Field.NAME: _("Name"),
    Field.FIRST_NAME: _("First name"),
    Field.SURNAME: _("Surname"),
    Field.ORGANISATION: _("Organisation"),
    Field.SECTOR: _("Sector"),
    Field.JOB_TITLE: _("Job title"),
    Field.NEEDS: _("Access or dietary needs"),
    Field.STATUS: _("Attending or not"),
    Field.IGNORED: _("Not used"),
}

# Degrees of certainty that a heading means a certain field.
CERTAIN, LIKELY, POSSIBLE = 3, 2, 1

EXACT: dict[Field, str] = {
    Field.EMAIL: """
        email | email address | your email | your email address | work email | work email address
        your work email | your work email address | email id | e address | emails | contact email
        mail | attendee email | attendee email address | delegate email | delegate email address
        participant email | participant email address | ticket holder email
        ticket holder email address | guest email | invitee email | respondent email
        organisation email | business email | what is your email | what is your email address
        what is your work email | what is your work email address | courriel
    """,
    Field.NAME: """
        name | full name | your name | your full name | fullname | attendee | attendee name
        attendee full name | delegate | delegate name | delegate full name | participant
        participant name | ticket holder | ticket holder name | guest name | guest | invitee
        invitee name | learner name | member name | applicant name | nominee name | respondent name
        contact name | person | display name | name of attendee | name of delegate
        name of participant | what is your name | what is your full name | first and last name
        first name and surname | first and surname | forename and surname | surname first name
        surname first | last name first name | last name first | first name last name
        surname forename | forename surname | name surname | name and surname | delegates
        participants | attendees | name in full | name first and last
    """,
    Field.FIRST_NAME: """
        first name | firstname | forename | forenames | first names | given name | given names
        christian name | fname | first | name first | name first name | your first name
        attendee first name | delegate first name | participant first name
        ticket holder first name | what is your first name
    """,
    Field.SURNAME: """
        surname | last name | lastname | family name | second name | lname | last | name last
        name last name | your surname | your last name | attendee surname | attendee last name
        delegate surname | delegate last name | participant surname | participant last name
        ticket holder surname | ticket holder last name | what is your surname
        what is your last name
    """,
    Field.ORGANISATION: """
        organisation | organization | org | company | employer | organisation name
        organization name | company name | name of organisation | name of organization
        name of your organisation | name of your organization | your organisation
        your organization | company organisation | company organization | organisation company
        organization company | employer name | workplace | place of work | where do you work
        who do you work for | agency | institution | business name | organisation agency
        which organisation do you work for | which organisation are you from
        what organisation do you work for | which organisation do you represent
        organisation represented | what is your organisation | what is the name of your organisation
        org name | business | employing organisation
    """,
    Field.SECTOR: """
        sector | your sector | which sector do you work in | what sector do you work in
        what sector is your organisation in | what sector is your organization in
        which sector is your organisation in | type of organisation | type of organization
        organisation type | organization type | sector type | organisation sector
        organization sector | sector organisation type | which sector are you from
        which sector best describes your organisation
    """,
    Field.JOB_TITLE: """
        job title | jobtitle | role | job role | job | position | your role | your job title
        current role | role title | job position | role job title | job title role | position title
        occupation | designation | profession | what is your role | what is your job title
        what is your job | current job title | role in organisation | role in your organisation
        your position | title role | post | post title
    """,
    Field.NEEDS: """
        access or dietary needs | access and dietary needs | dietary requirements | dietary needs
        dietary | diet | dietary requirement | access needs | access requirements
        accessibility requirements | accessibility needs | accessibility | allergies
        special requirements | additional requirements | additional needs | reasonable adjustments
        special needs | food allergies | needs | dietary preferences | dietary restrictions
        dietary or access requirements
    """,
    Field.STATUS: """
        status | attendee status | attendance status | attending | attendance | rsvp | rsvp status
        booking status | registration status | ticket status | response status | are you attending
        will you attend | will you be attending | are you coming | attending or not
        participant status | invitation status | delegate status | cancelled | canceled | withdrawn
        cancellation | coming | is attending
    """,
}

POSSIBLE_EXACT: dict[Field, str] = {
    Field.EMAIL: "username | user name | login | contact | upn | user principal name",
    Field.NAME: "contact | respondent | member | learner | applicant | nominee | known as | "
    "preferred name | user",
    Field.FIRST_NAME: "preferred first name | initials",
    Field.ORGANISATION: "account | account name | affiliation | body | team | firm | charity | "
    "department | service",
    Field.SECTOR: "industry | organisation category | category of organisation",
    Field.JOB_TITLE: "title | grade | function",
    Field.NEEDS: "requirements | food | lunch | support needs | other requirements | meal choice | "
    "meal",
    Field.STATUS: "response | order status | approval status | state | attended | checked in | "
    "approved",
}

# Headings about somebody other than the participant. They are ignored.
ABOUT_OTHERS = re.compile(
    r"\b(?:line manager|manager s|your manager|supervisor|emergency|next of kin|colleagues?|"
    r"assistant|referee|pa email|invited by|referred by|nominated by|approver|sponsor|event name|"
    r"event organiser|organiser|organizer|host)\b"
)
# Headings about the buyer of a ticket. The buyer may not be the participant, so the certainty of
# these headings is only POSSIBLE.
ABOUT_BUYER = re.compile(
    r"\b(?:buyer|purchaser|booker|booked by|billing|invoice|payer|orderer|order)\b"
)
# Headings of data that we don't store.
NOT_STORED = re.compile(
    r"\b(?:order (?:no|number|id|date|ref|reference)|ticket (?:type|no|number|price|id|class|"
    r"name)|quantity|qty|price|total|fee|discount|currency|payment|paid|phone|telephone|mobile|"
    r"address line|address 1|postcode|post code|zip|city|town|county|country|website|url|linkedin|"
    r"twitter|timestamp|time stamp|"
    r"(?:start|completion|end|last modified|submission|submitted|submit) (?:time|date|at)|barcode|"
    r"ip address|browser|user agent|submission id|response id|respondent id|collector id|gender|"
    r"pronouns?|ethnicity|date of birth|dob|age|notes?|comments?|file name|session name|"
    r"course name|event|venue|sheet|source|middle name|maiden name|previous name|nickname|"
    r"password|consent|newsletter|marketing|photo|privacy|gdpr|terms|opt in|mailing list|bounced?|"
    r"opened|email (?:sent|status|type|opt|verified|preferences?|domain))\b"
)
# Headings that are questions in a survey, for example for an opinion. They are ignored.
OPINION = re.compile(
    r"\b(?:would|hope|hoping|why|describe|think|feel|change|changed|challenges?|expect|"
    r"expectations|gain|learn|improve|experience|interested|interests?|motivat\w+|anything|"
    r"hear about|heard|find out|achieve|how (?:many|long|much|often|did|do|does|can|could|will|"
    r"is)|what does|benefit|questions?|happy for|may we|can we|agree|share|important|size|"
    r"number of|website|address of)\b"
)
POSTAL_ADDRESS = re.compile(
    r"\b(?:organisation|organization|company|employer|business|work|home) (?:postal )?address\b"
)

ASKS_FOR_NEEDS = re.compile(
    r"\b(?:diet|dietary|allerg\w+|accessib\w+|adjustments|intolerances?)\b"
    r"|\b(?:access|additional|special|support|mobility|food|catering) (?:\w+ ){0,3}?(?:needs?|"
    r"requirements?)\b"
)
BOTH_NAMES = re.compile(
    r"\b(?:first|forename|given)\b.*\b(?:last|surname|family)\b|"
    r"\b(?:last|surname|family)\b.*\bfirst\b"
)
NAME_OF_A_THING = re.compile(
    r"\b(?:organisation|organization|company|employer|business|ticket|event|file|course|group|"
    r"team|school|place|project|venue|session|product|workshop|programme|department|service|"
    r"account|institution|agency|cohort)\b"
)
PATTERNS: tuple[tuple[Field, int, re.Pattern[str]], ...] = (
    (Field.NAME, LIKELY, BOTH_NAMES),
    (
        Field.STATUS,
        LIKELY,
        re.compile(r"\b(?:attend\w*|rsvp|booking|registration) (?:status|response)\b"),
    ),
    (
        Field.STATUS,
        LIKELY,
        re.compile(r"^(?:are|will|can) you (?:be )?(?:able to )?(?:attend\w*|com\w+|join\w*)\b"),
    ),
    (
        Field.STATUS,
        POSSIBLE,
        re.compile(r"^(?:date )?(?:cancelled|canceled|withdrawn|refunded|declined)\b"),
    ),
    (Field.EMAIL, LIKELY, re.compile(r"\b(?:email|emails|email address)\b")),
    (Field.SECTOR, LIKELY, re.compile(r"\bsector\b")),
    (Field.SECTOR, LIKELY, re.compile(r"\b(?:type|kind) of (?:organisation|organization)\b")),
    (Field.SECTOR, LIKELY, re.compile(r"\b(?:organisation|organization) type\b")),
    (Field.JOB_TITLE, LIKELY, re.compile(r"\bjob (?:title|role)\b")),
    (
        Field.JOB_TITLE,
        LIKELY,
        re.compile(r"\b(?:your|current|main) (?:\w+ )?(?:role|position|job)\b"),
    ),
    (
        Field.FIRST_NAME,
        LIKELY,
        re.compile(r"\b(?:first|given) names?\b|\bforenames?\b|\bnames? first\b"),
    ),
    (
        Field.SURNAME,
        LIKELY,
        re.compile(r"\b(?:last|family|second) names?\b|\bsurnames?\b|\bnames? last\b"),
    ),
    (
        Field.ORGANISATION,
        LIKELY,
        re.compile(
            r"\b(?:name of|which|what|what is|your|the|attendee|delegate|participant) (?:\w+ )?"
            r"(?:organisation|organization|company|employer)\b|^(?:organisation|organization|"
            r"company|employer)\b"
            r"|\b(?:organisation|organization|company|employer)$|\bwork for$|"
            r"\b(?:company|employer) name\b"
        ),
    ),
    (
        Field.NAME,
        LIKELY,
        re.compile(r"\b(?:your|full|attendee|delegate|participant|holder|guest) (?:\w+ )?name\b"),
    ),
    (Field.NAME, POSSIBLE, re.compile(r"\bname\b")),
    (Field.JOB_TITLE, POSSIBLE, re.compile(r"\brole\b")),
)


def normalise_words(words: str) -> str:
    """Return a heading or cell in a form that patterns can match.

    It is in lower case, without punctuation, with “email” for “e-mail”, and without the number of a
    question, “Please enter” or “(required)”.
    """
    words = re.sub(
        r"(?<=[a-z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", words[:MAX_HEADING_LENGTH])
    )
    words = "".join(c for c in words if unicodedata.category(c) != "Cf").casefold()
    words = re.sub(r"\be[\s\-_\u2010\u2011.]*mail(?=s?\b|[\s_])", "email", words).replace(
        "emailaddress", "email address"
    )
    words = re.sub(
        r"\((?:required|optional|if any|if applicable|e\.?g\.?[^)]*|[^)]*@[^)]*)\)", " ", words
    )
    words = re.sub(r"[\W_]+", " ", words).strip()
    words = re.sub(r"^(?:q(?:uestion)? ?\d+|\d+)\s+(?=\D)", "", words)
    return re.sub(
        r"^(?:please )?(?:enter|give|provide|state|tell us|confirm|can we have|write) (?=your|the)|"
        r"^please ",
        "",
        words,
    )


def _phrases(table: dict[Field, str], strength: int) -> dict[str, tuple[Field, int]]:
    """Return a dict that maps each phrase in the table to a tuple (field, `strength`)."""
    return {
        " ".join(phrase.split()): (field, strength)
        for field, text in table.items()
        for line in text.splitlines()
        for phrase in line.split("|")
        if phrase.strip()
    }


KNOWN = _phrases(POSSIBLE_EXACT, POSSIBLE) | _phrases(EXACT, CERTAIN)


@lru_cache(maxsize=2048)
def field_of(heading: str) -> tuple[Field, int]:
    """Return the field that a heading means, and how certain that is: CERTAIN, LIKELY or POSSIBLE.

    Returns (Field.IGNORED, 0) if the heading is unknown, or about data that is ignored.
    """
    words = normalise_words(heading)
    if words in KNOWN:
        return KNOWN[words]
    if len(heading) > MAX_HEADING_LENGTH:
        return Field.IGNORED, 0
    if ASKS_FOR_NEEDS.search(words):
        return Field.NEEDS, LIKELY
    if is_ignored_heading(heading) or len(words.split()) > MAX_LABEL_WORDS:
        return Field.IGNORED, 0
    for field, strength, pattern in PATTERNS:
        if pattern.search(words) and not (field is Field.NAME and NAME_OF_A_THING.search(words)):
            return field, POSSIBLE if ABOUT_BUYER.search(words) or _is_secondary(
                words
            ) else strength
    return Field.IGNORED, 0


def _is_secondary(words: str) -> bool:
    """Return whether a heading asks for a second value of a field, such as “Confirm e-mail”."""
    return bool(
        re.search(
            r"\b(?:confirm|repeat|again|secondary|alternative|personal|other|badge|preferred|cc)\b",
            words,
        )
    )


@lru_cache(maxsize=2048)
def is_ignored_heading(heading: str) -> bool:
    """Return whether a heading is about another person, or about data that we don't store."""
    words = normalise_words(heading)
    return words not in KNOWN and bool(
        ABOUT_OTHERS.search(words)
        or NOT_STORED.search(words)
        or OPINION.search(words)
        or POSTAL_ADDRESS.search(words)
    )


def is_about_others(heading: str) -> bool:
    """Return whether a heading is about another person, such as a line manager."""
    return ABOUT_OTHERS.search(normalise_words(heading)) is not None
