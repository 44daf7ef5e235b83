"""Tests that two independent libraries, vobject and ical.js, read our calendars correctly."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject

from tests.services import missing
from workshops.calendar.ical import Attendee, Entry, Party, feed, invitation
from workshops.times import Slot

HERE = Path(__file__).parent
COHORT = Party("North East, spring 2027", "convenor@example.org")
LONDON = "Europe/London"
# Local times around 28 March and 31 October 2027, when London's clocks change, and near midnight.
LOCAL = [
    datetime.fromisoformat(words)
    for words in (
        "2027-03-27 09:30",
        "2027-03-28 00:30",
        "2027-03-28 02:15",
        "2027-03-28 09:30",
        "2027-03-29 09:30",
        "2027-06-18 13:30",
        "2027-10-30 09:30",
        "2027-10-31 00:15",
        "2027-10-31 09:30",
        "2027-11-01 09:30",
        "2027-12-31 22:30",
    )
]
HOSTILE = {
    "emoji": "Trust 🤝🏽 and 👩‍👩‍👧 conflict",
    "commas and semicolons": 'One, two; three: "four" \\ five \\n six',
    "right to left": "ثقة وخلاف – אמון, ומחלוקת",
    "300 characters": "Ünd so wéiter, " * 20,
    "one word": "é" * 300,
    "like a property": "x\nEND:VEVENT\nATTENDEE:mailto:evil@example.org",
}


def entry_at(start: datetime, zone: str = LONDON, **facts: Any) -> Entry:
    starts_at = start.replace(tzinfo=ZoneInfo(zone))
    known: dict[str, Any] = {
        "uid": f"{start:%m%d%H}@convenor.example.org",
        "sequence": 4,
        "stamp": datetime(2027, 1, 4, 10, tzinfo=UTC),
        "slot": Slot(
            starts_at.astimezone(UTC), (starts_at.astimezone(UTC) + timedelta(minutes=210))
        ),
        "zone": ZoneInfo(zone),
        "title": "Trust and conflict",
        "venue": "The Old Fire Station, Sunderland",
        "joining_link": "https://meet.example.org/4?a=1,2;b=3",
        "words": "Workshop 3\n\nSay if you’re coming: https://convenor.example.org/coming/abc~def/",
        "url": "https://convenor.example.org/coming/abc~def/",
    }
    return Entry(**(known | facts))


def by_vobject(text: str) -> list[dict[str, Any]]:
    calendar = vobject.readOne(text)

    def plain(event: Any, name: str) -> str:
        return str(getattr(event, name).value) if hasattr(event, name) else ""

    return [
        {
            "uid": event.uid.value,
            "sequence": int(event.sequence.value),
            "starts": event.dtstart.value.astimezone(UTC),
            "ends": event.dtend.value.astimezone(UTC),
            **{
                name: plain(event, name)
                for name in ("summary", "location", "description", "url", "status")
            },
            "attendees": [
                [one.value, one.params["CN"][0], one.params["PARTSTAT"][0]]
                for one in getattr(event, "attendee_list", [])
            ],
        }
        for event in calendar.vevent_list
    ]


def by_ical_js(text: str) -> list[dict[str, Any]]:
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        missing(
            "no node is installed, so ical.js could not read our calendars "
            "(Debian: apt install nodejs npm)"
        )
    if not (HERE / "node_modules" / "ical.js").is_dir():
        missing(
            "ical.js is not installed, so it could not read our calendars "
            "(npm ci in tests/calendars)"
        )
    ended = subprocess.run(
        [str(node), "read.js"],
        cwd=HERE,
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        # A time zone far from London, so that the test fails if ical.js uses that of the machine.
        env=os.environ | {"TZ": "Asia/Tokyo"},
    )
    assert ended.returncode == 0, ended.stderr.decode()
    events: list[dict[str, Any]] = json.loads(ended.stdout)["events"]
    for event in events:
        event["starts"], event["ends"] = (
            datetime.fromisoformat(event[name]) for name in ("starts", "ends")
        )
        event.pop("zone")
    return events


def expected(entry: Entry, attendees: list[list[str]]) -> dict[str, Any]:
    return {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "starts": entry.slot.starts_at,
        "ends": entry.slot.ends_at,
        "summary": entry.title,
        "location": entry.venue,
        "description": entry.words,
        "url": entry.url,
        "status": "CANCELLED" if entry.is_cancelled else "CONFIRMED",
        "attendees": attendees,
    }


READERS = pytest.mark.parametrize("read", [by_vobject, by_ical_js])


@READERS
@pytest.mark.parametrize(
    "zone", [LONDON, "Pacific/Auckland", "America/New_York", "Asia/Kolkata", "UTC"]
)
def test_feed_times_are_unchanged_around_clock_changes(read: Any, zone: str) -> None:
    entries = [entry_at(start, zone) for start in LOCAL]

    found = read(feed(entries, name="Workshops"))

    assert found == [expected(entry, []) for entry in entries]


@READERS
@pytest.mark.parametrize("start", LOCAL, ids=str)
def test_invitation_time_is_unchanged(read: Any, start: datetime) -> None:
    entry = entry_at(start)
    invited = Attendee("Amina Rahman", "amina@example.org", "participant", "coming")

    found = read(invitation(entry, method="REQUEST", organiser=COHORT, attendee=invited))

    assert found == [expected(entry, [["mailto:amina@example.org", "Amina Rahman", "ACCEPTED"]])]


@READERS
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_text_round_trips(read: Any, words: str) -> None:
    entry = replace(entry_at(LOCAL[0]), title=words, venue=words, words=f"{words}\n\n{words}")
    invited = Attendee(
        words.replace('"', "").replace("\\", ""), "amina@example.org", "participant", ""
    )

    text = invitation(entry, method="CANCEL", organiser=COHORT, attendee=invited)

    [found] = read(text)
    assert [found[name] for name in ("summary", "location", "description")] == [
        entry.title,
        entry.venue,
        entry.words,
    ]
    assert [one[0] for one in found["attendees"]] == ["mailto:amina@example.org"]
    assert found["attendees"][0][1].strip() == invited.name.replace("\n", " ").strip()
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")


def test_vtimezone_covers_only_years_of_entries() -> None:
    text = feed([entry_at(LOCAL[0]), entry_at(LOCAL[-2])], name="Workshops")

    assert re.findall(r"^TZID:(.*)\r$", text, re.MULTILINE) == [LONDON]
    assert re.findall(r"^DTSTART:(.*)\r$", text, re.MULTILINE) == [
        "20270101T000000",
        "20270328T020000",
        "20271031T020000",
    ]


def test_same_entries_produce_identical_text() -> None:
    entries = [entry_at(start) for start in LOCAL]
    assert feed(entries, name="Workshops") == feed(entries, name="Workshops")


def test_empty_feed_is_valid_calendar() -> None:
    text = feed([], name="Workshops")
    assert "METHOD:PUBLISH" in text
    assert "VEVENT" not in text


def test_unusual_line_separators_are_removed() -> None:
    text = feed(
        [entry_at(LOCAL[0], title="One\u2028two\x85three\x0bfour\x00five")], name="Workshops"
    )
    assert "SUMMARY:One two three four five\r\n" in text
