"""Small generated files of each type, some of them malformed."""

from io import BytesIO
from zipfile import ZipFile, ZipInfo

OFFICE = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument."


def zip_file(parts: dict[str, str]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, words in parts.items():
            # ZipInfo has a fixed date, so that the bytes are the same each time.
            archive.writestr(ZipInfo(name), words)
    return content.getvalue()


def office_file(main: str, **others: str) -> bytes:
    """Return a minimal Word, PowerPoint or Excel file with these parts."""
    types = f'<Types><Override ContentType="{OFFICE}.{main}.main+xml"/></Types>'
    return zip_file({"[Content_Types].xml": types, "_rels/.rels": "<r/>", **others})


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 40 + b"\xff\xd9"
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x64" + b"\x00" * 40
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + b"\x00" * 40
DOCX = office_file("wordprocessingml.document")
PPTX = office_file("presentationml.presentation")
XLSX = office_file("spreadsheetml.sheet")
ODT, ODP, ODS = (
    zip_file({"mimetype": f"{ODF}{kind}"}) for kind in ("text", "presentation", "spreadsheet")
)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + b"\x00" * 80
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
