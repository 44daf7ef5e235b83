"""Freezing a report: once workshops and surveys are over, its files and quotes are stored."""

from __future__ import annotations

import html
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import weasyprint
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Organisation, Sector
from reflections.models import Quote
from reports import exports, rows
from reports.downloads import as_pdf, report_file
from reports.exports import as_csv
from reports.figures import figures_of
from reports.freezing import NotReadyToFreeze, freeze, has_changed, quotes_token
from reports.models import FrozenReport
from reports.quote_selection import ReportIsFrozen, choose, leave_out, offer, withdraw
from reports.row import HEADINGS
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from tests.concurrency import run_concurrently
from tests.reflections.pages import text_of
from tests.reports.offered import WORDS, Ended, live_through
from tests.reports.test_downloads import text_of as pdf_text
from tests.reports.test_exports import found, read_csv, read_xlsx
from ui import pdf
from ui.version_token import StaleError
from workshops.models import Attendance, Workshop
from workshops.register import marking
from workshops.register.marking import Entry

QUOTED = ("In their own words", "All workshops", "Quote 1")
CAME = ("Attendance", "All workshops", "Attendance")


def frozen(ended: Ended, by: User, words: list[str] | None = None) -> FrozenReport:
    agreed = quotes_token([WORDS] if words is None else words)
    return freeze(cohort=ended.cohort, agreed=agreed, by=by, at=timezone.now())


def mark(ended: Ended, by: User) -> None:
    """Mark Amina as present, which changes the figures."""
    workshop = ended.cohort.workshops.get()
    member = ended.cohort.memberships.get(user=ended.amina)
    entry = Entry(Attendance.Mark.PRESENT)
    marking.mark(workshop=workshop, membership=member, entry=entry, by=by, at=timezone.now())


def page(name: str, cohort: Cohort) -> str:
    return reverse(f"reports:{name}", args=[cohort.public_id])


def content(response: object) -> str:
    return html.unescape(response.content.decode())  # type: ignore[attr-defined]


def test_frozen_report_stores_its_files_and_quotes(ended: Ended, facilitator: User) -> None:
    chosen = ended.offered(chosen_by=facilitator)
    other = ended.offered("Others.", by=User.objects.get(name="Dev Patel"))
    report = frozen(ended, facilitator)
    assert (report.cohort, report.frozen_by, report.words) == (ended.cohort, facilitator, [WORDS])
    mark(ended, facilitator)
    ended.entry.delete()
    files = {
        kind: report_file(ended.cohort, kind, timezone.now()).content
        for kind in ("csv", "xlsx", "pdf")
    }
    assert found(read_csv(files["csv"]))[QUOTED][0] == WORDS
    assert found(read_xlsx(files["xlsx"]))[QUOTED][0] == WORDS
    assert found(read_xlsx(files["xlsx"]))[CAME] == (None, 0, 0)
    assert f"In their own words {WORDS}" in pdf_text(files["pdf"])
    assert figures_of(ended.cohort, timezone.now(), FrozenReport.objects.get()).quotes == [WORDS]
    assert not Quote.objects.filter(pk=chosen.pk).exists()
    other.refresh_from_db()
    assert other.printed_at is None


def test_second_freeze_changes_nothing(
    ended: Ended, facilitator: User, administrator: User
) -> None:
    first = frozen(ended, facilitator, [])
    assert frozen(ended, administrator, ["Whatever."]) == first
    assert FrozenReport.objects.get().frozen_by == facilitator


def test_only_unprinted_quotes_can_be_withdrawn(ended: Ended, facilitator: User) -> None:
    quote = ended.offered(chosen_by=facilitator)
    dev = User.objects.get(name="Dev Patel")
    other = ended.offered("Others.", by=dev)
    frozen(ended, facilitator)
    with pytest.raises(ReportIsFrozen):
        withdraw(quote=quote, by=ended.amina, at=timezone.now())
    with pytest.raises(ReportIsFrozen):
        choose(quote=other, by=facilitator, at=timezone.now())
    with pytest.raises(ReportIsFrozen):
        leave_out(quote=quote)
    withdraw(quote=other, by=dev, at=timezone.now())
    quote.refresh_from_db()
    other.refresh_from_db()
    assert (quote.is_printed, quote.words, quote.withdrawn_at) == (True, WORDS, None)
    assert other.withdrawn_at is not None


