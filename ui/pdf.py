"""PDFs from HTML, tagged for screen readers (PDF/UA-1).

WeasyPrint takes a second to import and needs system libraries (Pango, HarfBuzz), so it is imported
when it is first used. If the libraries are missing, pages say so and offer to print instead.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

PDF = "application/pdf"
STYLES = Path(__file__).with_suffix(".css")
# What `typeset_apart` may take. A report takes two seconds and 300 MB, most of it address space.
SECONDS = 60
MEMORY_BYTES = 2 * 1024**3
MISSING = _("This server can’t make a PDF. It lacks the libraries that docs/running.md names.")
BUSY = _("Another PDF is being made. Try again in a minute.")
FAILED = _("The PDF couldn’t be made. Try again, or print the page.")
# A PDF's title is stored as XML, which allows no control characters.
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


ONE_AT_A_TIME = threading.Semaphore()


class TypesettingError(Exception):
    """Raised if this server can't make a PDF. Its message is a translated sentence for people."""


def can_typeset() -> bool:
    """Return whether this server can make PDFs. Doesn't import WeasyPrint."""
    return find_spec("weasyprint") is not None and pango_is_there()


def pango_is_there() -> bool:
    """Return whether Pango can be loaded, by its name on Linux, macOS or Windows."""
    for name in ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"):
        with suppress(OSError):
            ctypes.CDLL(name)
            return True
    return False


def import_weasyprint() -> ModuleType:
    """Import and return WeasyPrint. Raises TypesettingError if it or a library is missing."""
    if not can_typeset():
        raise TypesettingError(str(MISSING))
    try:
        import weasyprint  # noqa: PLC0415 (slow, and its libraries may be missing)
    except OSError as missing:  # a library can't be loaded
        raise TypesettingError(str(MISSING)) from missing
    module: ModuleType = weasyprint
    return module


def typeset(html: str, *, also: Path | None = None) -> bytes:
    """Return a PDF of an HTML document whose template extends layouts/paper.html.

    `also` is a further style sheet. The document can load nothing from the network or the disk.
    Takes up to several seconds of CPU time. Raises TypesettingError if this server can't make PDFs.
    """
    weasyprint = import_weasyprint()
    no_fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=html.translate(CONTROLS), url_fetcher=no_fetcher)
    styles = [
        weasyprint.CSS(string=sheet.read_text(encoding="utf-8"), url_fetcher=no_fetcher)
        for sheet in (STYLES, also)
        if sheet
    ]
    pdf: bytes = document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
    return pdf


def typeset_apart(html: str, *, also: Path | None = None, wait: float = 0) -> bytes:
    """Return what `typeset` returns, made by a process of its own.

    It neither blocks the threads of this process nor keeps its memory. Raises TypesettingError also
    if it takes more than SECONDS or MEMORY_BYTES, or if this process has another PDF made that is
    not finished after `wait` seconds.
    """
    if not can_typeset():
        raise TypesettingError(str(MISSING))
    if not ONE_AT_A_TIME.acquire(timeout=wait):
        raise TypesettingError(str(BUSY))
    try:
        return run_typesetting(html, also)
    finally:
        ONE_AT_A_TIME.release()


def run_typesetting(html: str, also: Path | None) -> bytes:
    command = [sys.executable, "-m", "ui.typesetting", *([str(also)] if also else [])]
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and paths)
            command,
            input=html.encode(),
            capture_output=True,
            check=True,
            timeout=SECONDS,
            cwd=STYLES.parent.parent,
        )
    except (subprocess.SubprocessError, OSError) as failed:
        raise TypesettingError(str(FAILED)) from failed
    return done.stdout


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a response that the browser saves as a file of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
