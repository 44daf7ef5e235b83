"""The report's PDF: it has the page's text, without navigation, tagged for screen readers."""

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from cohorts.models import Cohort
from reports.downloads import as_pdf, file_name
from reports.figures import Figures, figures_of
from tests.reports.hand_worked import FINISHED, STARTS, HandWorked
from ui import pdf as paper
from ui.pdf import MISSING

pytestmark = pytest.mark.either


@pytest.fixture
def figures(hand_worked: HandWorked) -> Figures:
    return figures_of(hand_worked.cohort, FINISHED)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def test_pdf_has_the_text_of_the_page(figures: Figures) -> None:
    pdf = as_pdf(figures)
    text = text_of(pdf)
    for said in (
        "Leading Change Together · 5 of 5 workshops have taken place, "
        "10 September to 24 December 2026 15 participants from 8",
        "56 of 68 places",
        "completely: 3.9 on average.",
        "3. Trust under strain Not shown: fewer than five answered",
        "Public 7 Other 8",
        "5. Try, learn, be wrong 3 December 14 12 1 86% 6 of 12 indicative three quarters or more",
        "Cancelled, and in no figure: 4. Power, privilege and prejudice.",
        "6. What next, together 24 December 14 11 1 not marked 0 79%",
        "I could speak openly 3.9 63% n 8 3.9 63% n 8 3.5 n under 8 – n under 5 4.0",
        "How each figure is calculated Attendance People who came, as a share of people expected",
    ):
        assert said in text
    assert len(read(pdf).pages) == 3
    assert not any(page.get("/Annots") for page in read(pdf).pages)


def test_pdf_tags_headings_and_charts_for_screen_readers(figures: Figures) -> None:
    pdf = read(as_pdf(figures))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Report: North East, spring 2027"
    parts = list(tagged(pdf.root_object["/StructTreeRoot"]))
    assert Counter(
        str(part["/S"]) for part in parts if str(part["/S"]) in ("/H1", "/H2", "/Table")
    ) == {
        "/H1": 1,
        "/H2": 5,
        "/Table": 2,
    }
    (drawn,) = [str(part["/Alt"]) for part in parts if "/Alt" in part]
    assert drawn == (
        "1. Who leads here?: 0 answered 1, 1 answered 2, 2 answered 3, 2 answered 4, 3 answered 5"
    )


def tagged(part: Any) -> Iterator[Any]:
    """Yield the structure elements of a PDF, in the order in which a screen reader reads them."""
    part = part.get_object()
    if isinstance(part, list):
        for one in part:
            yield from tagged(one)
    elif isinstance(part, dict):
        if "/S" in part:
            yield part
        if "/K" in part:
            yield from tagged(part["/K"])


def test_pdf_escapes_names(hand_worked: HandWorked) -> None:
    Cohort.objects.filter(pk=hand_worked.cohort.pk).update(name="<b>North</b> & \x01East")
    hand_worked.cohort.refresh_from_db()
    assert "<b>North</b> & East" in text_of(as_pdf(figures_of(hand_worked.cohort, FINISHED)))


def test_pdf_before_the_first_workshop_explains_missing_figures(hand_worked: HandWorked) -> None:
    pdf = as_pdf(figures_of(hand_worked.cohort, STARTS[0]))
    assert "Nothing to report yet: no workshop has taken place." in text_of(pdf)


@pytest.fixture
def no_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "pango_is_there", lambda: False)


def test_page_explains_that_no_pdf_can_be_created(
    hand_worked: HandWorked, facilitator_client: Client, no_libraries: None
) -> None:
    page = reverse("reports:report_detail", args=[hand_worked.cohort.public_id])
    pdf = reverse("reports:report_pdf", args=[hand_worked.cohort.public_id])
    shown = facilitator_client.get(page).content.decode()
    assert "This server can’t make PDFs. You can print this page." in shown
    assert reverse("reports:report_pdf_request", args=[hand_worked.cohort.public_id]) not in shown
    response = facilitator_client.get(pdf, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert str(MISSING) in response.content.decode()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("North East, spring 2027", "north-east-spring-2027-report-2026-12-31.csv"),
        ("北東", "cohort-report-2026-12-31.csv"),
        ('../"quoted"\r\n', "quoted-report-2026-12-31.csv"),
    ],
)
def test_file_name_is_safe(cohort: Cohort, name: str, file: str) -> None:
    cohort.name = name
    assert file_name(cohort, FINISHED, "csv") == file
