"""Tests that error reports and logs contain no submitted text, private links or addresses."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from django.core import mail
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, transaction
from django.test import Client
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter
from pytest_django.fixtures import Settings

from accounts.models import User
from config.log_scrubbing import QuietFormatter, SilentReporterFilter, scrub, scrubbed_event
from tests.lost_keys import invalid_key_in_view
from tests.reflections.conftest import MARKER

ROOT = Path(__file__).resolve().parent.parent.parent
Failure = tuple[type[BaseException], BaseException, TracebackType]


def break_it(participant: User) -> Any:
    """Post a reflection that can't be encrypted, so the traceback's frames contain its text."""
    client = Client(raise_request_exception=False)
    client.force_login(participant)
    with invalid_key_in_view():
        return client.post("/reflections/new/", {"body": MARKER, "audience": "me"})


@pytest.mark.parametrize("debug", [False, True])
def test_error_reports_contain_no_submitted_text(
    participant: User, settings: Settings, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.ADMINS = [("Ada", "ada@example.org")]
    with caplog.at_level(logging.DEBUG):
        response = break_it(participant)
    assert response.status_code == 500
    assert ("Fernet key must be" in response.content.decode()) == debug
    shown = (
        response.content.decode()
        + caplog.text
        + "".join(str(letter.message()) for letter in mail.outbox)
    )
    reporter = ExceptionReporter(response.wsgi_request, *response.exc_info)
    shown += reporter.get_traceback_html() + reporter.get_traceback_text()
    assert "reflections/views/writing.py" in shown
    assert "Fernet key must be" in caplog.text
    assert MARKER not in shown


def test_djangos_own_error_reports_contain_the_text(participant: User, settings: Settings) -> None:
    """This shows that the test above would find the text if Convenor did not remove it."""
    settings.DEBUG = True
    response = break_it(participant)
    request: WSGIRequest = response.wsgi_request
    assert MARKER not in ExceptionReporter(request, *response.exc_info).get_traceback_html()
    request.exception_reporter_filter = SafeExceptionReporterFilter()
    assert MARKER in ExceptionReporter(request, *response.exc_info).get_traceback_html()


def test_report_without_a_request_contains_no_submitted_text() -> None:
    try:
        words = MARKER
        raise ValueError(len(words))
    except ValueError as error:
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        report = reporter.get_traceback_html()
    assert "words" in report
    assert report.count(MARKER) == 0
    assert SilentReporterFilter().get_post_parameters(None) == {}


SENTRY = """
import json, sys
import django
django.setup()
import sentry_sdk
from sentry_sdk.transport import Transport
from django.core.management import call_command
from django.test import Client, override_settings
from django.test.utils import setup_test_environment
from accounts.models import SignInLink, User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.models import Reflection
from tests.lost_keys import invalid_key_in_view

class RecordingTransport(Transport):
    envelopes = []
    def capture_envelope(self, envelope):
        self.envelopes.append(envelope.serialize().decode(errors="replace"))

client = sentry_sdk.get_client()
client.transport = RecordingTransport(client.options)
setup_test_environment()
call_command("migrate", verbosity=0)
user = User.objects.create_user("amina@example.org", "Amina Rahman")
cohort = Cohort.objects.create(
    programme=Programme.objects.create(name="P", purpose="P"), name="North East", place="North East"
)
Membership.objects.create(cohort=cohort, user=user)
web = Client(raise_request_exception=False)
web.force_login(user)
with invalid_key_in_view():
    answer = web.post("/reflections/new/", {"body": sys.stdin.read()})
link = SignInLink.objects.for_key("invitation:1", user)
with override_settings(TEMPLATES=[]):
    Client(raise_request_exception=False).get(link.get_absolute_url())
