"""The periods in a table (.csv). A row that can't be read does not affect the others."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils.translation import gettext_lazy

from cohorts.importing import csv_reader
from cohorts.importing.table import TableRow, UnreadableFile
from workshops.planning.closed_days_files.lines import (
    MAX_LENGTH,
    MAX_LINES,
    Line,
    Period,
    Reading,
    line,
    period_name,
    unreadable,
)

MAX_ROWS_BEFORE_HEADINGS = 30
TOO_MANY_ROWS = gettext_lazy(
    "Choose a table that contains only the closed days. This one has more than %(count)s rows."
)
NO_ROWS = gettext_lazy("Add the days below the headings of this table, then try again.")
NO_HEADINGS = gettext_lazy(
    "Add a row of headings to this table (Name, First day and Last day), then try again."
)
ROW_ENDS_BEFORE_START = gettext_lazy(
    "Row %(row)d: correct the dates of “%(name)s” and try again. Its last day is before its first"
    " day."
)
ROW_TOO_LONG = gettext_lazy(
    "Row %(row)d: correct the dates of “%(name)s” and try again. It is more than a year long."
)
NO_FIRST_DAY = gettext_lazy(
    "Row %(row)d: enter the first day, for example 5 April 2027 or 05/04/2027, then try again."
)
UNREADABLE_DAY = gettext_lazy(
    "Row %(row)d: enter a date, for example 5 April 2027 or 05/04/2027, instead of “%(text)s”, then"
    " try again."
)
NO_SUCH_DAY = gettext_lazy("Row %(row)d: correct the date and try again. There is no %(text)s.")

# The column headings that we recognise. Only letters are compared, in lower case.
HEADINGS = {
    "name": {
        *("name", "title", "description", "summary", "subject", "event", "holiday", "what", "term"),
    },
    "first": {
        *("first", "start", "from", "date", "day", "when", "begin", "begins", "starts"),
        *("firstday", "startdate", "startsat", "dtstart", "begindate", "datefrom", "fromdate"),
        "startday",
    },
    "last": {
        *("last", "end", "to", "until", "ends", "finish", "till", "through"),
        *("lastday", "enddate", "dtend", "finishdate", "dateto", "todate", "endday"),
    },
    "first_time": {"starttime", "starttimes", "timefrom", "begintime"},
    "last_time": {"endtime", "endtimes", "timeto", "finishtime"},
    "all_day": {"alldayevent", "allday", "wholeday", "isallday"},
}
TRUE = {"true", "yes", "y", "1", "x", "wahr", "vrai"}
MIDNIGHT = re.compile(r"0{1,2}[:.]00(?:[:.]00)?|12[:.]00(?:[:.]00)? ?am|0{1,2}", re.IGNORECASE)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[t ].*)?"),
    re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d\d)(?: .*)?"),
    re.compile(
        r"(?:[a-z]+,? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?"
        r"[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4}|\d\d)"
    ),
    re.compile(
        r"(?:[a-z]+,? )?(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})"
    ),
)


def read_table(content: bytes) -> Reading:
    """Return the lines of a table, and a sentence for each row that can't be read.

    Raises UnreadableFile if the table has no headings that we know, no rows, or too many.
    """
    rows = [row for row in csv_reader.read_rows(content) if not row.is_blank]
    headings = [columns_of(row) for row in rows[:MAX_ROWS_BEFORE_HEADINGS]]
    at_row = next(
        (at for at, found in enumerate(headings) if found.keys() >= {"name", "first"}), None
    )
    if at_row is None:
        raise unreadable(NO_HEADINGS)
    columns, below = headings[at_row], rows[at_row + 1 :]
    if not below:
        raise unreadable(NO_ROWS)
    if len(below) > MAX_LINES:
        raise unreadable(TOO_MANY_ROWS, count=MAX_LINES)
    reading = Reading([], [])
    for row in below:
        try:
            reading.lines.append(row_line(row, columns))
        except UnreadableFile as problem:
            reading.problems.append(problem.sentence)
    return reading


def columns_of(row: TableRow) -> dict[str, int]:
    """Return a dict that maps the name of each column in the row of headings to its index.

    Leaves out columns whose headings we don't know. If two headings mean the same column, the
    first is used.
    """
    found: dict[str, int] = {}
    for at, cell in enumerate(row.cells):
        heading = re.sub(r"[^a-z]", "", cell.casefold())
        for name, words in HEADINGS.items():
            if heading in words:
                found.setdefault(name, at)
    return found


def row_line(row: TableRow, columns: dict[str, int]) -> Line:
    """Return the line of a row. Raises UnreadableFile.

    A last day with the time midnight is not part of the period: Outlook ends an event of whole days
    at midnight after its last day.
    """
    cells = {
        name: row.cells[at].strip() if at < len(row.cells) else "" for name, at in columns.items()
    }
    name = period_name(cells["name"])
    first = parse_day(cells["first"], row.number)
    last = parse_day(cells["last"], row.number) if cells.get("last") else first
    if last < first:
        raise unreadable(ROW_ENDS_BEFORE_START, name=name, row=row.number)
    if last - first > MAX_LENGTH:
        raise unreadable(ROW_TOO_LONG, name=name, row=row.number)
    first_time, last_time = cells.get("first_time", ""), cells.get("last_time", "")
    is_all_day = cells.get("all_day", "").casefold() in TRUE
    is_timed = not is_all_day and bool(first_time and not MIDNIGHT.fullmatch(first_time))
    if last > first and MIDNIGHT.fullmatch(last_time):
        last -= timedelta(days=1)
    return line(Period(first, last, name), is_timed=is_timed)


def parse_day(text: str, row: int) -> date:
    """Return the date in a cell: ISO, British (day before month) or in English words.

    `row` is the row's number, for the error. Raises UnreadableFile.
    """
    normalised = " ".join(text.casefold().split())
    match = next(filter(None, (pattern.fullmatch(normalised) for pattern in DATES)), None)
    month = match["month"][:3] if match else ""
    if match is None or not (month.isdigit() or month in MONTHS):
        message = UNREADABLE_DAY if text else NO_FIRST_DAY
        raise unreadable(message, row=row, text=text[:40])
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    try:
        return date(year, number, int(match["day"]))
    except ValueError:
        raise unreadable(NO_SUCH_DAY, row=row, text=text[:40]) from None