def test_freeze_requires_past_workshops_and_closed_surveys(ended: Ended, facilitator: User) -> None:
    workshop = ended.cohort.workshops.get()
    Workshop.objects.update(
        starts_at=F("starts_at") + timedelta(days=20), ends_at=F("ends_at") + timedelta(days=20)
    )
    with pytest.raises(NotReadyToFreeze, match="once every survey has closed"):
        frozen(ended, facilitator, [])
    Workshop.objects.create(cohort=ended.cohort, position=2, title="To come")
    with pytest.raises(NotReadyToFreeze, match="once every workshop has taken place"):
        frozen(ended, facilitator, [])
    ended.cohort.workshops.exclude(pk=workshop.pk).get().cancel(by=facilitator, at=timezone.now())
    Workshop.objects.update(
        ends_at=F("ends_at") - timedelta(days=20), starts_at=F("starts_at") - timedelta(days=20)
    )
    get_or_create_survey(workshop)
    Survey.objects.update(closing_at=timezone.now())
    with pytest.raises(NotReadyToFreeze, match="A survey has just closed"):
        frozen(ended, facilitator, [])
    release_due(at=timezone.now())
    assert frozen(ended, facilitator, []).words == []


def test_freeze_with_changed_quotes_is_stale(ended: Ended, facilitator: User) -> None:
    ended.offered(chosen_by=facilitator)
    with pytest.raises(StaleError):
        frozen(ended, facilitator, [])
    assert not FrozenReport.objects.exists()
    assert Quote.objects.get().printed_at is None


def test_freeze_without_pdf_libraries_stores_no_pdf(
    ended: Ended, facilitator: User, facilitator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "pango_is_there", lambda: False)
        frozen(ended, facilitator, [])
    assert FrozenReport.objects.get().pdf is None
    there = page("report_pdf", ended.cohort)
    shown = content(facilitator_client.get(page("report_detail", ended.cohort)))
    assert ("There is no PDF" in shown, there in shown) == (True, False)
    response = facilitator_client.get(there, follow=True)
    assert "There is no PDF: the server couldn’t make one on the day" in content(response)


def test_report_is_not_frozen_if_its_pdf_takes_too_long(
    ended: Ended, facilitator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.01)
    with pytest.raises(NotReadyToFreeze, match="The PDF couldn’t be made"):
        frozen(ended, facilitator, [])
    assert not FrozenReport.objects.exists()


def test_facilitator_sees_the_quotes_before_freezing(
    facilitator_client: Client, participant_client: Client, facilitator: User, ended: Ended
) -> None:
    ended.offered(chosen_by=facilitator)
    there = page("report_freeze", ended.cohort)
    assert there in content(facilitator_client.get(page("report_detail", ended.cohort)))
    shown = content(facilitator_client.get(there))
    assert (WORDS in shown, "Nobody can undo this." in shown) == (True, True)
    assert "leave them out. 1. Trust and conflict" in text_of(facilitator_client.get(there))
    assert not FrozenReport.objects.exists()
    agreed = shown.split('name="agreed" value="', 1)[1].split('"', 1)[0]
    changed = content(facilitator_client.post(there, {"agreed": "other"}))
    assert "The quotes have changed since you opened this page." in changed
    assert facilitator_client.post(there, {"agreed": agreed})["Location"] == page(
        "report_detail", ended.cohort
    )
    text = text_of(facilitator_client.get(page("report_detail", ended.cohort)))
    assert (
        "by Ruth Okafor. You download its files as they were on that day. "
        "The figures below are the same as in the files." in text
    )
    assert "Freeze the report" not in text
    own = text_of(participant_client.get(ended.entry.get_absolute_url()))
    assert "Printed in the report The report was frozen on" in own
    assert ("Withdraw these words" in own, "Offer a few words" in own) == (False, False)


