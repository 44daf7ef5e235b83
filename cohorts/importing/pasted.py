"""A reader of pasted lists: cells from a spreadsheet, lines of text, or recipients of an e-mail."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.importing.addresses import IN_BRACKETS, bare_address, is_address, name_beside
from cohorts.importing.reader import EMPTY, MAX_ROWS, TOO_MANY_ROWS, read_table
from cohorts.importing.table import Table, TableRow, UnreadableFile

NO_ADDRESSES = _(
    "Paste a list with e-mail addresses. Each person needs one, and we found none in this list."
)
BETWEEN_RECIPIENTS = re.compile(r"[;\n]|(?<=>),")


def read_pasted(text: str) -> Table:
    """Return the table in a pasted list. Raises UnreadableFile.

    A list of recipients, as in an e-mail, becomes a table of names and addresses. Anything else is
    read as a CSV file is: spreadsheets copy their cells with tabs between them.
    """
    if not text.strip():
        raise UnreadableFile(EMPTY)
    if "@" not in text:
        raise UnreadableFile(NO_ADDRESSES)
    recipients = _split_recipients(text)
    if "\t" in text or 2 * sum(map(_is_recipient, recipients)) < len(recipients):
        return read_table(text.encode(), "")
    if len(recipients) > MAX_ROWS:
        raise UnreadableFile(TOO_MANY_ROWS)
    return Table(
        headings=(gettext("Name"), gettext("E-mail address")),
        rows=tuple(
            TableRow(number, _name_and_address(recipient))
            for number, recipient in enumerate(recipients, start=1)
        ),
        has_headings=True,
    )


def _split_recipients(text: str) -> list[str]:
    """Split at line breaks, semicolons, commas after “>”, and commas between bare addresses."""
    recipients: list[str] = []
    for part in BETWEEN_RECIPIENTS.split(text):
        pieces = [piece.strip() for piece in part.split(",")]
        bare = [piece for piece in pieces if piece]
        whole = bare if all("<" not in each and is_address(each) for each in bare) else [part]
        recipients += [each.strip() for each in whole if each.strip(" ,\t\r")]
    return recipients


def _is_recipient(text: str) -> bool:
    """Return whether the text is an address, or has one in brackets, which may be wrong."""
    return bool(IN_BRACKETS.search(text)) or (is_address(text) and " " not in text)


def _name_and_address(recipient: str) -> tuple[str, str]:
    if not _is_recipient(recipient):
        # Somebody without an address. The preview asks for it.
        return recipient, ""
    return name_beside(recipient), bare_address(recipient)
