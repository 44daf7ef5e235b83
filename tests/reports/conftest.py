import pytest

from accounts.models import User
from cohorts.models import Cohort
from tests.reports.hand_worked import HandWorked, draw
from tests.reports.offered import Ended, live_through


@pytest.fixture
def hand_worked(cohort: Cohort) -> HandWorked:
    """The cohort of hand_worked.py, after its last workshop."""
    return draw(cohort)


@pytest.fixture
def ended(cohort: Cohort, facilitator: User, participant: User) -> Ended:
    """A cohort of five whose only workshop and survey are over. The participant wrote an entry."""
    return live_through(cohort, participant)
