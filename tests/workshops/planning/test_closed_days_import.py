"""Importing closed days from calendar files and tables, and errors for unreadable files."""

import io
import zipfile
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cohorts.importing.table import UnreadableFile
from workshops.planning import closed_days_import as importing
from workshops.planning.closed_days_import import Period, read_periods

LONDON = ZoneInfo("Europe/London")
TODAY = date(2027, 1, 4)
EASTER = Period(date(2027, 3, 29), date(2027, 4, 9), "Easter")


def read(content: str | bytes, filename: str = "days.csv") -> list[Period]:
    data = content.encode() if isinstance(content, str) else content
    return read_periods(data, filename, zone=LONDON, today=TODAY)


def calendar(*events: str) -> str:
    inside = "".join(
        f"BEGIN:VEVENT\nUID:{at}\n{event}\nEND:VEVENT\n" for at, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{inside}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    )


def error_of(content: str | bytes, filename: str = "days.csv") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content, filename)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("event", "periods"),
    [
        (
            "SUMMARY:Easter\nDTSTART;VALUE=DATE:20270329\nDTEND;VALUE=DATE:20270410",
            [EASTER],
        ),
        ("SUMMARY:Easter\nDTSTART;VALUE=DATE:20270329\nDURATION:P12D", [EASTER]),
        ("SUMMARY:Ea\n ster\nDTSTART;VALUE=DATE:20270329\nDTEND;VALUE=DATE:20270410", [EASTER]),
        (
            "SUMMARY:Inset\nDTSTART;VALUE=DATE:20270607",
            [Period(date(2027, 6, 7), date(2027, 6, 7), "Inset")],
        ),
        (
            # The file has one local day: in summer, midnight in London is 23:00 UTC.
            "SUMMARY:Move\nDTSTART:20270606T230000Z\nDTEND:20270607T230000Z",
            [Period(date(2027, 6, 7), date(2027, 6, 7), "Move")],
        ),
        (
            "SUMMARY:Move\nDTSTART;TZID=Europe/London:20270607T090000\nDURATION:PT30H",
            [Period(date(2027, 6, 7), date(2027, 6, 8), "Move")],
        ),
        ("SUMMARY:Easter\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20270329", []),
        ("DTSTART;VALUE=DATE:20270607", [Period(date(2027, 6, 7), date(2027, 6, 7), "Closed")]),
        (
            "SUMMARY:=HYPERLINK(1)\nDTSTART;VALUE=DATE:20270607",
            [Period(date(2027, 6, 7), date(2027, 6, 7), "=HYPERLINK(1)")],
        ),
        (
            "SUMMARY:Founders\nDTSTART;VALUE=DATE:20200310\nRRULE:FREQ=YEARLY\n"
            "EXDATE;VALUE=DATE:20280310",
            [Period(date(year, 3, 10), date(year, 3, 10), "Founders") for year in (2027, 2029)],
        ),
        (
            "SUMMARY:August\nDTSTART;VALUE=DATE:20260831\nRRULE:FREQ=YEARLY;BYMONTH=8;BYDAY=-1MO;"
            "UNTIL=20280901",
            [
                Period(date(2027, 8, 30), date(2027, 8, 30), "August"),
                Period(date(2028, 8, 28), date(2028, 8, 28), "August"),
            ],
        ),
    ],
)
def test_calendar_events_become_periods(event: str, periods: list[Period]) -> None:
    assert read(calendar(event), "days.ics") == periods


def test_file_with_several_calendars_and_moved_occurrence_is_read() -> None:
    yearly = "SUMMARY:Founders\nDTSTART;VALUE=DATE:20270310\nRRULE:FREQ=YEARLY;COUNT=2"
    moved = "SUMMARY:Founders\nDTSTART;VALUE=DATE:20280313\nRECURRENCE-ID;VALUE=DATE:20280310"
    both = calendar(yearly, moved).replace("UID:1", "UID:0")
    other = calendar("SUMMARY:Easter\nDTSTART;VALUE=DATE:20270329\nDTEND;VALUE=DATE:20270410")
    assert read(both + other + other, "days.ics") == [
        Period(date(2027, 3, 10), date(2027, 3, 10), "Founders"),
        EASTER,
        Period(date(2028, 3, 13), date(2028, 3, 13), "Founders"),
    ]


