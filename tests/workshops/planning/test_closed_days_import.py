"""Importing closed days from calendar files and tables, and errors for unreadable files."""

import io
import zipfile
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from cohorts.importing.table import UnreadableFile
from workshops.planning.closed_days_files import calendars, reader, recurrence, tables
from workshops.planning.closed_days_files.lines import Doubt, Period, Reading
from workshops.planning.closed_days_files.reader import read_closed_days

LONDON = ZoneInfo("Europe/London")
TODAY = date(2027, 1, 4)
EASTER = Period(date(2027, 3, 29), date(2027, 4, 9), "Easter")


def reading_of(content: str | bytes, filename: str = "days.csv") -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return read_closed_days(data, filename, zone=LONDON, today=TODAY)


def read(content: str | bytes, filename: str = "days.csv") -> list[Period]:
    """Read the file, assert that it has no problems, and return its periods."""
    reading = reading_of(content, filename)
    assert reading.problems == []
    return [line.period for line in reading.lines]


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
        (b"", "days.ics", reader.EMPTY),
        (b" \r\n", "days.csv", reader.EMPTY),
        (b"x" * (reader.MAX_BYTES + 1), "days.ics", reader.TOO_MANY_BYTES),
        (zip_bomb(), "days.ics", reader.ARCHIVE),
        (bytes(range(256)) * 100, "days.ics", reader.UNKNOWN_FORMAT),
        (b"colourless green ideas sleep furiously", "days.ics", reader.NO_CALENDAR),
        (b"colourless green ideas sleep furiously", "days.csv", tables.NO_HEADINGS),
        (b"Name,First day\n", "days.csv", tables.NO_ROWS),
        (calendar().encode(), "days.ics", calendars.NO_EVENTS),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Cut off", "days.ics", calendars.NO_EVENTS),
        (b"BEGIN:VCALENDAR\nthis is nothing\nEND:VCALENDAR\n", "days.ics", calendars.DAMAGED),
        (
            calendar(*["SUMMARY:A\nDTSTART;VALUE=DATE:20270607"] * 5000).encode(),
            "days.ics",
            calendars.TOO_MANY_EVENTS % {"count": calendars.MAX_EVENTS},
        ),
        (
            calendar(*["DTSTART;VALUE=DATE:20270607\nRRULE:FREQ=YEARLY"] * 101).encode(),
            "days.ics",
            calendars.TOO_MANY_RECURRING % {"count": calendars.MAX_RECURRING},
        ),
        (
            calendar("SUMMARY:Fridays\nDTSTART;VALUE=DATE:20270604\nRRULE:FREQ=WEEKLY").encode(),
            "days.ics",
            recurrence.UNSUPPORTED_RECURRENCE % {"name": "Fridays"},
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
            b"Name,First,Last\nB,31 April 2027,\n",
            "days.csv",
            "Row 2: correct the date and try again. There is no 31 April 2027.",
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


def test_odd_row_leaves_others_unaffected() -> None:
    reading = reading_of("Name,First,Last\nA,1 April 2027,30 April 2027\nB,31 April 2027,\nC,,\n")
    assert [line.period for line in reading.lines] == [
        Period(date(2027, 4, 1), date(2027, 4, 30), "A")
    ]
    assert reading.problems == [
        "Row 3: correct the date and try again. There is no 31 April 2027.",
        "Row 4: enter the first day, for example 5 April 2027 or 05/04/2027, then try again.",
    ]


def days(*numbers: int) -> list[date]:
    """Return days of June 2027. The 1st is a Tuesday."""
    return [date(2027, 6, number) for number in numbers]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", days(1, 2, 3)),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=20270605", days(1, 3, 5)),
        ("FREQ=DAILY;BYDAY=MO,TU;COUNT=4", days(1, 7, 8, 14)),
        ("FREQ=WEEKLY;COUNT=3", days(1, 8, 15)),
        ("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270610T230000Z", days(1, 3, 8, 10)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;COUNT=4", days(1, 14, 15, 28)),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU;COUNT=3", days(1, 13, 15)),
    ],
)
def test_daily_and_weekly_rules_with_an_end_are_expanded(rule: str, expected: list[date]) -> None:
    event = f"SUMMARY:Closed\nDTSTART;VALUE=DATE:20270601\nRRULE:{rule}"
    assert read(calendar(event), "days.ics") == [Period(day, day, "Closed") for day in expected]


