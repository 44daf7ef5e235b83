"""The detection of people's and organisations' names in quotes."""

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from reports.name_detection import Named, named_in

pytestmark = pytest.mark.either


@pytest.fixture
def people(cohort: Cohort, participant: User, facilitator: User) -> User:
    """Create three members with organisations; return a fourth, Amina of Tynewick Council."""
    for name, organisation in (
        ("Dev Patel", "Brightwork Ltd"),
        ("Will van Dyke", "Open"),
        ("Žofia O’Neil", "St Oswald’s Hospice"),
    ):
        user = User.objects.create_user(f"{name.split()[0].casefold()}@example.org", name)
        place = Organisation(name=organisation)
        place.full_clean()
        place.save()
        Membership.objects.create(cohort=cohort, user=user, organisation=place)
    return participant


def found(words: str, author: User, cohort: Cohort) -> tuple[list[str], list[str]]:
    named = named_in(words, author=author, cohort=cohort)
    return named.own, named.others


@pytest.mark.parametrize(
    "words",
    [
        "Nobody knew. We rang them there and then.",
        "I will ask one question, with an open mind, before I give one answer.",
        "The council and the hospice had never met in 2019, 2020 or 2021.",
        "Aminas and devotion, willing and opened.",
    ],
)
def test_ordinary_words_are_not_names(words: str, people: User, cohort: Cohort) -> None:
    assert found(words, people, cohort) == ([], [])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("As Amina Rahman I said so", "Amina Rahman"),
        ("amina  rahman", "Amina Rahman"),
        ("Amina’s idea", "Amina"),
        ("AMINA!", "Amina"),
        ("Mrs Rahman said", "Rahman"),
        ("At tynewick\ncouncil nobody asks", "Tynewick Council"),
        ("Write to amina.participant@example.org", "amina.participant@example.org"),
    ],
)
def test_authors_name_organisation_and_address_are_found(
    words: str, named: str, people: User, cohort: Cohort
) -> None:
    assert found(words, people, cohort) == ([named], [])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Dev Patel stayed", ["Dev Patel"]),
        ("Dev stayed, and so did Ruth", ["Ruth", "Dev"]),
        ("Will asked, and I will too", ["Will"]),
        ("Zofia’s question", ["Žofia"]),
        ("Zofia O'Neil’s question", ["Žofia O’Neil"]),
        ("the people of Brightwork", ["Brightwork"]),
        ("st oswald's hospice", ["St Oswald’s Hospice"]),
        ("at Open we closed", ["Open"]),
        ("ring 0191 498 0000", ["0191 498 0000"]),
        ("ring +44 (0)191 498-0000.", ["+44 (0)191 498-0000"]),
        ("or write to someone@elsewhere.example.", ["someone@elsewhere.example"]),
    ],
)
def test_names_of_other_members_are_found(
    words: str, named: list[str], people: User, cohort: Cohort
) -> None:
    assert found(words, people, cohort) == ([], named)


def test_author_and_others_are_distinguished(people: User, cohort: Cohort) -> None:
    assert found("Amina and Dev, of Tynewick Council and Open", people, cohort) == (
        ["Tynewick Council", "Amina"],
        ["Open", "Dev"],
    )


def test_shared_name_counts_as_the_author(people: User, cohort: Cohort) -> None:
    other = User.objects.create_user("amina.two@example.org", "Amina Khan")
    Membership.objects.create(cohort=cohort, user=other)
    assert named_in("Amina said", author=people, cohort=cohort) == Named(["Amina"], [])


def test_people_of_other_cohorts_are_ignored(
    people: User, cohort: Cohort, other_facilitator: User
) -> None:
    assert found("Tom Elsewhere said", people, cohort) == ([], [])


def test_author_without_a_name_is_supported(people: User, cohort: Cohort) -> None:
    nameless = User.objects.create_user("nameless@example.org", "")
    Membership.objects.create(cohort=cohort, user=nameless)
    assert found("Nobody", nameless, cohort) == ([], [])
