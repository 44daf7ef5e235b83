"""HTML typeset as a PDF, to be kept or handed on: tagged for screen readers (PDF/UA-1), and made of nothing but itself.

WeasyPrint takes a second to import and needs libraries of the system (Pango, HarfBuzz), so it is loaded only when it
is asked for. Where they are missing, pages say so beside the button, and offer to print instead.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.http import HttpResponse

PDF = "application/pdf"
STYLES = Path(__file__).with_suffix(".css")
MISSING = "This server can’t make a PDF: it lacks the libraries that set type, which docs/running.md names."
# What stands in no document: XML, in which a PDF tells its title, knows no control characters.
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


class TypesettingError(Exception):
    """No PDF can be made here; says so as a person would."""


def can_typeset() -> bool:
    """Asked by pages, so without importing what takes a second to."""
    return find_spec("weasyprint") is not None and pango_is_there()


def pango_is_there() -> bool:
    """The library that brings all others along, as Linux, macOS and Windows call it."""
    for name in ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"):
        with suppress(OSError):
            ctypes.CDLL(name)
            return True
    return False


def setter() -> ModuleType:
    """WeasyPrint. Raises TypesettingError where it or what it stands on is missing."""
    if not can_typeset():
        raise TypesettingError(MISSING)
    try:
        import weasyprint  # noqa: PLC0415 (slow, and its libraries may be missing)
    except OSError as missing:  # what a library raises that cannot be loaded
        raise TypesettingError(MISSING) from missing
    module: ModuleType = weasyprint
    return module


def typeset(html: str, *, also: Path | None = None) -> bytes:
    """The document, which extends layouts/paper.html, as a PDF; `also` is a style sheet of its own, after the usual.

    Raises TypesettingError where none can be made.
    """
    weasyprint = setter()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # neither the network nor the disk
    document = weasyprint.HTML(string=html.translate(CONTROLS), url_fetcher=nothing)
    styles = [
        weasyprint.CSS(string=sheet.read_text(encoding="utf-8"), url_fetcher=nothing)
        for sheet in (STYLES, also)
        if sheet
    ]
    pdf: bytes = document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
    return pdf


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file that is saved, not shown."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
