"""The list of surveys that a signed-in user can still answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort
from surveys.invitations import surveys_due_for
from surveys.links import SURVEY_LINK
from tests.queries import CapturedQueries
from tests.surveys.conftest import CLOSED, ENDS, STARTS, Join, make_workshop, mark
from tests.surveys.sending import (
    SECOND,
    submit_survey,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db


def test_surveys_due_are_listed_until_answered_or_closed(
    join: Join, cohort: Cohort, workshop: Workshop, facilitator: User
) -> None:
    [member, other] = join(2)
    second = make_workshop(
        cohort, 2, starts_at=STARTS + timedelta(days=1), ends_at=ENDS + timedelta(days=1)
    )
    moment = ENDS + timedelta(days=1)

    def waiting(user: User = member.user, at: datetime = moment) -> list[tuple[str, str]]:
        return [(due.title, due.url) for due in surveys_due_for(user, at)]

    first_link, second_link = (
        SURVEY_LINK.path(one.public_id, member.public_id) for one in (workshop, second)
    )
    assert waiting(at=ENDS - SECOND) == []
    assert waiting() == [(second.title, second_link), (workshop.title, first_link)]
    assert waiting(facilitator) == []
    mark(second, other)
    assert waiting() == [(workshop.title, first_link)]
    assert waiting(at=CLOSED) == []
    submit_survey(workshop, member, moment)
    assert waiting() == []
    assert len(waiting(other.user)) == 2


def test_surveys_due_take_one_query(join: Join, workshop: Workshop) -> None:
    [member, *_] = join(30)
    with CapturedQueries() as queries:
        assert len(surveys_due_for(member.user, ENDS)) == 1

    assert len(queries) == 1
