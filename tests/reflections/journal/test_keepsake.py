"""The keepsake, a small book of a person's own text: contents, order, PDF, and permissions."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pypdf
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import reply
from reflections.experiments.actions import answer
from reflections.journal import keepsake
from reflections.journal.keepsake import direction
from reflections.models import Audience, Experiment, Reflection
from tests.queries import CapturedQueries
from tests.reflections.pages import text_of
from ui import pdf
from workshops.models import Workshop

Entry = Callable[..., Reflection]
Begin = Callable[..., Experiment]
NOW = timezone.now()


@pytest.fixture
def full_journal(
    entry: Entry,
    experiment: Begin,
    workshop: Workshop,
    next_workshop: Workshop,
    participant: User,
    facilitator: User,
    peer: User,
) -> None:
    """Create the participant's reflections, replies and an experiment.

    Three reflections are about workshops, one about none. One reply is to the participant, one by
    the participant.
    """
    later = timezone.now() + timedelta(seconds=1)
    entry(body="שאלתי שאלה אחת", workshop=next_workshop, at=later + timedelta(days=3))
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
TEXT_OF_OTHERS = ("Ruth’s words", "Dev’s words")


def keepsake_url(cohort: Cohort, name: str = "detail") -> str:
    return reverse(f"reflections:keepsake_{name}", args=[cohort.public_id])


def assert_in_order(text: str) -> None:
    places, at = [], 0
    for words in IN_ORDER:
        at = text.find(words, at)
        places.append((words, at >= 0))
        at = max(at, 0)
    assert [words for words, found in places if not found] == []
    assert [words for words in TEXT_OF_OTHERS if words in text] == []


def test_page_shows_own_text_in_workshop_order(
    full_journal: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(keepsake_url(cohort))
    assert_in_order(text_of(response))
    assert (
        'dir="rtl"' in response.content.decode(),
        keepsake_url(cohort, "pdf") in response.content.decode(),
    ) == (
        True,
        True,
    )


def test_markdown_download_preserves_typed_text(
    full_journal: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(keepsake_url(cohort, "text"))
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


def test_pdf_is_tagged_and_has_language_title_and_text_in_order(
    full_journal: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(keepsake_url(cohort, "pdf"))
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


def heading_levels(html: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])", html)]


def test_page_and_pdf_have_one_h1_and_skip_no_level(
    full_journal: None,
    entry: Entry,
    participant: User,
    participant_client: Client,
    cohort: Cohort,
    workshop: Workshop,
) -> None:
    page = participant_client.get(keepsake_url(cohort)).content.decode()
    book = render_to_string(
        "reflections/keepsake_pdf.html",
        keepsake.context_of(keepsake.keepsake_of(participant, cohort)),
    )
    for html in (page, book):
        levels = heading_levels(html)
        assert levels.count(1) == 1
        assert levels[0] == 1
        steps = [after - before for before, after in pairwise(levels)]
        assert max(steps) == 1
        assert html.count('<article class="piece') == levels.count(3)


def test_pdf_has_short_chapters_on_one_page(
    full_journal: None, participant_client: Client, cohort: Cohort
) -> None:
    response = participant_client.get(keepsake_url(cohort, "pdf"))
    book = pypdf.PdfReader(io.BytesIO(response.content))
    pages = [" ".join(page.extract_text().split()) for page in book.pages]
    assert len(pages) == 3
    assert ("Trust and conflict" in pages[1], "Power and prejudice" in pages[1]) == (True, True)
    assert ("At other times" in pages[2], "What I tried" in pages[2]) == (True, True)


def test_pdf_renders_emoji(
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
    book = pypdf.PdfReader(io.BytesIO(participant_client.get(keepsake_url(cohort, "pdf")).content))
    assert "We laughed 🙂 twice" in " ".join(book.pages[1].extract_text().split())


@pytest.mark.parametrize("name", ["detail", "pdf", "text"])
def test_keepsake_does_not_reveal_text_to_other_people(
    name: str,
    full_journal: None,
    cohort: Cohort,
    facilitator_client: Client,
    outsider_client: Client,
    administrator_client: Client,
    participant_client: Client,
) -> None:
    """Members see only their own keepsake; people who were never in the cohort get a 404."""
    for client in (outsider_client, administrator_client):
        assert client.get(keepsake_url(cohort, name)).status_code == 404
    assert b"First of" not in facilitator_client.get(keepsake_url(cohort, name)).content
    assert participant_client.post(keepsake_url(cohort, name)).status_code == 405


def test_page_without_pdf_libraries_suggests_printing(
    full_journal: None, participant_client: Client, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "pango_is_there", lambda: False)
    response = participant_client.get(keepsake_url(cohort))
    assert "This page prints well" in text_of(response)
    assert keepsake_url(cohort, "pdf") not in response.content.decode()
    answer = participant_client.get(keepsake_url(cohort, "pdf"), follow=True)
    assert "can’t make a PDF" in answer.content.decode()


def test_pdf_of_too_long_text_redirects_to_the_page(
    full_journal: None, participant_client: Client, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepsake, "MOST_CHARACTERS", 10)
    assert "you wrote more than fits in one" in text_of(
        participant_client.get(keepsake_url(cohort))
    )
    assert participant_client.get(keepsake_url(cohort, "pdf"))["Location"] == keepsake_url(cohort)


def test_keepsake_without_text_is_valid(participant_client: Client, cohort: Cohort) -> None:
    assert "Nothing here yet" in text_of(participant_client.get(keepsake_url(cohort)))
    assert b"%PDF" in participant_client.get(keepsake_url(cohort, "pdf")).content
    assert (
        participant_client.get(keepsake_url(cohort, "text"))
        .content.decode()
        .startswith("# North East")
    )


def test_page_query_count_is_constant(
    full_journal: None, participant_client: Client, cohort: Cohort, entry: Entry, workshop: Workshop
) -> None:
    def queries() -> int:
        with CapturedQueries() as queries:
            participant_client.get(keepsake_url(cohort))
        return len(queries)

    few = queries()
    for number in range(30):
        entry(body=f"More {number}", workshop=workshop, at=NOW)
    assert (queries(), few <= 14) == (few, True)


@pytest.mark.parametrize(
    ("text", "runs"),
    [("", "ltr"), ("12 🙂", "ltr"), ("12 שלום abc", "rtl"), ("abc שלום", "ltr"), ("ولم", "rtl")],
)
def test_text_direction_follows_the_first_letter(text: str, runs: str) -> None:
    assert direction(text) == runs
