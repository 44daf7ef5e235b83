"""A keepsake of one's own words: what is in it, in which order, that it is a proper PDF, and nobody else's."""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import reply
from reflections.experiments.actions import answer
from reflections.journal import keepsake
from reflections.journal.keepsake import direction
from reflections.models import Audience, Experiment, Reflection
from tests.reflections.pages import text_of
from ui import pdf
from workshops.models import Workshop

Entry = Callable[..., Reflection]
Begin = Callable[..., Experiment]
NOW = timezone.now()


@pytest.fixture
def lived(
    entry: Entry,
    experiment: Begin,
    workshop: Workshop,
    following: Workshop,
    participant: User,
    facilitator: User,
    peer: User,
) -> None:
    """Words about two workshops and none, a reply got and one given, and something tried."""
    later = timezone.now() + timedelta(seconds=1)
    entry(body="שאלתי שאלה אחת", workshop=following, at=later + timedelta(days=3))
    entry(body="Second, with more", workshop=workshop, at=later + timedelta(days=1))
    mine = entry(
        body="First of *all*",
        workshop=workshop,
        prompt="What next?",
        audience=Audience.COHORT,
        at=later,
    )
    entry(body="Of no workshop", at=later)
    reply(reflection=mine, author=facilitator, body="Ruth’s words", at=later)
    theirs = entry(
        author=peer, workshop=workshop, body="Dev’s words", audience=Audience.COHORT, at=later
    )
    reply(reflection=theirs, author=participant, body="What I said", at=later + timedelta(hours=1))
    tried = experiment(words="To ask", at=later)
    answer(
        experiment=tried,
        outcome="tried",
        happened="They laughed",
        learned="To wait",
        by=participant,
        at=later,
    )


IN_ORDER = (
    "Trust and conflict",
    "What next?",
    "First of all",
    "Ruth replied",
    "To Dev Patel",
    "What I said",
    "Second, with",
    "Power and prejudice",
    "At other times",
    "Of no workshop",
    "What I tried",
    "To ask",
    "They laughed",
    "To wait",
)
NOT_THEIRS = ("Ruth’s words", "Dev’s words")


def here(cohort: Cohort, name: str = "detail") -> str:
    return reverse(f"reflections:keepsake_{name}", args=[cohort.public_id])


def assert_in_order(text: str) -> None:
    places, at = [], 0
    for words in IN_ORDER:
        at = text.find(words, at)
        places.append((words, at >= 0))
        at = max(at, 0)
    assert [words for words, found in places if not found] == []
    assert [words for words in NOT_THEIRS if words in text] == []


def test_page_has_the_words_in_the_journeys_order(
    lived: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(here(cohort))
    assert_in_order(text_of(response))
    assert (
        'dir="rtl"' in response.content.decode(),
        here(cohort, "pdf") in response.content.decode(),
    ) == (
        True,
        True,
    )


def test_markdown_is_the_same_as_it_was_typed(
    lived: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(here(cohort, "text"))
    text = response.content.decode()
    assert_in_order(text.replace("*", ""))
    assert ("### What next?" in text, "First of *all*" in text, "שאלתי" in text) == (
        True,
        True,
        True,
    )
    assert (
        response["Content-Disposition"]
        == 'attachment; filename="north-east-spring-2027-keepsake.md"'
    )
    assert response["Content-Type"] == "text/markdown; charset=utf-8"


def test_pdf_is_tagged_has_language_and_title_and_the_words_in_order(
    lived: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(here(cohort, "pdf"))
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "application/pdf",
        "no-store, private",
    )
    assert (
        response["Content-Disposition"]
        == 'attachment; filename="north-east-spring-2027-keepsake.pdf"'
    )
    book = pypdf.PdfReader(io.BytesIO(response.content))
    root: Any = book.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-gb", True)
    assert "/StructTreeRoot" in root
    assert book.metadata
    assert book.metadata.title == "North East, spring 2027: keepsake of Amina Rahman"
    pages = [" ".join(page.extract_text().split()) for page in book.pages]
    assert ("North East, spring 2027" in pages[0], "Amina Rahman" in pages[0]) == (True, True)
    assert_in_order(" ".join(pages[1:]))


def test_pdf_draws_emoji(
    entry: Entry, participant_client: Client, cohort: Cohort, workshop: Workshop
) -> None:
    listed = shutil.which("fc-list") and subprocess.run(
        ["fc-list", ":charset=1f642"], capture_output=True, check=True
    )
    if not (listed and listed.stdout):
        pytest.skip(
            "no font here has a smile (Debian: apt install fontconfig fonts-noto-color-emoji)"
        )
    entry(body="We laughed 🙂 twice", workshop=workshop)
    book = pypdf.PdfReader(io.BytesIO(participant_client.get(here(cohort, "pdf")).content))
    assert "We laughed 🙂 twice" in " ".join(book.pages[1].extract_text().split())


@pytest.mark.parametrize("name", ["detail", "pdf", "text"])
def test_nobody_else_gets_it(
    name: str,
    lived: None,
    cohort: Cohort,
    facilitator_client: Client,
    outsider_client: Client,
    administrator_client: Client,
    participant_client: Client,
) -> None:
    """Members have one of their own; who was never in the cohort has none."""
    for client in (outsider_client, administrator_client):
        assert client.get(here(cohort, name)).status_code == 404
    assert b"First of" not in facilitator_client.get(here(cohort, name)).content
    assert participant_client.post(here(cohort, name)).status_code == 405


def test_without_the_libraries_the_page_says_so_and_offers_to_print(
    lived: None, participant_client: Client, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "pango_is_there", lambda: False)
    response = participant_client.get(here(cohort))
    assert "This page prints well" in text_of(response)
    assert here(cohort, "pdf") not in response.content.decode()
    answer = participant_client.get(here(cohort, "pdf"), follow=True)
    assert "can’t make a PDF" in answer.content.decode()


def test_what_is_too_long_for_paper_is_offered_as_text(
    lived: None, participant_client: Client, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepsake, "MOST_CHARACTERS", 10)
    assert "you wrote more than fits in one" in text_of(participant_client.get(here(cohort)))
    assert participant_client.get(here(cohort, "pdf"))["Location"] == here(cohort)


def test_nothing_written_is_no_error(participant_client: Client, cohort: Cohort) -> None:
    assert "Nothing here yet" in text_of(participant_client.get(here(cohort)))
    assert b"%PDF" in participant_client.get(here(cohort, "pdf")).content
    assert participant_client.get(here(cohort, "text")).content.decode().startswith("# North East")


def test_it_asks_as_much_of_one_as_of_thirty(
    lived: None, participant_client: Client, cohort: Cohort, entry: Entry, workshop: Workshop
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            participant_client.get(here(cohort))
        return len(queries)

    few = queries()
    for number in range(30):
        entry(body=f"More {number}", workshop=workshop, at=NOW)
    assert (queries(), few <= 14) == (few, True)


@pytest.mark.parametrize(
    ("text", "runs"),
    [("", "ltr"), ("12 🙂", "ltr"), ("12 שלום abc", "rtl"), ("abc שלום", "ltr"), ("ولم", "rtl")],
)
def test_words_run_as_their_first_letter_does(text: str, runs: str) -> None:
    assert direction(text) == runs
