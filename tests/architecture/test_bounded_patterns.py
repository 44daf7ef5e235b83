"""Tests that no function that parses untrusted text takes quadratic time.

Each function parses texts of 100,000 characters: a quadratic search takes half a minute or more, a
linear one takes milliseconds. The functions run in a process of their own, because only killing the
process can interrupt a search.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.layers import ROOT

LENGTH = 100_000
# The time limit for one function to parse all texts. Linear functions take far less.
LIMIT_SECONDS = 60
BEGINNINGS = ("", "<", "http://")
UNITS = (
    *("a", "a@", "@", "a.", "1 ", "1-", " ", "\n", " \n", "<", "<@", "@a ", "{", "{first_name}"),
    *("http://", "http://a.{first_name}", ",", "é", "exceeds ", "domain", "user a ", "Key ("),
    *("\nDETAIL: ", "_x0011_", "Amina ", "attend "),
)
ENDS = ("", "!", " \0")
# The functions and how to call each. The tests ignore results and exceptions; only time matters.
FUNCTIONS = {
    "config.log_scrubbing.scrub": "scrub(text)",
    "cohorts.importing.addresses.bare_address": "bare_address(text)",
    "cohorts.importing.addresses.name_beside": "name_beside(text)",
    "cohorts.importing.addresses.is_address": "is_address(text)",
    "cohorts.importing.addresses.address_error": "address_error(text)",
    "cohorts.importing.pasted._split_recipients": "_split_recipients(text)",
    "cohorts.importing.column_names.normalise_words": "normalise_words(text)",
    "cohorts.importing.names.tidy_name": "tidy_name(text)",
    "cohorts.importing.sectors.guess_sector": "guess_sector(text)",
    "cohorts.importing.statuses.attendance_of": "attendance_of(text)",
    "outbox.bounces.smtp_replies.SMTPReply": (
        "SMTPReply.parse('550 ' + text).refuses_address(), "
        "SMTPReply.parse('550 5.0.0 ' + text).refuses_address()"
    ),
    "outbox.bounces.smtp_replies.in_plain_words": "in_plain_words('550 ' + text)",
    "outbox.bounces.dsn.bounces_in": (
        "bounces_in(b'From: mailer-daemon@a.example\\nContent-Type: text/plain\\n\\n' "
        "+ text.encode(errors='replace'))"
    ),
    "outbox.content.placeholders.fill_body": (
        "fill_body(text + '{first_name}', {'first_name': 'Amina'})"
    ),
    "outbox.content.placeholders.fill_subject": (
        "fill_subject(text + '{first_name}', {'first_name': 'Amina'})"
    ),
    "programmes.agenda.RunningOrder": "list(RunningOrder(text, 60))",
    "reports.name_detection.search": "search(text, [('Amina Rahman', True)])",
    "reports.name_detection.LEGAL": "LEGAL.sub('', text)",
    "ui.templatetags.ui.letter": "letter(text)",
    "workshops.planning.closed_days_files.calendars.normalise_dates": (
        "normalise_dates(text), normalise_dates('DTSTART;' + text)"
    ),
    "workshops.planning.closed_days_files.lines.period_name": "period_name(text)",
    "workshops.planning.closed_days_files.lines.FIRST_OR_LAST_DAY": (
        "FIRST_OR_LAST_DAY.search(text)"
    ),
    "workshops.planning.closed_days_files.tables.parse_day": "parse_day(text, 1)",
}
PROGRAM = """
import json, sys
import django
django.setup()
from importlib import import_module
from cohorts.importing.table import UnreadableFile
path, call, length, beginnings, units, ends = json.load(sys.stdin)
module, name = path.rsplit(".", 1)
known = {name: getattr(import_module(module), name)}
for beginning in beginnings:
    for unit in units:
        for end in ends:
            try:
                eval(call, {**known, "text": beginning + unit * (length // len(unit)) + end})
            except (ValueError, django.core.exceptions.ValidationError, UnreadableFile):
                pass
"""


@pytest.mark.either
@pytest.mark.parametrize("function", FUNCTIONS)
def test_long_text_takes_bounded_time(function: str) -> None:
    given = json.dumps([function, FUNCTIONS[function], LENGTH, BEGINNINGS, UNITS, ENDS])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=given,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )

    assert done.returncode == 0, done.stderr
