"""The encodings that the user can choose for a CSV file, and decoding a table with another one.

These are one-byte encodings: each byte becomes one character. So the text of a table can be turned
into bytes again.
"""

import unicodedata
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from cohorts.importing.table import Table, TableRow

# Maps Python's names of the encodings to labels for people.
ENCODINGS = {
    "cp1252": _("Western European (Windows)"),
    "cp1250": _("Central European (Windows): Polish, Czech, Hungarian"),
    "iso8859-2": _("Central European (ISO 8859-2)"),
    "iso8859-14": _("Celtic (ISO 8859-14): Welsh, Irish, Gaelic"),
    "iso8859-15": _("Western European (ISO 8859-15)"),
    "cp1254": _("Turkish (Windows)"),
    "cp1257": _("Baltic (Windows): Lithuanian, Latvian, Estonian"),
    "cp1251": _("Cyrillic (Windows)"),
    "cp1253": _("Greek (Windows)"),
    "mac_roman": _("Western European (Mac)"),
    "cp850": _("Western European (DOS)"),
}


def decode_bytes(content: bytes, encoding: str) -> str:
    """Decode in a one-byte encoding. Bytes without a character become control characters."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return "".join(map(_decoder(encoding).__getitem__, content))


def _decoder(encoding: str) -> list[str]:
    return [bytes([i]).decode(encoding, "ignore") or chr(i) for i in range(256)]


def unusual_letter(name: str) -> str:
    """Return the first character that is unusual in a name, such as “³”; empty if there is none.

    Text that was decoded with the wrong encoding often has such a character.
    """
    return next(filter(_is_unusual, name), "")


def _is_unusual(character: str) -> bool:
    return (
        not character.isascii()
        and not character.isalpha()
        and not unicodedata.category(character).startswith(("M", "Z"))
        and character not in "’‘“”–—·"
    )


def decode_again(table: Table, encoding: str) -> Table:
    """Return the table with its text decoded with `encoding` instead of `table.encoding`."""
    to_byte = {character: i for i, character in enumerate(_decoder(table.encoding))}
    decoder = _decoder(encoding)

    def text(cell: str) -> str:
        # A line of UTF-8 may have characters that `table.encoding` lacks. It stays unchanged.
        if not all(character in to_byte for character in cell):
            return cell
        return "".join(decoder[to_byte[character]] for character in cell)

    return replace(
        table,
        headings=tuple(map(text, table.headings)),
        rows=tuple(TableRow(row.number, tuple(map(text, row.cells))) for row in table.rows),
        encoding=encoding,
    )
