import pytest

from cohorts.models import Cohort
from tests.reports.hand_worked import HandWorked, draw


@pytest.fixture
def hand_worked(cohort: Cohort) -> HandWorked:
    """The finished cohort of the picture."""
    return draw(cohort)