def test_expanded_rule_leaves_out_past_and_excluded_days() -> None:
    event = (
        "SUMMARY:Shut\nDTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20261230\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20270111"
    )
    assert read(calendar(event), "days.ics") == [
        Period(date(2027, 1, 4), date(2027, 1, 5), "Shut"),
        Period(date(2027, 1, 18), date(2027, 1, 19), "Shut"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2",
        "FREQ=MONTHLY;COUNT=3",
        "FREQ=WEEKLY;COUNT=3;BYDAY=1MO",
        "FREQ=DAILY;COUNT=3;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=SECONDLY;COUNT=1000000000",
    ],
)
def test_rule_without_end_or_with_other_parts_is_not_read(rule: str) -> None:
    event = f"SUMMARY:Odd\nDTSTART;VALUE=DATE:20270601\nRRULE:{rule}"
    assert error_of(calendar(event), "days.ics") == str(
        recurrence.UNSUPPORTED_RECURRENCE % {"name": "Odd"}
    )


def test_rule_with_too_many_occurrences_is_refused_quickly() -> None:
    daily = "SUMMARY:A\nDTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY;COUNT=999999999"
    assert error_of(calendar(daily), "days.ics") == str(
        calendars.TOO_MANY_EVENTS % {"count": calendars.MAX_EVENTS}
    )


@pytest.mark.parametrize(
    ("name", "last", "doubt"),
    [
        ("Spring term", 20270327, Doubt.TERM),
        ("Autumn Term 2nd half", 20270327, Doubt.TERM),
        ("Tymor y Gwanwyn", 20270327, Doubt.TERM),
        ("Term starts", None, Doubt.TERM),
        ("Schools reopen", None, Doubt.TERM),
        ("School reopens", None, Doubt.TERM),
        ("Last day of term", None, Doubt.TERM),
        ("Half term ends", None, Doubt.TERM),
        ("Half-term", 20270220, None),
        ("Spring half term", 20270220, None),
        ("End of term holiday", 20270220, None),
        ("Gwyliau hanner tymor", 20270220, None),
        ("Midterm break", 20270220, None),
        ("Training day", None, None),
    ],
)
def test_terms_are_doubted_and_holidays_are_not(
    name: str, last: int | None, doubt: Doubt | None
) -> None:
    end = f"\nDTEND;VALUE=DATE:{last}" if last else ""
    event = f"SUMMARY:{name}\nDTSTART;VALUE=DATE:20270215{end}"
    assert [line.doubt for line in reading_of(calendar(event), "days.ics").lines] == [doubt]


@pytest.mark.parametrize(
    ("dates", "doubt"),
    [
        ("DTSTART:20270215T090000\nDTEND:20270215T170000", Doubt.TIMED),
        ("DTSTART:20270215T090000", Doubt.TIMED),
        ("DTSTART:20270215T000000\nDTEND:20270216T000000", None),
        ("DTSTART;TZID=Asia/Tokyo:20270215T000000\nDTEND;TZID=Asia/Tokyo:20270216T000000", None),
        ("DTSTART;TZID=America/New_York:20270215\nDTEND;TZID=America/New_York:20270216", None),
        ("DTSTART;VALUE=DATE:20270215T000000Z\nDTEND;VALUE=DATE:20270216T000000Z", None),
    ],
)
def test_whole_days_keep_their_dates_and_timed_events_are_doubted(
    dates: str, doubt: Doubt | None
) -> None:
    lines = reading_of(calendar(f"SUMMARY:A\n{dates}"), "days.ics").lines
    day = date(2027, 2, 15)
    assert [(line.period, line.doubt) for line in lines] == [(Period(day, day, "A"), doubt)]
