"""HTML typeset as a PDF, to be kept or handed on: tagged for screen readers (PDF/UA-1), and made of nothing but itself.

WeasyPrint takes a second to import and needs libraries of the system (Pango, HarfBuzz), so it is loaded only when it
is asked for. Where they are missing, pages say so beside the button, and offer to print instead.
"""

from __future__ import annotations

from functools import cache
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


@cache
def setter() -> ModuleType | None:
    """WeasyPrint, or None where it or what it stands on is missing."""
    try:
        import weasyprint  # noqa: PLC0415 (slow, and its libraries may be missing)
    except (ImportError, OSError):  # OSError is what a library that cannot be loaded raises
        return None
    module: ModuleType = weasyprint
    return module


def can_typeset() -> bool:
    return setter() is not None


def typeset(html: str) -> bytes:
    """The document, which extends layouts/paper.html, as a PDF. Raises TypesettingError where none can be made."""
    weasyprint = setter()
    if weasyprint is None:
        raise TypesettingError(MISSING)
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # neither the network nor the disk
    document = weasyprint.HTML(string=html.translate(CONTROLS), url_fetcher=nothing)
    styles = weasyprint.CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=nothing)
    pdf: bytes = document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1")
    return pdf


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file that is saved, not shown."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
