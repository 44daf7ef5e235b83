"""The plan of a survey's reminders, which a cohort's pages show: a date for each workshop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cohorts.models import Membership
from outbox.models import MessageOverride
from outbox.rules import all_rules
from tests.services import Letterbox
from tests.surveys.conftest import Join, mark
from tests.surveys.sending import (
    NUDGE_DUE,
    SECOND_NUDGE_DUE,
    SURVEY_DUE,
    submit_survey,
    turn_at,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = ("survey-nudge", "survey-nudge-2")
WEEKS = timedelta(weeks=3)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def planned_days() -> list[datetime]:
    """Return when each reminder is due, by the plan of either kind."""
    found: list[datetime] = []
    for kind in KINDS:
        rows = all_rules()[kind].planned(SURVEY_DUE - WEEKS, SURVEY_DUE + WEEKS)
        assert rows is not None
        found += rows.values_list("owed_due", flat=True)
    return found


def test_plan_is_the_same_whoever_comes_and_answers(join: Join, workshop: Workshop) -> None:
    members = join(3)
    assert planned_days() == [NUDGE_DUE, SECOND_NUDGE_DUE]
    mark(workshop, *members)
    turn_at(SURVEY_DUE)
    for member in members:
        submit_survey(workshop, member, SURVEY_DUE + timedelta(hours=1))
        assert planned_days() == [NUDGE_DUE, SECOND_NUDGE_DUE]


def test_plan_leaves_out_a_workshop_to_which_nobody_came(join: Join, workshop: Workshop) -> None:
    mark(workshop, *join(2), as_="absent")
    assert planned_days() == []


def test_plan_leaves_out_a_cohort_without_participants(join: Join, workshop: Workshop) -> None:
    join(1)
    Membership.objects.update(left_at=SURVEY_DUE - WEEKS)
    assert planned_days() == []


def test_plan_leaves_out_a_survey_that_is_skipped(join: Join, workshop: Workshop) -> None:
    join(1)
    MessageOverride.objects.create(
        group_id=workshop.cohort_id,
        kind="survey",
        subject_id=workshop.pk,
        skipped_at=SURVEY_DUE - WEEKS,
    )
    assert planned_days() == []


def test_plan_leaves_out_a_reminder_within_a_day_of_the_survey(
    join: Join, workshop: Workshop
) -> None:
    mark(workshop, *join(1), at=NUDGE_DUE - timedelta(hours=2))
    turn_at(NUDGE_DUE - timedelta(hours=1))
    assert planned_days() == [SECOND_NUDGE_DUE]
