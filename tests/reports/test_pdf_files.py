"""The report's PDF: made by a worker, stored encrypted, and made again if the report changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as site_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.management.commands.send_due import tasks_of_turn
from privacy.erasure import erase
from reports import pdf_files
from reports.models import ReportPdf
from tests.queries import CapturedQueries
from tests.reports.hand_worked import HandWorked
from ui import pdf as paper
from ui.pdf import BUSY, FAILED, ONE_AT_A_TIME, TypesettingError, typeset_apart
from workshops.models import Attendance

pytestmark = pytest.mark.either
FILE, REQUEST, WAIT = "report_pdf", "report_pdf_request", "report_pdf_wait"
DOCUMENT = "<!doctype html><html lang=en><title>T</title><h1>Six workshops</h1></html>"


@pytest.fixture
def cohort(hand_worked: HandWorked) -> Cohort:
    return hand_worked.cohort


@pytest.fixture
def other_cohort(cohort: Cohort) -> Cohort:
    return Cohort.objects.create(
        programme=cohort.programme, name="Essex", place="Essex", made_at=cohort.made_at
    )


def path(name: str, cohort: Cohort) -> str:
    return reverse(f"reports:{name}", args=[cohort.public_id])


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_pdf_is_made_by_the_worker_and_stored_until_the_report_changes(
    cohort: Cohort, facilitator_client: Client
) -> None:
    asked = facilitator_client.post(path(REQUEST, cohort))
    assert (asked.status_code, asked["Location"]) == (302, path(WAIT, cohort))
    waits = facilitator_client.get(path(WAIT, cohort))
    assert "Preparing the PDF…" in waits.content.decode()
    assert waits["Refresh"] == "5"
    assert pdf_files.make_pending() == 1
    ready = facilitator_client.get(path(WAIT, cohort))
    assert "The PDF is ready" in ready.content.decode()
    assert "Refresh" not in ready

    files = [facilitator_client.get(path(FILE, cohort)) for _ in range(2)]
    assert all(file.content.startswith(b"%PDF") for file in files)
    assert pdf_files.make_pending() == 0

    Attendance.objects.filter(mark="present").order_by("workshop__starts_at")[0].delete()
    changed = facilitator_client.get(path(FILE, cohort))
    assert (changed.status_code, changed["Location"]) == (302, path(WAIT, cohort))
    assert pdf_files.make_pending() == 0
    facilitator_client.post(path(REQUEST, cohort))
    assert pdf_files.make_pending() == 1
    assert facilitator_client.get(path(FILE, cohort)).content != files[0].content


def test_only_a_post_asks_for_the_pdf(cohort: Cohort, facilitator_client: Client) -> None:
    for name in (FILE, WAIT, FILE):
        facilitator_client.get(path(name, cohort))
    assert ReportPdf.objects.count() == 0
    assert "Nobody has asked for the PDF today." in text(facilitator_client, path(WAIT, cohort))
    assert facilitator_client.get(path(REQUEST, cohort)).status_code == 405


def test_pdf_that_is_current_is_downloaded_without_waiting(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    pdf_files.request_pdf(cohort, by=facilitator, at=timezone.now())
    pdf_files.make_pending()
    asked = facilitator_client.post(path(REQUEST, cohort))
    assert (asked.status_code, asked["Location"]) == (302, path(FILE, cohort))
    assert pdf_files.make_pending() == 0


def test_request_makes_no_pdf(cohort: Cohort, facilitator_client: Client) -> None:
    for _ in range(4):
        facilitator_client.post(path(REQUEST, cohort))
    stored = ReportPdf.objects.get()
    assert (stored.is_pending, stored.attempts, stored.token) == (True, 0, "")


def test_stored_pdf_is_encrypted_and_made_again_without_its_key(
    cohort: Cohort, facilitator: User, settings: Settings
) -> None:
    pdf_files.request_pdf(cohort, by=facilitator, at=timezone.now())
    pdf_files.make_pending()
    stored = ReportPdf.objects.get()
    assert (stored.content() or b"").startswith(b"%PDF")
    assert stored.token.startswith("gAAAA")
    settings.REFLECTION_KEYS = [Fernet.generate_key().decode()]
    assert pdf_files.current_pdf(cohort, at=timezone.now()) is None
    pdf_files.request_pdf(cohort, by=facilitator, at=timezone.now())
    assert pdf_files.make_pending() == 1
    assert pdf_files.current_pdf(cohort, at=timezone.now()) is not None


def test_person_gets_one_pdf_at_a_time(
    cohort: Cohort, other_cohort: Cohort, facilitator: User, administrator: User
) -> None:
    now = timezone.now()
    pdf_files.request_pdf(cohort, by=facilitator, at=now)
    pdf_files.request_pdf(other_cohort, by=facilitator, at=now + timedelta(seconds=1))
    first = pdf_files.claim(now)
    assert first is not None
    assert first.cohort == cohort
    assert pdf_files.claim(now) is None
    ReportPdf.objects.filter(cohort=other_cohort).update(asked_by=administrator)
    other = pdf_files.claim(now)
    assert other is not None
    assert other.cohort == other_cohort


def test_stopped_worker_is_replaced_and_failures_end(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    now = timezone.now()
    pdf_files.request_pdf(cohort, by=facilitator, at=now)
    for number in range(pdf_files.MOST_ATTEMPTS):
        assert pdf_files.claim(now + number * pdf_files.LEASE) is not None
        assert pdf_files.claim(now + number * pdf_files.LEASE) is None
    last = pdf_files.claim(now + pdf_files.MOST_ATTEMPTS * pdf_files.LEASE)
    assert last is not None
    assert last.failed_at is not None
    page = text(facilitator_client, path(WAIT, cohort))
    assert "The PDF couldn’t be made" in page
    facilitator_client.post(path(REQUEST, cohort))
    assert ReportPdf.objects.get().is_pending


def test_failure_is_shown(
    cohort: Cohort, facilitator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    facilitator_client.post(path(REQUEST, cohort))
    monkeypatch.setattr(paper, "SECONDS", 0.01)
    assert pdf_files.make_pending() == 1
    assert "The PDF couldn’t be made" in text(facilitator_client, path(WAIT, cohort))


def test_typesetting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert typeset_apart(DOCUMENT).startswith(b"%PDF")
    with ONE_AT_A_TIME, pytest.raises(TypesettingError, match=str(BUSY)):
        typeset_apart(DOCUMENT)
    monkeypatch.setattr(paper, "SECONDS", 0.01)
    with pytest.raises(TypesettingError, match=str(FAILED)):
        typeset_apart(DOCUMENT)


def test_erasure_of_a_member_empties_the_pdf(
    cohort: Cohort, facilitator: User, administrator: User
) -> None:
    pdf_files.request_pdf(cohort, by=facilitator, at=timezone.now())
    pdf_files.make_pending()
    person = cohort.memberships.participating()[0].user
    erase(user=person, by=administrator, at=timezone.now())
    assert ReportPdf.objects.get().token == ""
    assert pdf_files.current_pdf(cohort, at=timezone.now()) is None


def test_old_pdfs_are_deleted(cohort: Cohort, facilitator: User) -> None:
    now = timezone.now()
    pdf_files.request_pdf(cohort, by=facilitator, at=now)
    assert pdf_files.delete_old(at=now + pdf_files.LIFETIME) == 0
    assert pdf_files.delete_old(at=now + pdf_files.LIFETIME + timedelta(seconds=1)) == 1


def test_tasks_run_with_and_without_celery() -> None:
    make, delete = "reports.tasks.make_report_pdfs", "reports.tasks.delete_old_report_pdfs"
    assert make in site_settings.PROMPT_TASKS
    assert {make, delete} <= {
        entry["task"] for entry in site_settings.CELERY_BEAT_SCHEDULE.values()
    }
    assert import_string(delete) in tasks_of_turn(0)


def test_queries_of_the_waiting_page(cohort: Cohort, facilitator_client: Client) -> None:
    facilitator_client.post(path(REQUEST, cohort))
    pdf_files.make_pending()
    with CapturedQueries() as seen:
        facilitator_client.get(path(WAIT, cohort))
    assert len(seen) <= 8
