"""Quotes that authors offer and withdraw and facilitators choose, and those in the report."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from pytest_django.fixtures import Settings

from cohorts.models import Membership
from reflections.models import Audience, Quote
from reports.downloads import as_pdf
from reports.exports import as_csv, as_xlsx
from reports.figures import figures_of
from reports.quote_selection import choose, leave_out, offer, why_cannot_offer, withdraw
from tests.reports.hand_worked import DAY, HandWorked
from tests.reports.offered import DONE, WHOLE, WORDS, entry_of, offered, person
from tests.reports.test_downloads import text_of
from tests.reports.test_exports import found, read_csv, read_xlsx


def quoted(hand_worked: HandWorked) -> list[str]:
    return figures_of(hand_worked.cohort, DONE).quotes


def test_chosen_quote_is_in_the_report(hand_worked: HandWorked) -> None:
    quote = offered(hand_worked)
    assert (quote.words, quote.author, quote.cohort) == (
        WORDS,
        person("Cleo"),
        hand_worked.cohort,
    )
    assert quoted(hand_worked) == []
    choose(quote=quote, by=hand_worked.ruth, at=DONE)
    assert quoted(hand_worked) == [WORDS]
    leave_out(quote=quote)
    assert quoted(hand_worked) == []
    quote.refresh_from_db()
    assert (quote.chosen_at, quote.chosen_by, quote.withdrawn_at) == (None, None, None)


def test_withdrawn_quote_is_deleted_and_in_no_report(hand_worked: HandWorked) -> None:
    quote = offered(hand_worked, is_chosen=True)
    withdraw(quote=quote, by=person("Cleo"), at=DONE)
    withdraw(quote=quote, by=person("Cleo"), at=DONE + DAY)
    quote.refresh_from_db()
    assert (quote.withdrawn_at, quote.words) == (DONE, "")
    assert quoted(hand_worked) == []
    choose(quote=quote, by=hand_worked.ruth, at=DONE)
    assert quoted(hand_worked) == []
    assert quote.reflection is not None
    again = offer(reflection=quote.reflection, words="Others.", by=person("Cleo"), at=DONE)
    assert again.pk != quote.pk


def test_quote_is_encrypted_until_printed(hand_worked: HandWorked) -> None:
    offered(hand_worked, is_chosen=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM reflections_quote")
        assert WORDS not in cursor.fetchone()[0]


def test_double_submission_creates_one_offer(hand_worked: HandWorked) -> None:
    entry = entry_of(hand_worked)
    first, second = (
        offer(reflection=entry, words=WORDS, by=person("Cleo"), at=DONE) for _ in range(2)
    )
    assert first == second
    with pytest.raises(PermissionDenied):
        offer(reflection=entry, words="Others.", by=person("Cleo"), at=DONE)
    assert Quote.objects.count() == 1


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            "facilitator",
            "The report only quotes people who are taking part in the cohort.",
        ),
        ("left", "The report only quotes people who are taking part in the cohort."),
        (
            "small",
            "The report of a cohort of fewer than 5 people quotes nobody, because readers could "
            "tell who it is.",
        ),
        ("lost key", "You can’t offer words of this reflection while it can’t be read."),
        (
            "on offer",
            "You have already offered words of this reflection. Withdraw them to offer others.",
        ),
        ("nothing", ""),
    ],
)
def test_offer_requires_an_eligible_entry(
    case: str, reason: str, hand_worked: HandWorked, settings: Settings
) -> None:
    author = hand_worked.ruth if case == "facilitator" else person("Cleo")
    entry = entry_of(hand_worked, author.name)
    if case == "left":
        Membership.objects.get(user=author).leave(by=None, at=DONE)
    if case == "small":
        Membership.objects.participating().exclude(user=author).delete()
    if case == "lost key":
        settings.REFLECTION_KEYS = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
        entry.refresh_from_db()
    if case == "on offer":
        offer(reflection=entry, words="Others.", by=author, at=DONE)
    assert why_cannot_offer(entry, author, DONE) == reason
    if reason:
        with pytest.raises(PermissionDenied):
            offer(reflection=entry, words=WORDS, by=author, at=DONE)


def test_only_the_author_can_offer_and_withdraw(hand_worked: HandWorked) -> None:
    entry = entry_of(hand_worked, audience=Audience.COHORT)
    quote = offer(reflection=entry, words=WORDS, by=person("Cleo"), at=DONE)
    for other in (person("Amina"), hand_worked.ruth):
        with pytest.raises(PermissionDenied):
            offer(reflection=entry, words=WORDS, by=other, at=DONE)
        with pytest.raises(PermissionDenied):
            withdraw(quote=quote, by=other, at=DONE)


def test_former_member_can_withdraw(hand_worked: HandWorked) -> None:
    quote = offered(hand_worked, is_chosen=True)
    Membership.objects.get(user=person("Cleo")).leave(by=None, at=DONE)
    assert quoted(hand_worked) == [WORDS]
    withdraw(quote=quote, by=person("Cleo"), at=DONE)
    assert quoted(hand_worked) == []


def test_deleted_entry_is_in_no_report(hand_worked: HandWorked) -> None:
    reflection = offered(hand_worked, is_chosen=True).reflection
    assert reflection is not None
    reflection.delete()
    assert quoted(hand_worked) == []


def test_report_of_few_people_has_no_quotes(hand_worked: HandWorked) -> None:
    offered(hand_worked, is_chosen=True)
    few = Membership.objects.participating().filter(user__name__in=["Amina", "Ben", "Cleo", "Dev"])
    Membership.objects.participating().exclude(pk__in=few.values("pk")).delete()
    assert quoted(hand_worked) == []


def test_quote_that_cannot_be_decrypted_is_omitted(
    hand_worked: HandWorked, settings: Settings
) -> None:
    offered(hand_worked, is_chosen=True)
    settings.REFLECTION_KEYS = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    assert quoted(hand_worked) == []


def test_order_is_independent_of_authors(hand_worked: HandWorked) -> None:
    quotes = [
        offered(hand_worked, name, f"Words of {name}.", is_chosen=True)
        for name in ("Ben", "Cleo", "Dev")
    ]
    for quote, public_id in zip(quotes, ("c" * 12, "a" * 12, "b" * 12), strict=True):
        Quote.objects.filter(pk=quote.pk).update(public_id=public_id)
    assert quoted(hand_worked) == ["Words of Cleo.", "Words of Dev.", "Words of Ben."]


@pytest.mark.parametrize(
    "words", [WORDS, '=HYPERLINK("https://example.org","Open")', "<b>Bold</b> & two\nlines"]
)
def test_files_contain_the_quotes_of_the_page(words: str, hand_worked: HandWorked) -> None:
    quote = offered(hand_worked, is_chosen=True)
    Quote.objects.filter(pk=quote.pk).update(words=words)
    figures = figures_of(hand_worked.cohort, DONE)
    where = ("In their own words", "All workshops", "Quote 1")
    in_csv = found(read_csv(as_csv(figures)))[where][0]
    assert in_csv == (f"'{words}" if words.startswith("=") else words)
    assert found(read_xlsx(as_xlsx(figures)))[where][0] == words
    on_paper = text_of(as_pdf(figures))
    assert f"In their own words {' '.join(words.split())} Participants offered" in on_paper
    for file in (on_paper, as_csv(figures).decode(), repr(read_xlsx(as_xlsx(figures)))):
        assert "Cleo" not in file
        assert WHOLE not in file
