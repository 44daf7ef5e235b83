"""Recognition of sectors in people's own words."""

import re
import unicodedata

PUBLIC, VOLUNTARY, PRIVATE, OTHER = "public", "voluntary", "private", "other"
SECTORS = frozenset({PUBLIC, VOLUNTARY, PRIVATE, OTHER})

# Patterns for words that name a sector, in groups (tiers), the most specific first. The first tier
# with a match decides; if its patterns match two sectors, the sector is unknown. Words that match
# are removed before the next pattern of the tier is tried, so that “public limited company” does
# not also match “public”.
TIERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        (r"non?t?[ -]?for[ -]?(?:private )?profit|non[ -]?profit\w*|nfp", VOLUNTARY),
        (r"non[ -]?governmental?(?: organi[sz]ations?)?|ngos?", VOLUNTARY),
        (
            r"council for (?:voluntary|community)\w*(?: services?| action)?|\bcvs\b|"
            r"voluntary action",
            VOLUNTARY,
        ),
        (r"voluntary aided|voluntary controlled", PUBLIC),
        (r"public(?:ly)? (?:limited|listed)(?: company)?|\bplc\b", PRIVATE),
        (r"independent sector|commercial\w*|for[ -]?profit|private\w*", PRIVATE),
        (
            r"third sector|3rd sector|voluntary|volunteer\w*|\bvol\b|vcf?se?|charit\w+",
            VOLUNTARY,
        ),
        (
            r"community interest compan(?:y|ies)|\bcics?\b|\bcio\b|social enterprises?|"
            r"civil society",
            VOLUNTARY,
        ),
        (r"public|statutory|state sector", PUBLIC),
    ),
    (
        (
            r"housing associations?|registered social landlord|social landlord|\brsl\b|"
            r"registered provider",
            VOLUNTARY,
        ),
        (
            r"self[ -]?employed|sole trader|freelanc\w+|small business\w*|\bsmes?\b|consultan\w+",
            PRIVATE,
        ),
        (r"community (?:group|organi[sz]ation|sector|centre|association)s?", VOLUNTARY),
        (
            r"faith\w*|church\w*|mosque|grassroots|mutual aid|food ?bank|hospice|trade union",
            VOLUNTARY,
        ),
        (
            r"\bnhs\b|national health service|\bicbs?\b|\bics\b|integrated care|hospitals?|"
            r"primary care|\bgps?\b",
            PUBLIC,
        ),
        (
            r"police\w*|policing|constabulary|fire(?: and| &)? rescue|fire service|ambulance|"
            r"emergency services?",
            PUBLIC,
        ),
        (
            r"local gov\w*|local authorit\w+|\bla\b|central gov\w*|gov(?:ernment|t)\b\w*|"
            r"civil serv\w+|councils?",
            PUBLIC,
        ),
        (
            r"combined authority|public health|prisons?|probation|armed forces|military|\bmod\b|"
            r"\bdwp\b|\balmos?\b",
            PUBLIC,
        ),
        (
            r"universit\w+|colleges?|schools?|academy(?: trusts?)?|academies|higher education|"
            r"further education",
            PUBLIC,
        ),
        (
            r"\bltd\b|limited|\bllp\b|business\w*|industry|corporate|retail|enterprise|"
            r"compan(?:y|ies)|pharmacy",
            PRIVATE,
        ),
    ),
    (
        (r"community|\bcommunities\b|housing|foundation", VOLUNTARY),
        (r"health(?:care)?|social care|education|academia|fire|justice|defence|authority", PUBLIC),
        (r"bank\w*|finance|legal|construction|manufacturing|technology|hospitality", PRIVATE),
        (
            r"others?|residents?|citizens?|individuals?|retired|students?|members? of the public|"
            r"none of (?:these|the above)",
            OTHER,
        ),
    ),
)
EXACT_SECTORS: dict[str, str] = {
    "member of the public": OTHER,
    "members of the public": OTHER,
    "other": OTHER,
    "other please specify": OTHER,
    "trust": VOLUNTARY,
    "vol": VOLUNTARY,
    "pub": PUBLIC,
    "priv": PRIVATE,
    "la": PUBLIC,
    "academy trust": PUBLIC,
}
COMPILED = tuple(
    tuple((re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), sector) for pattern, sector in tier)
    for tier in TIERS
)
MAX_LENGTH = 200


def sector_key(words: str) -> str:
    """Return a key for comparing words for sectors. Ignores case and most punctuation."""
    plain = unicodedata.normalize("NFKC", words[:MAX_LENGTH]).casefold()
    return re.sub(r"[^\w&'+-]+", " ", plain.replace(".", "")).strip(" -'")


def guess_sector(words: str) -> str | None:
    """Return the sector that the words mean, or None if that is unknown or ambiguous."""
    key = sector_key(words)
    if key in SECTORS:
        return key
    if key in EXACT_SECTORS:
        return EXACT_SECTORS[key]
    for tier in COMPILED:
        found = _sectors_in(key, tier)
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _sectors_in(key: str, tier: tuple[tuple[re.Pattern[str], str], ...]) -> set[str]:
    """Return the sectors whose patterns in the tier match."""
    found = set()
    for pattern, sector in tier:
        key, count = pattern.subn(" ", key)
        if count:
            found.add(sector)
    return found


def is_sector_word(words: str) -> bool:
    """Return whether the words name a sector, rather than an organisation in a sector."""
    key = sector_key(words)
    words_in_key = len(key.split())
    if words_in_key > 5 or (
        words_in_key > 1 and re.search(r"(?:ltd|limited|plc|cic|cio|trust)", key)
    ):
        return False
    plain = {
        "nhs",
        "health",
        "local government",
        "local authority",
        "business",
        "education",
        "community",
        "housing",
    }
    return (
        key in SECTORS
        or key in EXACT_SECTORS
        or key in plain
        or bool(_sectors_in(key, COMPILED[0]))
    )
