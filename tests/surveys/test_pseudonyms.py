from __future__ import annotations

from datetime import timedelta

import pytest

from cohorts.models import Cohort
from programmes.feedback import SurveyKind
from surveys.before_after.retention import delete_expired
from surveys.models import Pseudonym, Survey
from surveys.release import release_due
from surveys.submission import submit
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, Join, make_workshop
from workshops.models import Workshop

# 28 days in which a survey may be open, and 30 days more.
GONE = ENDS + timedelta(days=58)
SECOND = timedelta(seconds=1)


@pytest.fixture
def linked(survey: Survey, join: Join) -> Survey:
    """A confidential survey that five people have answered."""
    Survey.objects.update(kind=SurveyKind.LINKED)
    for member in join(5):
        submit(survey=survey, membership=member, answers={"worth_time": 4}, at=NEXT_DAY)
    release_due(at=CLOSED)
    return survey


def test_pseudonyms_of_surveys_are_destroyed_30_days_after_the_last_can_have_closed(
    linked: Survey,
) -> None:
    assert delete_expired(at=GONE - SECOND).pseudonyms == 0
    assert delete_expired(at=GONE).pseudonyms == 5
    assert {one.pseudonym for one in linked.responses.all()} != {None}
    assert not Pseudonym.objects.exists()


def test_pseudonyms_stay_while_a_workshop_is_to_come(linked: Survey, cohort: Cohort) -> None:
    later = make_workshop(cohort, 2, starts_at=None, ends_at=None, scheduled_at=None)
    assert delete_expired(at=GONE).pseudonyms == 0
    Workshop.objects.filter(pk=later.pk).update(cancelled_at=GONE)
    assert delete_expired(at=GONE).pseudonyms == 5
