"""Files of closed days, as real programs wrote them, and the expected result of each."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cohorts.importing.table import UnreadableFile
from tests.architecture.layers import ROOT
from workshops.planning.closed_days_files.lines import Period
from workshops.planning.closed_days_files.reader import read_closed_days

CASES = ROOT / "tests/data/cases"
LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 12, 1)


def ticked(first: str, last: str = "", name: str = "Half term") -> str:
    return f"[x] {first} {last or first} {name}"


def unticked(first: str, last: str = "", name: str = "Half term") -> str:
    return f"[ ] {first} {last or first} {name}"


HALF_TERM = ticked("2027-02-15", "2027-02-19")
CASE_LINES = {
    "ics/01-value-date-with-time.ics": [ticked("2026-12-21", "2027-01-03", "Christmas holiday")],
    "ics/02-dtend-same-day.ics": [ticked("2027-01-04", name="Training day")],
    "ics/03-dtend-before-dtstart.ics": [HALF_TERM],
    "ics/04-date-without-value.ics": [
        ticked(f"{year}-05-02", name="Founders day") for year in (2027, 2028, 2029)
    ],
    "ics/05-created-year-zero.ics": [HALF_TERM],
    "ics/06-mixed-date-and-moment.ics": [
        ticked("2027-05-09", name="Spring day"),
        ticked("2028-05-14", name="Spring day"),
        ticked("2029-05-13", name="Spring day"),
    ],
    "ics/07-vtimezone-starts-with-date.ics": [
        unticked("2027-02-27", "2027-02-28", "Office closed")
    ],
    "ics/08-vtimezone-in-utc-date-with-tzid.ics": [ticked("2027-01-29", name="Office closed")],
    "ics/09-windows-zone-no-vtimezone.ics": [ticked("2027-03-29", "2027-04-09", "Easter holiday")],
    "ics/10-outlook-com-zone.ics": [ticked("2027-03-29", "2027-03-30", "Office closed")],
    "ics/11-unknown-zone.ics": [ticked("2027-03-29", "2027-03-30", "Office closed")],
    "ics/12-space-after-date.ics": [ticked("2027-03-29", "2027-03-30", "Office closed")],
    "ics/16-midnight-utc-in-summer.ics": [ticked("2027-07-19", "2027-09-01", "Summer holiday")],
    "ics/17-terms-and-holidays.ics": [
        unticked("2027-01-05", name="Term starts"),
        unticked("2027-01-05", "2027-03-26", "Spring term"),
        HALF_TERM,
    ],
    "ics/18-folded-inside-a-letter.ics": [
        ticked(
            "2027-02-15",
            "2027-02-19",
            "Gwyliau hanner tymor ysgolion cynradd ac uwchradd y sir gyfan, Dddŵr a thŷ",
        )
    ],
    "ics/19-no-summary-no-dtend.ics": [ticked("2027-03-29", name="Closed")],
    "ics/20-one-meeting-among-holidays.ics": [HALF_TERM],
    "ics/21-event-without-start.ics": [HALF_TERM],
    "ics/22-blank-lines.ics": [HALF_TERM],
    "ics/24-parents-evening.ics": [
        unticked("2027-02-10", name="Year 8 parents evening"),
        HALF_TERM,
    ],
    "ics/25-value-date-utc-midnight-summer.ics": [
        ticked("2027-07-19", "2027-08-31", "Summer holiday")
    ],
    "ics/27-value-date-tzid-berlin.ics": [HALF_TERM],
    "ics/29-value-date-tzid-london.ics": [HALF_TERM],
    "days/01-excel-d-mmm-yy.csv": [ticked("2027-02-15", "2027-02-19", "February half term")],
    "days/03-term-table.csv": [
        unticked("2027-01-04", name="Term starts"),
        ticked("2027-02-15", "2027-02-19", "Half term holiday"),
        unticked("2027-03-26", name="Term ends"),
        ticked("2027-03-29", "2027-04-09", "End of term holiday"),
    ],
    "days/04-slashes-iso.csv": [HALF_TERM],
    "days/07-month-first-words.csv": [HALF_TERM],
    "days/08-outlook-csv.csv": [ticked("2027-01-04", name="Training day"), HALF_TERM],
    "days/09-dashes-mmm.csv": [HALF_TERM],
    "days/10-footer.csv": [HALF_TERM],
    "days/11-day-then-name.csv": [HALF_TERM],
}
CASE_PROBLEMS = {
    "ics/03-dtend-before-dtstart.ics": [
        "Correct the dates of “Training day” and try again. Its last day is before its first day."
    ],
    "ics/20-one-meeting-among-holidays.ics": [
        "Add the dates of “Staff meeting” one by one, then try again. We can import repeated events"
        " only if they repeat once a year, or every day or week until a set date."
    ],
    "ics/21-event-without-start.ics": [
        "Enter a date for “To be agreed” in this calendar, or delete the event, then try again."
    ],
    "days/10-footer.csv": [
        "Row 4: enter the first day, for example 5 April 2027 or 05/04/2027, then try again."
    ],
}
# Ambiguous files, which are refused. The error says what to write instead.
REFUSALS = {
    "days/02-range-in-one-cell.csv": (
        "Add a row of headings to this table (Name, First day and Last day), then try again."
    ),
    "days/05-excel-serials.csv": (
        "Row 2: enter a date, for example 5 April 2027 or 05/04/2027, instead of “46433”, then try"
        " again."
    ),
    "days/06-us-dates.csv": "Row 2: correct the date and try again. There is no 02/15/2027.",
}


def tick_line(period: Period, *, is_doubted: bool) -> str:
    tick = unticked if is_doubted else ticked
    return tick(period.first.isoformat(), period.last.isoformat(), period.name)


def test_every_case_file_has_an_expected_result() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in CASES.glob("*/*") if path.is_file()}
    assert {name for name in files if name.startswith(("ics/", "days/"))} == {
        *CASE_LINES,
        *REFUSALS,
    }


@pytest.mark.parametrize("name", CASE_LINES)
def test_case_file_is_read(name: str) -> None:
    path = CASES / name
    reading = read_closed_days(path.read_bytes(), path.name, zone=LONDON, today=TODAY)
    assert [
        tick_line(line.period, is_doubted=line.doubt is not None) for line in reading.lines
    ] == CASE_LINES[name]
    assert reading.problems == CASE_PROBLEMS.get(name, [])


@pytest.mark.parametrize("name", REFUSALS)
def test_case_file_is_refused_with_a_sentence(name: str) -> None:
    path: Path = CASES / name
    with pytest.raises(UnreadableFile) as caught:
        read_closed_days(path.read_bytes(), path.name, zone=LONDON, today=TODAY)
    assert caught.value.sentence == REFUSALS[name]