@pytest.mark.parametrize(
    "table",
    [
        "Name,First day,Last day\nEaster,2027-03-29,2027-04-09\n",
        "name;start;end\nEaster;29/03/2027;09/04/2027\n",
        "Subject\tStart Date\tEnd Date\nEaster\tMonday 29 March 2027\t9th April 2027\n",
        "Term dates 2027\n\nTitle,From,To,Notes\nEaster,29 Mar 2027,9.4.27,none\n",
        "\ufeffHoliday,Starts,Until\n\nEaster,2027-03-29 00:00:00,2027-04-09T00:00\n"
        "Easter,29-3-2027,9-4-2027\n",
    ],
)
def test_table_is_read_with_various_headings_and_date_formats(table: str) -> None:
    assert read(table) == [EASTER]


def test_table_row_without_last_day_is_one_day() -> None:
    assert read("Name,First,Last\n=1+1,5 April 2027,\n") == [
        Period(date(2027, 4, 5), date(2027, 4, 5), "=1+1")
    ]


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bomb", b"\0" * 10_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "filename", "sentence"),
    [
        (b"", "days.ics", importing.EMPTY),
        (b" \r\n", "days.csv", importing.EMPTY),
        (b"x" * (importing.MAX_BYTES + 1), "days.ics", importing.TOO_MANY_BYTES),
        (zip_bomb(), "days.ics", importing.ARCHIVE),
        (bytes(range(256)) * 100, "days.ics", importing.UNKNOWN_FORMAT),
        (b"colourless green ideas sleep furiously", "days.ics", importing.NO_CALENDAR),
        (b"colourless green ideas sleep furiously", "days.csv", importing.NO_HEADINGS),
        (b"Name,First day\n", "days.csv", importing.NO_ROWS),
        (calendar().encode(), "days.ics", importing.NO_EVENTS),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Cut off", "days.ics", importing.NO_EVENTS),
        (b"BEGIN:VCALENDAR\nthis is nothing\nEND:VCALENDAR\n", "days.ics", importing.DAMAGED),
        (
            calendar(*["SUMMARY:A\nDTSTART;VALUE=DATE:20270607"] * 5000).encode(),
            "days.ics",
            importing.TOO_MANY_EVENTS % {"count": importing.MAX_EVENTS},
        ),
        (
            calendar(*["DTSTART;VALUE=DATE:20270607\nRRULE:FREQ=YEARLY"] * 101).encode(),
            "days.ics",
            importing.TOO_MANY_RECURRING % {"count": importing.MAX_RECURRING},
        ),
        (
            calendar("SUMMARY:Fridays\nDTSTART;VALUE=DATE:20270604\nRRULE:FREQ=WEEKLY").encode(),
            "days.ics",
            importing.UNSUPPORTED_RECURRENCE % {"name": "Fridays"},
        ),
        (
            calendar("SUMMARY:A\nDTSTART:soon").encode(),
            "days.ics",
            "Correct the date of “A” in this calendar, or delete the event, then try again.",
        ),
        (
            calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20270607\nDTEND;VALUE=DATE:20270601").encode(),
            "days.ics",
            "Correct the dates of “A” and try again. Its last day is before its first day.",
        ),
        (
            b"Name,First,Last\nA,1 April 2027,30 April 2027\nB,31 April 2027,\n",
            "days.csv",
            "Row 3: correct the date and try again. There is no 31 April 2027.",
        ),
        (
            b"Name,First,Last\nA,soon,\n",
            "days.csv",
            "Row 2: enter a date, for example 5 April 2027 or 05/04/2027, instead of “soon”, then "
            "try again.",
        ),
        (
            b"Name,First,Last\nA,04/13/2027,\n",
            "days.csv",
            "Row 2: correct the date and try again. There is no 04/13/2027.",
        ),
        (
            b"Name,First,Last\nA,2027-04-05,2027-04-01\n",
            "days.csv",
            "Row 2: correct the dates of “A” and try again. Its last day is before its first day.",
        ),
        (
            b"Name,First,Last\nA,2027-04-05,2072-04-01\n",
            "days.csv",
            "Row 2: correct the dates of “A” and try again. It is more than a year long.",
        ),
    ],
)
def test_unreadable_file_is_refused_with_error(
    content: bytes, filename: str, sentence: str
) -> None:
    assert error_of(content, filename) == str(sentence)