client.flush()
print(json.dumps([answer.status_code, RecordingTransport.envelopes, link.token]))
"""


@pytest.mark.sqlite
@pytest.mark.long
def test_sentry_events_contain_no_submitted_text(tmp_path: Path) -> None:
    """A process with SENTRY_DSN set makes requests that fail, and records what Sentry would get."""
    environment = {
        "DEMO": "1",
        "CONVENOR_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SENTRY_DSN": "http://public@127.0.0.1:9/1",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", SENTRY],
        input=MARKER,  # Sentry reports the command line
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, envelopes, token = json.loads(done.stdout.splitlines()[-1])
    events = "\n".join(envelopes)
    assert status == 500
    assert "Fernet key must be" in events
    assert "reflections/new/" in events
    assert MARKER not in events
    assert "amina@example.org" not in events
    assert "/in/(private)" in events
    assert token not in events
    assert MARKER not in done.stderr
    assert token not in done.stderr


@pytest.mark.parametrize(
    ("reported", "scrubbed"),
    [
        ("https://site.example/in/abc~def/use/?x=1", "https://site.example/in/(private)/use/?x=1"),
        ("Not Found: /feedback/abc:def/", "Not Found: /feedback/(private)/"),
        ("Not Found: /feedback/room/abc:def/", "Not Found: /feedback/room/(private)/"),
        ("/before-and-after/seen/abc:def/", "/before-and-after/seen/(private)/"),
        ("/cohorts/abc/plan/", "/cohorts/abc/plan/"),
        ({"request": {"url": "/in/a"}, "n": 1}, {"request": {"url": "/in/(private)"}, "n": 1}),
        (["/in/a", ("/in/b",)], ["/in/(private)", ("/in/(private)",)]),
        ({"dev@example.org": "to a.b+c@example.org."}, {"(address)": "to (address)"}),
        (
            "duplicate key value\nDETAIL:  Key (email)=(dev@example.org) already exists.",
            "duplicate key value\nDETAIL: (private)",
        ),
        ("null value: Failing row contains (1, I felt\nalone).", "null value: DETAIL: (private)"),
        ("bad\nLINE 1: INSERT INTO x VALUES ('I felt alone')\n   ^", "bad\nLINE 1: (private)"),
    ],
)
def test_personal_data_is_removed_from_reports(reported: object, scrubbed: object) -> None:
    assert scrubbed_event(reported) == scrubbed


def test_log_lines_contain_no_private_link_address_or_row() -> None:
    try:
        raise ValueError(
            "no such person <dev.patel@example.org>\nDETAIL:  Failing row contains (1, Dev Patel)."
        )
    except ValueError:
        broken = sys.exc_info()
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        __file__,
        1,
        "Broken: %s of %s",
        ("/in/abc/", "a@b.example"),
        broken,
    )

    said, *_, error, detail = QuietFormatter().format(record).split("\n")

    assert (said, error, detail) == (
        "Broken: /in/(private)/ of (address)",
        "ValueError: no such person <(address)>",
        "DETAIL: (private)",
    )


def test_row_of_several_lines_is_removed_and_the_traceback_goes_on() -> None:
    """PostgreSQL quotes the row with its line breaks, so the end of the row must be found."""
    try:
        try:
            raise ValueError(f"no\nDETAIL:  Failing row contains (1, first\n\n{MARKER}\nlast).")
        except ValueError as error:
            raise RuntimeError("The row was not saved") from error
    except RuntimeError:
        broken = sys.exc_info()
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Broken", (), broken)

    said = QuietFormatter().format(record)

    assert MARKER not in said
    assert said.endswith("RuntimeError: The row was not saved")
    assert "DETAIL: (private)\n\nThe above exception was the direct cause" in said


@pytest.mark.postgresql
@pytest.mark.django_db
def test_real_errors_of_postgresql_are_scrubbed(participant: User) -> None:
    """Each of PostgreSQL's errors contains the person's name; the scrubbed text does not."""
    reported = []
    for failing in (
        lambda: User.objects.create_user(participant.email, "Somebody"),
        lambda: User.objects.filter(pk=participant.pk).update(name=None),
        lambda: User.objects.extra(where=["pk = 'Amina Rahman'"]).exists(),
    ):
        with pytest.raises(DatabaseError) as raised, transaction.atomic():
            failing()
        reported.append(str(raised.value))

    assert all("mina" in error for error in reported)
    assert [error for error in reported if "mina" in scrub(error).replace("(private)", "")] == []
