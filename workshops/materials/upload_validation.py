"""What files may be handed out: judged by their name and by what their bytes are, which must agree."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile, is_zipfile

import puremagic
from django.core.exceptions import ValidationError

LONGEST_NAME = 200
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class Kind:
    """A kind of file that may be handed out; of a container, what makes it this kind inside."""

    words: str
    endings: tuple[str, ...]
    content_type: str
    inside: str = ""


KINDS = (
    Kind("PDF", ("pdf",), "application/pdf"),
    Kind(
        "Word",
        ("docx",),
        f"{OFFICE}wordprocessingml.document",
        "wordprocessingml.document.main+xml",
    ),
    Kind(
        "PowerPoint",
        ("pptx",),
        f"{OFFICE}presentationml.presentation",
        "presentationml.presentation.main+xml",
    ),
    Kind("Excel", ("xlsx",), f"{OFFICE}spreadsheetml.sheet", "spreadsheetml.sheet.main+xml"),
    Kind("OpenDocument text", ("odt",), f"{OPEN}text", f"{OPEN}text"),
    Kind("OpenDocument slides", ("odp",), f"{OPEN}presentation", f"{OPEN}presentation"),
    Kind("OpenDocument sheet", ("ods",), f"{OPEN}spreadsheet", f"{OPEN}spreadsheet"),
    Kind("Text", ("txt",), "text/plain; charset=utf-8"),
    Kind("Picture", ("png",), "image/png"),
    Kind("Picture", ("jpg", "jpeg"), "image/jpeg"),
    Kind("Sound", ("mp3",), "audio/mpeg"),
    Kind("Sound", ("m4a",), "audio/mp4"),
)
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
BY_TYPE = {kind.content_type: kind for kind in KINDS}
TAKEN = "PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), OpenDocument, plain text, PNG, JPEG, MP3 and M4A"

# What puremagic calls the kinds that a file's first bytes tell; an MP3 without its title page is “mpga”.
SEEN_AS = {
    "pdf": {".pdf"},
    "png": {".png"},
    "jpg": {".jpg"},
    "mp3": {".mp3", ".mpga"},
    "m4a": {".m4a"},
}
ENDINGS_OF_MACROS = {"docm", "dotm", "xlsm", "xltm", "xlsb", "pptm", "potm", "ppsm"}
ENDINGS_OF_OLD = {"doc": "docx", "dot": "docx", "xls": "xlsx", "ppt": "pptx", "pps": "pptx"}
# In a container, what holds programs: of Microsoft's, of OpenDocument's.
PROGRAMS = re.compile(r"(^|/)vbaProject\.bin$|^(Basic|Scripts)/", re.I)
LOOKED_AT = 1_000_000
A_PAGE_OR_SCRIPT = re.compile(r"\s*(<(!doctype|html|head|body|script|svg|iframe|\?xml)|#!)", re.I)
UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Handout:
    """A file that has been looked at: its name made safe, its exact type, its bytes."""

    filename: str
    content_type: str
    content: bytes


def look_at(name: str, content: bytes) -> Handout:
    """Raises ValidationError with a sentence that says what is wrong with the file."""
    filename = safe_name(name)
    stem, _, ending = filename.lower().rpartition(".")
    kind = BY_ENDING.get(ending) if stem else None
    if kind is None:
        raise ValidationError(why_not(filename, ending))
    if not content:
        raise ValidationError("This file is empty.")
    if not is_of(kind, content):
        raise ValidationError(
            f"“{filename}” is not what its name says, or is damaged, or locked with a password. "
            "Save it afresh and try again."
        )
    return Handout(filename, kind.content_type, content)


def why_not(filename: str, ending: str) -> str:
    if ending in ENDINGS_OF_MACROS:
        return MACROS
    if ending in ENDINGS_OF_OLD:
        return f"“{filename}” is of an old kind, which can hold programs. Save it as .{ENDINGS_OF_OLD[ending]} or PDF."
    return f"“{filename}” is of a kind that can’t be handed out here. We take {TAKEN}."


MACROS = "This file can run programs (macros). Save it without them, as .docx, .xlsx or .pptx, or as a PDF."


def safe_name(name: str) -> str:
    """The last part of a path, without what can't be seen or turns text round; short enough, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem, dot, ending = " ".join(seen.split()).strip(" .").rpartition(".")
    ending = ending[: LONGEST_NAME - 1]
    return stem[: LONGEST_NAME - len(dot + ending)] + dot + ending


def is_of(kind: Kind, content: bytes) -> bool:
    """Is it this kind and no other as well? Raises ValidationError for a container that holds programs."""
    if kind.inside:
        return (
            content.startswith(b"PK\x03\x04")
            and b"%PDF-" not in content[:1024]
            and holds(kind, content)
        )
    if is_zipfile(BytesIO(content)):
        return False
    if kind.words == "Text":
        return is_text(content)
    if kind.words != "PDF" and b"%PDF-" in content[:1024]:
        return False
    return bool(SEEN_AS[kind.endings[0]] & extensions(content))


def extensions(content: bytes) -> set[str]:
    """What the bytes may be, as puremagic tells."""
    try:
        return {str(match.extension) for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()


def is_text(content: bytes) -> bool:
    """Words, and neither a page nor a script by another name."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not UNSEEN.search(words) and not A_PAGE_OR_SCRIPT.match(words)


def holds(kind: Kind, content: bytes) -> bool:
    """Is the container of this kind by its own table of contents, the beginning of which alone is unpacked?"""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if any(PROGRAMS.search(name) for name in names):
                raise ValidationError(MACROS)
            if kind.inside == kind.content_type:
                return beginning(archive, "mimetype").strip() == kind.inside
            return f"/vnd.openxmlformats-officedocument.{kind.inside}" in beginning(
                archive, "[Content_Types].xml"
            )
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error):
        return False


def beginning(archive: ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(LOOKED_AT).decode("utf-8", "replace")
