"""Validation of uploaded materials by file name and content."""

import pytest
from django.core.exceptions import ValidationError

from tests.workshops import handouts
from workshops.materials.upload_validation import HAS_MACROS, safe_name, validate_upload

OFFICE = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("Read.pdf", handouts.PDF, "application/pdf"),
        ("Read.PDF", handouts.PDF, "application/pdf"),
        ("a.docx", handouts.DOCX, f"{OFFICE}wordprocessingml.document"),
        ("a.pptx", handouts.PPTX, f"{OFFICE}presentationml.presentation"),
        ("a.xlsx", handouts.XLSX, f"{OFFICE}spreadsheetml.sheet"),
        ("a.odt", handouts.ODT, f"{ODF}text"),
        ("a.odp", handouts.ODP, f"{ODF}presentation"),
        ("a.ods", handouts.ODS, f"{ODF}spreadsheet"),
        ("a.txt", "Café\r\n\tone line".encode(), "text/plain; charset=utf-8"),
        ("a.txt", "\ufeffWith a mark in front".encode(), "text/plain; charset=utf-8"),
        ("a.png", handouts.PNG, "image/png"),
        ("a.jpg", handouts.JPEG, "image/jpeg"),
        ("a.jpeg", handouts.JPEG, "image/jpeg"),
        ("a.mp3", handouts.MP3, "audio/mpeg"),
        ("a.m4a", handouts.M4A, "audio/mp4"),
    ],
)
def test_file_with_matching_name_and_content_is_accepted(
    name: str, content: bytes, content_type: str
) -> None:
    handout = validate_upload(name, content)
    assert (handout.filename, handout.content_type, handout.content) == (
        name,
        content_type,
        content,
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", handouts.EXE),
        ("a.txt", handouts.EXE),
        ("a.pdf", handouts.PNG),
        ("a.png", handouts.JPEG),
        ("a.docx", handouts.XLSX),
        ("a.docx", handouts.ODT),
        ("a.odt", handouts.DOCX),
        ("a.docx", handouts.OLD_WORD),
        ("a.docx", handouts.zip_file({"anything": "x"})),
        ("a.docx", handouts.DOCX[:60]),
        ("a.odt", handouts.zip_file({"mimetype": "text/html"})),
        ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.txt", b"\n  <svg onload=alert(1)>"),
        ("a.txt", b"#!/bin/sh\nrm -rf /"),
        ("a.txt", b"before\x00after"),
        ("a.txt", b"\xff\xfeb\x00o\x00"),
        # Polyglot files, each valid in two formats.
        ("a.pdf", handouts.PDF + handouts.zip_file({"Main.class": "x"})),
        ("a.png", handouts.PNG + handouts.zip_file({"Main.class": "x"})),
        ("a.jpg", handouts.JPEG[:20] + handouts.PDF),
        ("a.pdf", b"<html><script>x</script>" + handouts.PDF),
        ("a.docx", handouts.PDF + handouts.DOCX),
        ("a.docx", handouts.office_file("wordprocessingml.document", **{"a%PDF-1.7": "x"})),
    ],
)
def test_file_with_mismatched_content_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload(name, content)
    assert wrong.value.messages == [
        f"Save “{name}” again and try again. Its content does not match its name, or it is damaged"
        " or protected by a password."
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docm", handouts.DOCX),
        ("a.xlsb", handouts.XLSX),
        (
            "a.docx",
            handouts.office_file("wordprocessingml.document", **{"word/vbaProject.bin": "x"}),
        ),
        (
            "a.pptx",
            handouts.office_file("presentationml.presentation", **{"ppt/VBAPROJECT.BIN": "x"}),
        ),
        ("a.odt", handouts.zip_file({"mimetype": f"{ODF}text", "Basic/Standard/Module1.xml": "x"})),
        ("a.ods", handouts.zip_file({"mimetype": f"{ODF}spreadsheet", "Scripts/python/a.py": "x"})),
    ],
)
def test_file_with_macros_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload(name, content)
    assert wrong.value.messages == [str(HAS_MACROS)]


@pytest.mark.parametrize(
    "name",
    [
        "a.exe",
        "a.pdf.exe",
        "a.html",
        "a.svg",
        "a.js",
        "a.zip",
        "a.mp4",
        "pdf",
        "a.pdf\u202egpj.exe",
    ],
)
def test_unsupported_type_error_lists_accepted_types(name: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload(name, handouts.PDF)
    [message] = wrong.value.messages
    assert message.startswith("Choose a file of another type than “")
    assert message.endswith(
        "”. We accept PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), OpenDocument, plain "
        "text,"
        " PNG, JPEG, MP3 and M4A."
    )


def test_old_format_error_suggests_new_format() -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload("slides.ppt", handouts.OLD_WORD)
    assert wrong.value.messages == [
        "Save “slides.ppt” as .pptx or PDF. Its old format can contain macros."
    ]


def test_empty_file_is_refused() -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload("a.pdf", b"")
    assert wrong.value.messages == ["Choose another file. This one is empty."]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ruth\\Four lines.pdf", "Four lines.pdf"),
        ("before\x00after.pdf", "beforeafter.pdf"),
        ("cod\u202efdp.pdf", "codfdp.pdf"),
        ("two\r\nlines  here.pdf", "twolines here.pdf"),
        ("..hidden.pdf", "hidden.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("", ""),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        ("a." + "x" * 400, "." + "x" * 199),
    ],
)
def test_safe_name_removes_unsafe_parts(name: str, safe: str) -> None:
    assert safe_name(name) == safe
