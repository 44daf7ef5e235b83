"""Versions of a frozen report: what their files say of themselves, and how they differ."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from reports.comparing import compare
from reports.downloads import report_file
from reports.freezing import freeze, quotes_token
from reports.models import FrozenReport
from tests.reflections.pages import hidden_inputs, text_of
from tests.reports.offered import WORDS, Ended
from tests.reports.test_exports import found, read_csv
from tests.reports.test_freezing import CAME, QUOTED, frozen, mark, page

pytestmark = pytest.mark.either


@pytest.fixture
def two(ended: Ended, facilitator: User, administrator: User) -> list[FrozenReport]:
    """Two versions: the second has a register, and a quote withdrawn meanwhile does not exist."""
    ended.offered(chosen_by=facilitator)
    first = frozen(ended, facilitator)
    mark(ended, facilitator)
    again = freeze(
        cohort=ended.cohort,
        agreed=quotes_token([WORDS]),
        by=administrator,
        at=timezone.now(),
        after=1,
    )
    return [first, again]


def test_new_version_stands_beside_the_old(two: list[FrozenReport], ended: Ended) -> None:
    first, again = two
    assert [(one.version, one.words) for one in two] == [(1, [WORDS]), (2, [WORDS])]
    assert FrozenReport.objects.of(ended.cohort) == again
    now = timezone.now()
    old, new = (report_file(ended.cohort, "csv", now, number) for number in (1, 2))
    assert found(read_csv(old.content))[CAME] == ("", "0", "0")
    assert found(read_csv(new.content))[CAME] == ("0.2", "1", "5")
    assert found(read_csv(new.content))[QUOTED][0] == WORDS
    assert old.content == bytes(first.csv)
    assert report_file(ended.cohort, "csv", now).content == new.content
    assert new.name.endswith("-v2.csv")


def test_freezing_after_an_older_version_creates_none(
    two: list[FrozenReport], ended: Ended, facilitator: User
) -> None:
    for after in (0, 1):
        again = freeze(
            cohort=ended.cohort,
            agreed=quotes_token([WORDS]),
            by=facilitator,
            at=timezone.now(),
            after=after,
        )
        assert again == two[1]


def test_every_page_of_every_file_says_its_version(
    two: list[FrozenReport], ended: Ended, administrator: User
) -> None:
    day = f"{timezone.localtime(two[1].frozen_at, ended.cohort.zone):%B %Y}"
    said = f"{day} by {administrator}"
    files = {
        name: report_file(ended.cohort, name, timezone.now()).content
        for name in ("csv", "xlsx", "pdf")
    }
    edition = found(read_csv(files["csv"]))["Cohort", "All workshops", "Report"][0]
    assert edition.startswith("Version 2, frozen on ")
    assert edition.endswith(said)
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["Report"]
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.left is not None
    assert sheet.oddFooter.left.text == edition
    pages = PdfReader(io.BytesIO(files["pdf"])).pages
    assert len(pages) > 1
    assert all(edition in " ".join(one.extract_text().split()) for one in pages)


def test_versions_are_compared_by_what_their_files_say(two: list[FrozenReport]) -> None:
    compared = compare(*two)
    differences = {one.name: (one.before, one.after) for one in compared.differences}
    assert differences[CAME] == (("", "0", "0"), ("0.2", "1", "5"))
    assert QUOTED not in differences
    assert compared.same > 10


def test_page_of_versions_lists_and_compares(
    two: list[FrozenReport], ended: Ended, facilitator_client: Client, participant_client: Client
) -> None:
    there = reverse("reports:report_versions", args=[ended.cohort.public_id])
    text = text_of(facilitator_client.get(there))
    assert "Versions 1 and 2 side by side" in text
    assert "Attendance Attendance · All workshops – 0.2 1 of 5" in text
    first = facilitator_client.get(f"{page('report_csv', ended.cohort)}?version=1")
    assert first.content == bytes(two[0].csv)
    missing = facilitator_client.get(f"{page('report_csv', ended.cohort)}?version=3")
    assert missing.status_code == 404
    assert participant_client.get(there).status_code == 403


def test_facilitator_freezes_a_new_version(
    ended: Ended, facilitator: User, facilitator_client: Client
) -> None:
    frozen(ended, facilitator, [])
    there = page("report_freeze", ended.cohort)
    assert there not in facilitator_client.get(page("report_detail", ended.cohort)).content.decode()
    mark(ended, facilitator)
    assert there in facilitator_client.get(page("report_detail", ended.cohort)).content.decode()
    shown = facilitator_client.get(there)
    assert "Version 1 and its files stay as they are" in text_of(shown)
    posted = hidden_inputs(shown.content.decode())
    for _press in range(2):  # pressing the button twice makes one version
        facilitator_client.post(there, {name: posted[name] for name in ("agreed", "after")})
    assert [one.version for one in FrozenReport.objects.versions_of(ended.cohort)] == [2, 1]
    text = text_of(facilitator_client.get(page("report_detail", ended.cohort)))
    assert "Version 2, frozen on" in text
    assert "The figures below are the same as in the files." in text


def test_double_press_without_a_version_freezes_once(
    ended: Ended, facilitator: User, facilitator_client: Client
) -> None:
    there = page("report_freeze", ended.cohort)
    for _press in range(2):
        facilitator_client.post(there, {"agreed": quotes_token([])})
    assert FrozenReport.objects.get().version == 1
