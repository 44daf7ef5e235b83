import pytest

from accounts.models import User
from cohorts.models import Cohort
from tests.reports.hand_worked import HandWorked, draw
from tests.reports.offered import Ended, live_through


@pytest.fixture
def hand_worked(cohort: Cohort) -> HandWorked:
    """The finished cohort of the picture."""
    return draw(cohort)


@pytest.fixture
def ended(cohort: Cohort, facilitator: User, participant: User) -> Ended:
    """A cohort of five whose one workshop, and its survey, are over; the participant wrote something."""
    return live_through(cohort, participant)