def test_page_warns_if_figures_differ_from_the_frozen_report(
    administrator_client: Client, facilitator: User, ended: Ended
) -> None:
    frozen(ended, facilitator, [])
    mark(ended, facilitator)
    text = text_of(administrator_client.get(page("report_detail", ended.cohort)))
    assert "The data has changed since this report was frozen." in text
    assert "20% attendance" in text
    frozen_csv = administrator_client.get(page("report_csv", ended.cohort)).content
    assert found(read_csv(frozen_csv))[CAME] == ("", "0", "0")


def test_command_writes_the_frozen_file(
    ended: Ended, facilitator: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = frozen(ended, facilitator, [])
    mark(ended, facilitator)
    path = tmp_path / "report.csv"
    call_command("export_report", ended.cohort.name, "--output", str(path))
    assert path.read_bytes() == bytes(report.csv)
    assert "as frozen on " in capsys.readouterr().out


def test_freezing_requires_permission(
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
    ended: Ended,
) -> None:
    there = page("report_freeze", ended.cohort)
    clients = (participant_client, outsider_client, other_facilitator_client)
    assert [client.post(there, {"agreed": quotes_token([])}).status_code for client in clients] == [
        403,
        404,
        404,
    ]
    assert participant_client.put(there).status_code == 405
    assert not FrozenReport.objects.exists()


def test_pages_explain_that_the_report_is_frozen(
    participant_client: Client, facilitator_client: Client, facilitator: User, ended: Ended
) -> None:
    quote = ended.offered(chosen_by=facilitator)
    frozen(ended, facilitator)
    withdrawing = reverse("reports:quote_withdraw", args=[quote.public_id])
    assert "These words are printed" in text_of(participant_client.get(withdrawing))
    assert "They stay there" in content(participant_client.post(withdrawing, follow=True))
    choosing = reverse("reports:quote_leave_out", args=[quote.public_id])
    assert "none can be added" in content(facilitator_client.post(choosing, follow=True))
    listed = text_of(facilitator_client.get(page("quote_list", ended.cohort)))
    assert "Its quotes stay, and none can be added." in listed
    later = ended.written_by(User.objects.get(name="Dev Patel"))
    with pytest.raises(PermissionDenied):
        offer(reflection=later, words="Late.", by=later.author, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_quote_withdrawn_during_a_freeze_is_printed_or_deleted(
    facilitator: User, participant: User, cohort: Cohort
) -> None:
    ended = live_through(cohort, participant)
    quote = ended.offered(chosen_by=facilitator)
    results = run_concurrently(
        [
            lambda: frozen(ended, facilitator),
            lambda: withdraw(quote=quote, by=participant, at=timezone.now()),
        ],
        refused=(ReportIsFrozen, StaleError),
    )
    quote.refresh_from_db()
    report = FrozenReport.objects.filter(cohort=cohort).first()
    if report is not None:
        assert (report.words, quote.is_printed, quote.withdrawn_at) == ([WORDS], True, None)
        assert isinstance(results[1], ReportIsFrozen)
    else:
        assert (quote.is_printed, quote.words) == (False, "")
        assert isinstance(results[0], StaleError)


def test_change_during_pdf_rendering_is_in_all_files(
    ended: Ended, facilitator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register can change while the PDF is rendered, which takes seconds and holds no lock."""
    write_pdf = weasyprint.HTML.write_pdf

    def write_meanwhile(*args: Any, **options: Any) -> Any:
        mark(ended, facilitator)
        return write_pdf(*args, **options)

    before = pdf_text(as_pdf(figures_of(ended.cohort, timezone.now())))
    monkeypatch.setattr(weasyprint.HTML, "write_pdf", write_meanwhile)
    report = frozen(ended, facilitator, [])
    monkeypatch.undo()
    assert report.pdf is not None
    after = figures_of(ended.cohort, report.frozen_at, report)
    pdf_content = pdf_text(bytes(report.pdf))
    assert (report.csv, pdf_content) == (as_csv(after), pdf_text(as_pdf(after)))
    assert pdf_content != before


@pytest.mark.django_db(transaction=True)
def test_concurrent_freezes_create_one_report(
    facilitator: User, administrator: User, participant: User, cohort: Cohort
) -> None:
    ended = live_through(cohort, participant)
    first, second = run_concurrently(
        [partial(frozen, ended, by, []) for by in (facilitator, administrator)]
    )
    assert first == second
    assert FrozenReport.objects.count() == 1


def test_new_column_or_reworded_note_changes_no_figures(
    ended: Ended, facilitator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = frozen(ended, facilitator, [])
    figures = figures_of(ended.cohort, report.frozen_at, report)
    assert bytes(report.csv) == as_csv(figures)
    monkeypatch.setattr(rows, "response_note", lambda results: "another note")
    monkeypatch.setattr(exports, "HEADINGS", [*HEADINGS, "New column"])
    assert bytes(report.csv) != as_csv(figures)
    assert has_changed(report, figures) is False
    mark(ended, facilitator)
    assert has_changed(report, figures_of(ended.cohort, report.frozen_at, report)) is True


def test_figure_missing_in_an_older_version_is_not_compared(
    ended: Ended, facilitator: User
) -> None:
    report = frozen(ended, facilitator, [])
    figures = figures_of(ended.cohort, report.frozen_at, report)
    assert report.values is not None
    del report.values["completion"]
    assert has_changed(report, figures) is True
    report.values_version = 0
    assert has_changed(report, figures) is False
    report.values["attendance"][1] += 1
    assert has_changed(report, figures) is True


def test_migration_reads_values_from_the_csv(ended: Ended, facilitator: User) -> None:
    ended.offered(chosen_by=facilitator)
    mark(ended, facilitator)
    report = frozen(ended, facilitator)
    migration = import_module("reports.migrations.0002_frozen_values")
    # The files that the migration reads say “Quotation” and “Workshops held”, and lack new rows.
    csv = bytes(report.csv).decode().replace("Quote 1", "Quotation 1")
    csv = csv.replace("Workshops that took place", "Workshops held")
    lines = csv.splitlines(keepends=True)
    new_rows = ("Cohort,All workshops,,Workshops with a register", "Cohort,All workshops,,Report")
    csv = "".join(line for line in lines if not line.startswith(new_rows))
    assert report.values is not None
    del report.values["cohort.registers-taken"]
    assert migration.values_from_csv(csv) == report.values


def test_page_says_if_figures_cannot_be_compared(
    administrator_client: Client, facilitator: User, ended: Ended
) -> None:
    """The migration could not read the figures of an old report, because its CSV was different."""
    report = frozen(ended, facilitator, [])
    FrozenReport.objects.update(values=None, values_version=0)
    migration = import_module("reports.migrations.0002_frozen_values")
    with pytest.raises(migration.UnknownLayoutError):
        migration.values_from_csv(bytes(report.csv).decode().replace("Response rate", "Rate"))
    text = text_of(administrator_client.get(page("report_detail", ended.cohort)))
    assert "We can’t tell whether they match the figures below" in text


def test_frozen_sectors_stay_when_an_organisation_is_corrected(
    administrator_client: Client, facilitator: User, ended: Ended
) -> None:
    council = Organisation.objects.create(name="Tynewick Council", sector=Sector.PUBLIC)
    ended.cohort.memberships.participating().update(organisation=council)
    report = frozen(ended, facilitator, [])
    Organisation.objects.update(sector=Sector.PRIVATE)
    figures = figures_of(ended.cohort, report.frozen_at, report)
    assert figures.reach.sectors == [(Sector.PUBLIC, 5)]
    assert (figures.reach.people, figures.reach.organisations) == (5, 1)
    assert has_changed(report, figures) is False
    assert figures_of(ended.cohort, report.frozen_at).reach.sectors == [(Sector.PRIVATE, 5)]
