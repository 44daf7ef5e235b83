"""Tests that a band is calculated only once, so that comparing bands reveals no exact number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from privacy.erasure import erase
from reflections.models import Audience, Reflection
from reports.downloads import as_document
from reports.figures import figures_of
from reports.freezing import freeze, quotes_token
from reports.models import FrozenReport, WritersBand
from reports.reflection_rate import LABELS, PENDING, store_bands
from reports.tasks import store_bands_of_closed_surveys
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from tests.people import signed_in
from tests.reflections.pages import text_of
from tests.reports.hand_worked import DAY, FINISHED, LENGTH, STARTS, HandWorked, draw
from workshops.models import Attendance, Workshop
from workshops.register import marking

pytestmark = pytest.mark.django_db

ALL_CLOSED = FINISHED + 8 * DAY
ABSENT = marking.Entry(Attendance.Mark.ABSENT)
BANDS = re.compile("|".join(re.escape(str(one)) for one in (*LABELS.values(), PENDING)))


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(FINISHED) as traveller:
        yield traveller


@pytest.fixture
def second_facilitator(hand_worked: HandWorked) -> User:
    tom = User.objects.create_user("tom@example.org", "Tom")
    Membership.objects.create(
        cohort=hand_worked.cohort,
        user=tom,
        role=Membership.Role.FACILITATOR,
        joined_at=STARTS[0] - DAY,
    )
    return tom


def everything_shown(hand_worked: HandWorked, *facilitators: User) -> list[tuple[str, list[str]]]:
    """Return (name, bands) of each page and file that shows bands, for each facilitator."""
    found, args = [], [hand_worked.cohort.public_id]
    for user in facilitators:
        client = signed_in(user)
        pages = {
            "shared": text_of(client.get(reverse("home:cohort_reflections", args=args))),
            "report": text_of(client.get(reverse("reports:report_detail", args=args))),
            "csv": client.get(reverse("reports:report_csv", args=args)).content.decode(),
            "pdf": as_document(figures_of(hand_worked.cohort, timezone.now())),
        }
        found += [(name, BANDS.findall(page)) for name, page in pages.items()]
    return found


def bands_in(shown: list[tuple[str, list[str]]]) -> set[tuple[str, ...]]:
    """Return the different lists of bands that pages and files show, the first workshop first."""
    return {tuple(bands if name != "shared" else reversed(bands)) for name, bands in shown}


def test_marking_one_person_after_another_changes_no_band(
    hand_worked: HandWorked, second_facilitator: User
) -> None:
    """A facilitator marks one person after another as absent, and compares the bands."""
    workshop = hand_worked.workshops[1]
    before = everything_shown(hand_worked, hand_worked.ruth, second_facilitator)
    assert bands_in(before) == {
        (
            "fewer than a quarter",
            "a half to three quarters",
            "a quarter to a half",
            "three quarters or more",
            "after the feedback closes",
        )
    }

    for member in Membership.objects.filter(attendances__workshop=workshop).participating():
        marking.mark(
            workshop=workshop, membership=member, entry=ABSENT, by=hand_worked.ruth, at=FINISHED
        )
        store_bands(at=FINISHED)
        after = everything_shown(hand_worked, hand_worked.ruth, second_facilitator)
        assert after == before


def test_no_band_before_the_survey_closes(cohort: Cohort, clock: Any) -> None:
    """Before it closes, pages and files say only that there will be a band."""
    hand_worked = draw(cohort, closed_at=STARTS[0])
    clock.move_to(STARTS[0] + LENGTH + 13 * DAY)
    store_bands(at=STARTS[0] + LENGTH + 13 * DAY)
    shown = everything_shown(hand_worked, hand_worked.ruth)
    assert bands_in(shown) == {("after the feedback closes",)}

    clock.move_to(STARTS[0] + LENGTH + 14 * DAY)
    release_due(at=STARTS[0] + LENGTH + 14 * DAY)
    store_bands(at=STARTS[0] + LENGTH + 14 * DAY)
    shown = everything_shown(hand_worked, hand_worked.ruth)
    assert bands_in(shown) == {("fewer than a quarter",)}


def test_looking_stores_nothing(cohort: Cohort) -> None:
    hand_worked = draw(cohort, closed_at=STARTS[0])

    shown = everything_shown(hand_worked, hand_worked.ruth)

    assert not WritersBand.objects.exists()
    assert bands_in(shown) == {("after the feedback closes",) * 5}


def test_closing_a_survey_early_gives_its_band_once(cohort: Cohort, clock: Any) -> None:
    hand_worked = draw(cohort, closed_at=STARTS[0])
    workshop, at = hand_worked.workshops[0], STARTS[0] + LENGTH + 2 * DAY
    clock.move_to(at)
    get_or_create_survey(workshop).close(by=hand_worked.ruth, at=at)
    store_bands_of_closed_surveys()
    first = WritersBand.objects.get()
    Reflection.objects.filter(workshop=workshop).delete()
    clock.move_to(at + 30 * DAY)
    store_bands_of_closed_surveys()

    assert WritersBand.objects.get(workshop=workshop) == first
    assert (first.low, first.high) == (0.0, 0.25)


def test_words_after_the_survey_closed_do_not_count(cohort: Cohort) -> None:
    """The band is calculated days after the survey closed, but only from earlier entries."""
    hand_worked = draw(cohort, closed_at=STARTS[0])
    workshop = hand_worked.workshops[5]
    for name in ("Amina", "Ben", "Cleo", "Dev", "Finn", "Gwen"):
        Reflection.objects.create(
            author=User.objects.get(name=name),
            cohort=cohort,
            workshop=workshop,
            body="Late.",
            audience=Audience.ONLY_ME,
            written_at=STARTS[5] + LENGTH + 14 * DAY + DAY / 24,
            changed_at=ALL_CLOSED,
        )
    store_bands(at=ALL_CLOSED + 5 * DAY)

    band = WritersBand.objects.get(workshop=workshop)
    assert (band.low, band.high) == (0.0, 0.25)


def test_band_survives_moves_cancellations_and_erasure(hand_worked: HandWorked) -> None:
    workshop = hand_worked.workshops[1]
    before = list(WritersBand.objects.order_by("pk").values())
    for name in ("Amina", "Ben", "Cleo"):
        erase(user=User.objects.get(name=name), by=None, at=FINISHED)
    workshop.cancel(by=hand_worked.ruth, at=FINISHED)
    store_bands(at=FINISHED)
    workshop.reinstate(by=hand_worked.ruth, at=FINISHED)
    store_bands(at=FINISHED)

    assert list(WritersBand.objects.order_by("pk").values()) == before


def test_frozen_report_has_the_same_bands_whatever_happens_to_the_register(
    hand_worked: HandWorked, clock: Any
) -> None:
    """Freezing calculates the last workshop's band. Later marks change no band on the page."""
    clock.move_to(ALL_CLOSED)
    release_due(at=ALL_CLOSED)
    token = quotes_token([])
    frozen = freeze(cohort=hand_worked.cohort, agreed=token, by=hand_worked.ruth, at=ALL_CLOSED)
    values = frozen.values or {}
    assert values["workshop-6.reflections"][0] == [0.0, 0.25]
    assert values["workshop-2.reflections"][0] == [0.5, 0.75]
    for member in list(hand_worked.cohort.memberships.participating())[:6]:
        marking.mark(
            workshop=hand_worked.workshops[1],
            membership=member,
            entry=ABSENT,
            by=hand_worked.ruth,
            at=ALL_CLOSED,
        )
    (bands,) = bands_in(everything_shown(hand_worked, hand_worked.ruth))
    assert bands[1] == "a half to three quarters"
    assert FrozenReport.objects.get().values == values


