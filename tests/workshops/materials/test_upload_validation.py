"""What files may be handed out, by their name and their bytes."""

import pytest
from django.core.exceptions import ValidationError

from tests.workshops import handouts as made
from workshops.materials.upload_validation import HAS_MACROS, safe_name, validate_upload

OFFICE = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("Read.pdf", made.PDF, "application/pdf"),
        ("Read.PDF", made.PDF, "application/pdf"),
        ("a.docx", made.DOCX, f"{OFFICE}wordprocessingml.document"),
        ("a.pptx", made.PPTX, f"{OFFICE}presentationml.presentation"),
        ("a.xlsx", made.XLSX, f"{OFFICE}spreadsheetml.sheet"),
        ("a.odt", made.ODT, f"{ODF}text"),
        ("a.odp", made.ODP, f"{ODF}presentation"),
        ("a.ods", made.ODS, f"{ODF}spreadsheet"),
        ("a.txt", "Café\r\n\tone line".encode(), "text/plain; charset=utf-8"),
        ("a.txt", "\ufeffWith a mark in front".encode(), "text/plain; charset=utf-8"),
        ("a.png", made.PNG, "image/png"),
        ("a.jpg", made.JPEG, "image/jpeg"),
        ("a.jpeg", made.JPEG, "image/jpeg"),
        ("a.mp3", made.MP3, "audio/mpeg"),
        ("a.m4a", made.M4A, "audio/mp4"),
    ],
)
def test_file_whose_name_and_bytes_agree_is_taken(
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
        ("a.pdf", made.EXE),
        ("a.txt", made.EXE),
        ("a.pdf", made.PNG),
        ("a.png", made.JPEG),
        ("a.docx", made.XLSX),
        ("a.docx", made.ODT),
        ("a.odt", made.DOCX),
        ("a.docx", made.OLD_WORD),
        ("a.docx", made.packed({"anything": "x"})),
        ("a.docx", made.DOCX[:60]),
        ("a.odt", made.packed({"mimetype": "text/html"})),
        ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("a.txt", b"\n  <svg onload=alert(1)>"),
        ("a.txt", b"#!/bin/sh\nrm -rf /"),
        ("a.txt", b"before\x00after"),
        ("a.txt", b"\xff\xfeb\x00o\x00"),
        # Two kinds at once: each reader would take it for its own.
        ("a.pdf", made.PDF + made.packed({"Main.class": "x"})),
        ("a.png", made.PNG + made.packed({"Main.class": "x"})),
        ("a.jpg", made.JPEG[:20] + made.PDF),
        ("a.pdf", b"<html><script>x</script>" + made.PDF),
        ("a.docx", made.PDF + made.DOCX),
        ("a.docx", made.office("wordprocessingml.document", **{"a%PDF-1.7": "x"})),
    ],
)
def test_file_that_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload(name, content)
    assert wrong.value.messages == [
        f"Save “{name}” again and try again. Its content does not match its name, or it is damaged or"
        " protected by a password."
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docm", made.DOCX),
        ("a.xlsb", made.XLSX),
        ("a.docx", made.office("wordprocessingml.document", **{"word/vbaProject.bin": "x"})),
        ("a.pptx", made.office("presentationml.presentation", **{"ppt/VBAPROJECT.BIN": "x"})),
        ("a.odt", made.packed({"mimetype": f"{ODF}text", "Basic/Standard/Module1.xml": "x"})),
        ("a.ods", made.packed({"mimetype": f"{ODF}spreadsheet", "Scripts/python/a.py": "x"})),
    ],
)
def test_file_that_can_run_programs_is_refused(name: str, content: bytes) -> None:
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
def test_other_kinds_are_refused_with_what_is_taken(name: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload(name, made.PDF)
    [said] = wrong.value.messages
    assert said.startswith("Choose a file of another type than “")
    assert said.endswith(
        "”. We accept PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), OpenDocument, plain text,"
        " PNG, JPEG, MP3 and M4A."
    )


def test_old_kind_is_refused_with_the_new_one() -> None:
    with pytest.raises(ValidationError) as wrong:
        validate_upload("slides.ppt", made.OLD_WORD)
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
def test_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
