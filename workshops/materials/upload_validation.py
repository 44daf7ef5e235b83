"""Validation of the type of uploads. Forms check their size."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile, is_zipfile

import puremagic
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_NAME_LENGTH = 200
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class FileType:
    """A file type that we accept.

    If the file is a ZIP container, `inside` is the text in its manifest that identifies the type.
    """

    name: str | Promise
    extensions: tuple[str, ...]
    content_type: str
    inside: str = ""


FILE_TYPES = (
    FileType("PDF", ("pdf",), "application/pdf"),
    FileType(
        "Word",
        ("docx",),
        f"{OFFICE}wordprocessingml.document",
        "wordprocessingml.document.main+xml",
    ),
    FileType(
        "PowerPoint",
        ("pptx",),
        f"{OFFICE}presentationml.presentation",
        "presentationml.presentation.main+xml",
    ),
    FileType("Excel", ("xlsx",), f"{OFFICE}spreadsheetml.sheet", "spreadsheetml.sheet.main+xml"),
    FileType(gettext_lazy("OpenDocument text"), ("odt",), f"{OPEN}text", f"{OPEN}text"),
    FileType(
        gettext_lazy("OpenDocument slides"), ("odp",), f"{OPEN}presentation", f"{OPEN}presentation"
    ),
    FileType(
        gettext_lazy("OpenDocument sheet"), ("ods",), f"{OPEN}spreadsheet", f"{OPEN}spreadsheet"
    ),
    FileType(gettext_lazy("Text"), ("txt",), "text/plain; charset=utf-8"),
    FileType(gettext_lazy("Picture"), ("png",), "image/png"),
    FileType(gettext_lazy("Picture"), ("jpg", "jpeg"), "image/jpeg"),
    FileType(gettext_lazy("Sound"), ("mp3",), "audio/mpeg"),
    FileType(gettext_lazy("Sound"), ("m4a",), "audio/mp4"),
)
BY_EXTENSION = {extension: kind for kind in FILE_TYPES for extension in kind.extensions}
BY_TYPE = {kind.content_type: kind for kind in FILE_TYPES}

# Maps an extension to the extensions that puremagic may report for such a file: for example “.mpga”
# for an MP3 without an ID3 tag.
DETECTED_AS = {
    "pdf": {".pdf"},
    "png": {".png"},
    "jpg": {".jpg"},
    "mp3": {".mp3", ".mpga"},
    "m4a": {".m4a"},
}
MACRO_EXTENSIONS = {"docm", "dotm", "xlsm", "xltm", "xlsb", "pptm", "potm", "ppsm"}
LEGACY_EXTENSIONS = {"doc": "docx", "dot": "docx", "xls": "xlsx", "ppt": "pptx", "pps": "pptx"}
# Matches the name of a file that contains macros, inside a Microsoft or OpenDocument ZIP container.
MACRO_PARTS = re.compile(r"(^|/)vbaProject\.bin$|^(Basic|Scripts)/", re.I)
MAX_UNPACKED = 1_000_000
MARKUP_OR_SCRIPT = re.compile(r"\s*(<(!doctype|html|head|body|script|svg|iframe|\?xml)|#!)", re.I)
CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class ValidatedFile:
    """A validated upload: a safe file name, the exact content type, and the bytes."""

    filename: str
    content_type: str
    content: bytes


def validate_upload(name: str, content: bytes) -> ValidatedFile:
    """Return the upload with a safe file name. Raises ValidationError if it is not accepted."""
    filename = safe_name(name)
    stem, _dot, extension = filename.lower().rpartition(".")
    kind = BY_EXTENSION.get(extension) if stem else None
    if kind is None:
        raise ValidationError(rejection_message(filename, extension))
    if not content:
        raise ValidationError(_("Choose another file. This one is empty."))
    if not matches(kind, content):
        raise ValidationError(
            _(
                "Save “%(name)s” again and try again. Its content does not match its name, or it is"
                " damaged or protected by a password."
            )
            % {"name": filename}
        )
    return ValidatedFile(filename, kind.content_type, content)


def rejection_message(filename: str, extension: str) -> str:
    if extension in MACRO_EXTENSIONS:
        return str(HAS_MACROS)
    if extension in LEGACY_EXTENSIONS:
        return _("Save “%(name)s” as .%(extension)s or PDF. Its old format can contain macros.") % {
            "name": filename,
            "extension": LEGACY_EXTENSIONS[extension],
        }
    return _(
        "Choose a file of another type than “%(name)s”. We accept PDF, Word (.docx), PowerPoint"
        " (.pptx), Excel (.xlsx), OpenDocument, plain text, PNG, JPEG, MP3 and M4A."
    ) % {"name": filename}


HAS_MACROS = gettext_lazy(
    "Save this file without macros, as .docx, .xlsx or .pptx, or as a PDF. Macros can run programs."
)


def safe_name(name: str) -> str:
    """Return the file name at the end of a path, without control and format characters.

    A name that is too long is shortened before its extension.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    stem, dot, extension = " ".join(visible.split()).strip(" .").rpartition(".")
    extension = extension[: MAX_NAME_LENGTH - 1]
    return stem[: MAX_NAME_LENGTH - len(dot + extension)] + dot + extension


def matches(kind: FileType, content: bytes) -> bool:
    """Return whether the content is of this type and of no other, so that no polyglot file passes.

    Raises ValidationError for a container with macros.
    """
    if kind.inside:
        return (
            content.startswith(b"PK\x03\x04")
            and b"%PDF-" not in content[:1024]
            and container_matches(kind, content)
        )
    if is_zipfile(BytesIO(content)):
        return False
    if kind.content_type.startswith("text/"):
        return is_text(content)
    if kind.content_type != "application/pdf" and b"%PDF-" in content[:1024]:
        return False
    return bool(DETECTED_AS[kind.extensions[0]] & detected_extensions(content))


def detected_extensions(content: bytes) -> set[str]:
    try:
        return {str(match.extension) for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()


def is_text(content: bytes) -> bool:
    """Return whether the content is plain text in UTF-8, and neither markup nor a script."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not CONTROL_CHARACTERS.search(text) and not MARKUP_OR_SCRIPT.match(text)


def container_matches(kind: FileType, content: bytes) -> bool:
    """Return whether a ZIP container is of this type, according to its manifest.

    Only the beginning of the manifest is unpacked, in case it is a ZIP bomb. Raises ValidationError
    for a container with macros.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if any(MACRO_PARTS.search(name) for name in names):
                raise ValidationError(HAS_MACROS)
            if kind.inside == kind.content_type:
                return read_beginning(archive, "mimetype").strip() == kind.inside
            return f"/vnd.openxmlformats-officedocument.{kind.inside}" in read_beginning(
                archive, "[Content_Types].xml"
            )
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error):
        return False


def read_beginning(archive: ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(MAX_UNPACKED).decode("utf-8", "replace")
