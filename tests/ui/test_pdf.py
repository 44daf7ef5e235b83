"""PDF rendering: readable text, and no access to the network or the disk."""

import io
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.template import engines
from pypdf import PdfReader

from ui import pdf as paper
from ui.pdf import MISSING, TypesettingError, can_typeset, typeset


def document(content: str, title: str = "What I wrote") -> str:
    source = (
        '{% extends "layouts/paper.html" %}{% block title %}{{ title }}{% endblock %}{% '
        "block content %}"
    )
    return (
        engines["django"].from_string(f"{source}{content}{{% endblock %}}").render({"title": title})
    )


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def test_pdf_has_the_text_of_the_page() -> None:
    pdf = read(typeset(document("<h1>Six workshops</h1><p>“I’ve been siloed”, said Žofia.</p>")))
    (page,) = pdf.pages
    lines = page.extract_text().splitlines()
    assert lines == ["Six workshops“I’ve been siloed”, said Žofia.", "Made with Convenor 1 of 1"]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)  # A4


def test_pdf_is_tagged_for_screen_readers() -> None:
    pdf = read(typeset(document("<h1>Six workshops</h1>")))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "What I wrote"
    root = pdf.root_object
    assert str(root["/Lang"]) == "en-gb"
    assert "/StructTreeRoot" in root
    assert pdf.xmp_metadata is not None
    assert b"pdfuaid:part" in pdf.xmp_metadata.stream.get_data()


def test_pdf_omits_control_characters() -> None:
    """Control characters would corrupt the PDF's title and the text around them."""
    pdf = read(typeset(document("<h1>A\x01B\x0b</h1><p>\x7fŽofia 😀 שלום</p>", title="A\x01B")))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "AB"
    assert pdf.pages[0].extract_text().splitlines()[0] == "ABŽofia 😀 שלום"


@pytest.fixture
def recording_server() -> Iterator[tuple[str, list[str]]]:
    """A web server that is running: its URL, and the list to which it adds each request's path."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Log nothing. The base class would write to standard error."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def test_pdf_fetches_nothing(recording_server: tuple[str, list[str]], tmp_path: Path) -> None:
    address, paths = recording_server
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text '
        'y="20">SECRET</text></svg>'
    )
    pdf = typeset(
        document(
            f'<h1>Words</h1><link rel="stylesheet" href="{address}/a.css"><img '
            f'src="{address}/b.png" alt="">'
            f'<style>@import "{address}/c.css"; p {{ background: url({address}/d.png) }}</style>'
            "<p>Text</p>"
            f'<object data="{address}/e.svg"></object><img src="{secret.as_uri()}" alt="">'
            f'<a rel="attachment" href="{secret.as_uri()}">f</a><a href="{address}/g">g</a>'
        )
    )
    assert paths == []
    assert "SECRET" not in read(pdf).pages[0].extract_text()
    assert read(pdf).attachments == {}


def test_missing_library_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "pango_is_there", lambda: False)
    assert not can_typeset()
    with pytest.raises(TypesettingError, match=str(MISSING)):
        typeset(document("<h1>Words</h1>"))


def test_library_that_cannot_be_loaded_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pango, which WeasyPrint needs, is found, but importing WeasyPrint fails."""

    class Broken:
        def find_spec(self, name: str, *args: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(paper, "can_typeset", lambda: True)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(TypesettingError, match=str(MISSING)):
        typeset(document("<h1>Words</h1>"))


def test_availability_check_does_not_import_weasyprint() -> None:
    code = (
        "import sys; from ui.pdf import can_typeset; print(can_typeset(), 'weasyprint' in "
        "sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
