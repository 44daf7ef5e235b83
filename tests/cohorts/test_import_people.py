from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from cohorts.models import Cohort, Membership

DATA = Path(__file__).resolve().parent.parent / "data"
NORTH_EAST = str(DATA / "north-east-attendees.csv")


def run(*words: str) -> str:
    out = StringIO()
    call_command("import_people", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["name", "public_id"])
def test_command_imports_and_prints_the_counts(cohort: Cohort, by: str) -> None:
    assert run(getattr(cohort, by), NORTH_EAST).splitlines() == [
        "New: 23",
        "Merged: 1",
        "  Row 26, Ceri Pugh: Same e-mail as row 4.",
        "Not coming: 1",
        "  Row 9, Hal Iyer: Not coming: the file says “Not attending”.",
        "23 people added to North East, spring 2027.",
    ]
    assert cohort.memberships.active().participating().count() == 23


def test_second_import_changes_nothing(cohort: Cohort) -> None:
    run(cohort.name, NORTH_EAST)
    before = list(Membership.objects.values())
    assert run(cohort.name, NORTH_EAST).splitlines()[0] == "Already in the cohort: 23"
    assert list(Membership.objects.values()) == before


def test_dry_run_saves_nothing(cohort: Cohort) -> None:
    assert run(cohort.name, NORTH_EAST, "--dry-run").splitlines()[-1] == "Nothing was saved."
    assert not User.objects.exists()


def test_valid_rows_are_imported_despite_errors_in_others(cohort: Cohort, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Name,Email\nAda One,ada@example.org\nBea Two,bea@\n", encoding="utf-8")
    assert "Error: 1\n  Row 3, Bea Two: “bea@” is not" in run(cohort.name, str(file))
    assert [member.user.name for member in cohort.memberships.all()] == ["Ada One"]


def test_errors_are_one_line(cohort: Cohort, tmp_path: Path) -> None:
    big, wrong, picture = tmp_path / "big.csv", tmp_path / "wrong.csv", tmp_path / "picture.csv"
    big.write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    wrong.write_text("Name,Email\nBea Two,bea@\n", encoding="utf-8")
    picture.write_bytes(b"\x89PNG nonsense")
    lines = {
        ("No such cohort", NORTH_EAST): "There is no cohort with the name or id “No such cohort”.",
        (
            cohort.name,
            str(tmp_path / "none.csv"),
        ): f"{tmp_path}/none.csv can’t be read: No such file or directory.",
        (cohort.name, str(tmp_path)): f"{tmp_path} can’t be read: Is a directory.",
        (
            cohort.name,
            str(big),
        ): "This file is larger than 5 MB. Keep only the sheet and columns about people, and try "
        "again.",
        (cohort.name, str(wrong)): "Nothing was saved: every row has an error.",
        (cohort.name, str(picture)): (
            "This is a picture, not a spreadsheet. "
            "Open the list in your spreadsheet, save it as .xlsx or .csv, and try again."
        ),
    }
    for words, line in lines.items():
        with pytest.raises(CommandError) as error:
            run(*words)
        assert str(error.value) == line
    assert not Membership.objects.exists()
