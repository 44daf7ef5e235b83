"""The export_report command: output, files and errors."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command, execute_from_command_line
from pypdf import PdfReader

from reports.exports import as_csv
from reports.figures import figures_of
from tests.reports.hand_worked import FINISHED, HandWorked
from tests.reports.test_exports import EXPECTED, day, found, read_xlsx
from ui import pdf
from ui.pdf import MISSING


@pytest.fixture(autouse=True)
def finished() -> object:
    with time_machine.travel(FINISHED, tick=False) as traveller:
        yield traveller


def test_export_writes_the_csv(
    hand_worked: HandWorked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.csv"
    call_command("export_report", hand_worked.cohort.name, "--format", "csv", "--output", str(path))
    assert path.read_bytes() == as_csv(figures_of(hand_worked.cohort, FINISHED))
    assert capsys.readouterr().out == (
        f"Wrote the report of North East, spring 2027 to {path} "
        "(5 of 5 workshops have taken place).\n"
    )


def test_export_writes_the_spreadsheet_of_a_cohort_by_its_id(
    hand_worked: HandWorked, tmp_path: Path
) -> None:
    path = tmp_path / "report.xlsx"
    call_command(
        "export_report", hand_worked.cohort.public_id, "--format", "xlsx", "--output", str(path)
    )
    rows = {
        name: tuple(map(day, cells)) for name, cells in found(read_xlsx(path.read_bytes())).items()
    }
    assert {name: rows[name] for name in EXPECTED} == EXPECTED


def test_export_writes_the_pdf(hand_worked: HandWorked, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    call_command("export_report", hand_worked.cohort.name, "--format", "pdf", "--output", str(path))
    assert "56 of 68 places" in PdfReader(path).pages[0].extract_text()


def test_export_without_pdf_libraries_fails(
    hand_worked: HandWorked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "pango_is_there", lambda: False)
    path = tmp_path / "report.pdf"
    with pytest.raises(CommandError) as refusal:
        call_command(
            "export_report", hand_worked.cohort.name, "--format", "pdf", "--output", str(path)
        )
    assert (str(refusal.value), path.exists()) == (str(MISSING), False)


def test_export_of_an_unknown_cohort_fails(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^There is no cohort with the name or id “Nowhere”\.$"):
        call_command("export_report", "Nowhere", "--output", str(tmp_path / "report.csv"))
    assert list(tmp_path.iterdir()) == []


def test_export_into_a_missing_folder_fails(hand_worked: HandWorked, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "report.csv"
    with pytest.raises(CommandError) as refusal:
        call_command("export_report", hand_worked.cohort.name, "--output", str(path))
    assert str(refusal.value) == f"Can’t write the report to {path}: No such file or directory."


def test_export_onto_a_folder_fails(hand_worked: HandWorked, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("export_report", hand_worked.cohort.name, "--output", str(tmp_path))
    assert str(refusal.value) == f"Can’t write the report to {tmp_path}: Is a directory."


def test_export_to_an_unwritable_path_fails(hand_worked: HandWorked) -> None:
    # Not even root can create a file in /proc.
    with pytest.raises(CommandError, match=r"^Can’t write the report to /proc/report\.csv: "):
        call_command("export_report", hand_worked.cohort.name, "--output", "/proc/report.csv")


def test_export_fails_with_one_line_and_status_1(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(
            ["manage.py", "export_report", "Nowhere", "--output", str(tmp_path / "a.csv")]
        )
    assert ended.value.code == 1
    assert (
        capsys.readouterr().err
        == "CommandError: There is no cohort with the name or id “Nowhere”.\n"
    )


def test_export_refuses_unknown_formats(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'docx'"):
        call_command(
            "export_report", "Nowhere", "--format", "docx", "--output", str(tmp_path / "a.docx")
        )
