"""Recognition of sectors from free text."""

import pytest

from cohorts.importing.sectors import guess_sector, sector_key

WORDS = {
    "public": """Public | public sector | PUBLIC SECTOR | Local government | Local authority | NHS
        NHS / health | Police | Fire and rescue
        Council | University | Government | Civil service | Education | Health | statutory
        Public sector (NHS) | Central Gov | Ambulance service
        Combined authority | ICB | School | Public health | GP practice | Community health NHS trust
        public body""",
    "voluntary": """Voluntary | VCSE | V.C.S.E | VCS | VCFSE | CIC | C.I.C.
        Community interest company
        Charity | Charities | third sector | 3rd Sector
        Voluntary / community | voluntary & community | Housing association | Social enterprise
        Not for profit | Non-profit | not-for-profit
        NGO | Council for Voluntary Service | Faith group | Community group | Registered charity
        Voluntary, community and social enterprise""",
    "private": """Private | private sector | Business | SME | Ltd | Self-employed | Freelance
        Local business | For profit | Private healthcare
        Commercial | Sole trader | Private company | Small business owner""",
    "other": "Other | other (please specify) | Resident | Retired | Member of the public",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sector"),
    [
        (phrase.strip(), sector)
        for sector, text in WORDS.items()
        for line in text.splitlines()
        for phrase in line.split("|")
    ],
)
def test_words_are_recognised_as_a_sector(words: str, sector: str) -> None:
    assert guess_sector(words) == sector
    assert guess_sector(f"  {words.upper()} ") == sector


@pytest.mark.parametrize(
    "words",
    [
        "",
        "  ",
        "Prefer not to say",
        "Both public and voluntary",
        "public/private",
        "?",
        "42",
        "x" * 9000,
    ],
)
def test_ambiguous_words_give_no_sector(words: str) -> None:
    assert guess_sector(words) is None


def test_spellings_of_the_same_words_share_a_key() -> None:
    assert (
        sector_key("Voluntary / community")
        == sector_key(" voluntary  /  COMMUNITY.")
        == "voluntary community"
    )
