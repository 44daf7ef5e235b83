"""The reader of a file of closed days, which tells calendars and tables apart."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from cohorts.importing import csv_reader
from cohorts.importing.table import UnreadableFile
from workshops.planning.closed_days_files.calendars import read_calendar, unfold
from workshops.planning.closed_days_files.lines import Reading, unreadable
from workshops.planning.closed_days_files.tables import read_table

MAX_BYTES = 1024 * 1024
TOO_MANY_BYTES = gettext_lazy("Choose a file of up to 1 MB that contains only the closed days.")
EMPTY = gettext_lazy("Choose another file. This one is empty.")
UNKNOWN_FORMAT = gettext_lazy(
    "Choose a calendar (.ics) or a table (.csv). This file is neither of these."
)
ARCHIVE = gettext_lazy(
    "Choose a calendar (.ics) or a table (.csv). To use a workbook, save its sheet as .csv."
    " To use a compressed file, extract it first."
)
NO_CALENDAR = gettext_lazy(
    "Export the calendar again and try again. The file name ends in .ics, but the file contains no"
    " calendar."
)


def read_closed_days(content: bytes, filename: str, *, zone: ZoneInfo, today: date) -> Reading:
    """Return the content of a calendar or table: distinct lines by first day, and the problems.

    Times in a calendar are converted to days in `zone`. A recurring event gives a line for each
    occurrence from `today` on, for about three years. Raises UnreadableFile if no event or row can
    be read.
    """
    if len(content) > MAX_BYTES:
        raise unreadable(TOO_MANY_BYTES)
    if not content.strip(b"\x00\t\r\n ,;\xef\xbb\xbf\xff\xfe"):
        raise unreadable(EMPTY)
    if content.startswith((b"PK", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise unreadable(ARCHIVE)
    try:
        text = csv_reader.decode(content)
        if is_calendar(text):
            text = csv_reader.decode(unfold(content))
    except UnreadableFile:
        raise unreadable(UNKNOWN_FORMAT) from None
    if is_calendar(text):
        reading = read_calendar(text, zone=zone, today=today)
    elif filename.lower().endswith((".ics", ".ical", ".ifb")):
        raise unreadable(NO_CALENDAR)
    else:
        reading = read_table(content)
    if reading.problems and not reading.lines:
        raise UnreadableFile(reading.problems[0])
    lines = {line.period: line for line in reversed(reading.lines)}
    return Reading(sorted(lines.values()), list(dict.fromkeys(reading.problems)))


def is_calendar(text: str) -> bool:
    return text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"