def test_command_works_out_the_bands_that_it_exports(
    cohort: Cohort, tmp_path: Any, clock: Any
) -> None:
    draw(cohort, closed_at=STARTS[0])
    clock.move_to(ALL_CLOSED)
    release_due(at=ALL_CLOSED)

    call_command("export_report", cohort.public_id, "--output", str(tmp_path / "report.csv"))

    rows = csv.reader(io.StringIO((tmp_path / "report.csv").read_text(encoding="utf-8-sig")))
    assert [row[4] for row in rows if row[3] == "People who wrote"] == [
        "fewer than a quarter",
        "a half to three quarters",
        "a quarter to a half",
        "three quarters or more",
        "fewer than a quarter",
    ]


def test_band_of_another_cohort_is_not_touched(hand_worked: HandWorked, cohort: Cohort) -> None:
    elsewhere = Cohort.objects.create(programme=cohort.programme, name="Essex", place="Essex")
    Workshop.objects.create(
        cohort=elsewhere,
        position=1,
        title="One",
        starts_at=STARTS[0],
        ends_at=STARTS[0] + LENGTH,
        scheduled_at=STARTS[0] - DAY,
    )
    assert store_bands(at=FINISHED, cohort=cohort) == 0
    assert store_bands(at=FINISHED) == 1
    assert store_bands(at=FINISHED) == 0


@pytest.mark.parametrize(
    "bounds", [(None, 0.5), (0.5, None), (0.5, 0.5), (0.75, 0.5), (-0.1, 0.5), (0.5, 1.1)]
)
def test_band_has_two_bounds_or_none(
    bounds: tuple[float | None, float | None], hand_worked: HandWorked
) -> None:
    low, high = bounds
    with pytest.raises(IntegrityError), transaction.atomic():
        WritersBand.objects.create(workshop=hand_worked.workshops[5], low=low, high=high)
