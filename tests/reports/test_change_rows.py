"""Tests of the rows of “Before and after”, and of the report of a cohort that uses it."""

from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from reports.downloads import as_document
from reports.figures import figures_of
from reports.freezing import why_cannot_freeze
from reports.rows import rows_of
from surveys.before_after.answering import submit, submit_sights
from surveys.before_after.instrument import SCALES, SIGHTS
from surveys.before_after.release import release_due_waves
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Occasion, Wave
from tests.surveys.before_after.conftest import (
    END_CLOSED,
    END_OPEN,
    LATER_CLOSED,
    OPEN_AT,
    all_answered,
    make_series,
)
from tests.surveys.conftest import LONG_AGO

# Ten people went from 2 to 4 but one, who stayed at 2: the mean is 18 / 10 = 1.8. The deviations
# are 0.2 nine times and -1.8: s² = (9 × 0.04 + 3.24) / 9 = 0.4; √(0.4 / 10) = 0.2; × 1.833 = 0.37.
# All ten say at the end that they began at 1: (9 × 3 + 1) / 10 = 2.8.
FIRST = "Beyond my authority: change from the start to the end"


def answered(cohort: Cohort, people: int) -> None:
    """Have this many people answer all waves, and as many colleagues; nothing is released yet."""
    make_series(cohort)
    follow_features(cohort, at=LONG_AGO)
    waves = {wave.occasion: wave for wave in Wave.objects.filter(cohort=cohort)}
    then = {scale.looking_back: 1 for scale in SCALES}
    for number in range(people):
        user = User.objects.create_user(f"person-{number}@example.org", f"Person {number}")
        member = Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)
        after = all_answered(4 if number else 2)
        for occasion, answers in (
            (Occasion.START, all_answered(2)),
            (Occasion.END, after | then),
            (Occasion.LATER, after),
        ):
            at = OPEN_AT[occasion]
            submit(wave=waves[occasion], membership=member, answers=answers, at=at)
        person = Colleague.objects.create(membership=member, name="Chris", email="c@example.org")
        submit_sights(
            wave=waves[Occasion.COLLEAGUES],
            colleague=person,
            answers=dict.fromkeys(SIGHTS, 4),
            at=END_OPEN,
        )


def changes(cohort: Cohort, moment: datetime) -> dict[str, tuple[object, ...]]:
    """Return the value, count, total and note of each row of this part, by its figure."""
    rows = [row.cells for row in rows_of(figures_of(cohort, moment))]
    return {
        str(figure): (value, count, of)
        for part, _workshop, _day, figure, value, count, of, _note in rows
        if part == "Before and after"
    }


def test_ten_pairs_have_every_figure(cohort: Cohort) -> None:
    answered(cohort, 10)
    release_due_waves(at=END_CLOSED)
    found = changes(cohort, END_CLOSED)
    assert {figure: row for figure, row in found.items() if figure.startswith(FIRST)} == {
        FIRST: (1.8, None, 10),
        f"{FIRST}: 90% interval from": (1.4, None, 10),
        f"{FIRST}: 90% interval to": (2.2, None, 10),
        f"{FIRST}: up by half a point or more": (0.9, 9, 10),
        f"{FIRST}: about the same": (0.1, 1, 10),
        f"{FIRST}: down by half a point or more": (0, 0, 10),
        f"{FIRST}, looking back": (2.8, None, 10),
    }
    assert found["What managers and colleagues have seen"] == (1.0, None, 10)
    assert len(found) == 4 * 7 + 6


def test_five_pairs_have_means_and_six_months_on_follows(cohort: Cohort) -> None:
    answered(cohort, 5)
    release_due_waves(at=LATER_CLOSED)
    found = changes(cohort, LATER_CLOSED)
    assert found[FIRST] == (1.6, None, 5)
    assert found["Beyond my authority: change from the start to six months on"] == (1.6, None, 5)
    hidden = {figure for figure, cells in found.items() if cells[0] == "not shown"}
    # Of each of the nine changes: the interval, and how many went up, the same and down.
    assert len(hidden) == 9 * 2
    assert len(found) == 4 * 2 + 1 + 4 + 9 * 2


def test_four_pairs_say_why_nothing_is_shown(cohort: Cohort) -> None:
    answered(cohort, 4)
    release_due_waves(at=END_CLOSED)
    rows = [row for row in rows_of(figures_of(cohort, END_CLOSED)) if row.key.startswith("change")]
    assert {row.value for row in rows} == {"not shown"}
    assert [row.note for row in rows] == [
        *["fewer than 5 people answered both times"] * 4,
        "fewer than 5 managers and colleagues answered",
    ]


def test_open_wave_shows_nothing_and_the_report_waits_for_it(cohort: Cohort) -> None:
    answered(cohort, 5)
    figures = figures_of(cohort, END_OPEN)
    rows = [row for row in rows_of(figures) if row.key.startswith("change")]
    assert {row.note for row in rows} == {"shown when the questionnaire at the end has closed"}
    # END_CLOSED is the moment of closing, a minute before the release.
    assert "“Before and after” at the end" in why_cannot_freeze(figures_of(cohort, END_CLOSED))


def test_cohort_that_does_not_use_it_has_no_trace(cohort: Cohort) -> None:
    make_series(cohort)
    figures = figures_of(cohort, END_CLOSED)
    assert changes(cohort, END_CLOSED) == {}
    assert "Before and after" not in as_document(figures)


def test_page_and_pdf_have_the_table(cohort: Cohort, facilitator: User) -> None:
    answered(cohort, 10)
    release_due_waves(at=END_CLOSED)
    with time_machine.travel(END_CLOSED, tick=False):
        client = Client()
        client.force_login(facilitator)
        page = client.get(reverse("reports:report_detail", args=[cohort.public_id]))
    for text in (page.content.decode(), as_document(figures_of(cohort, END_CLOSED))):
        assert text.count("<strong>+1.8</strong>") == 4
        assert text.count("+1.4 to +2.2") == 4
        assert "\N{MINUS SIGN}2 (“much less often”)" in " ".join(text.split())


@pytest.mark.parametrize("people", [4, 12])
def test_figures_make_the_same_queries_for_any_number_of_people(
    cohort: Cohort, people: int, django_assert_num_queries: object
) -> None:
    answered(cohort, people)
    release_due_waves(at=END_CLOSED)
    with django_assert_num_queries(10):  # type: ignore[operator]
        figures_of(cohort, END_CLOSED)
