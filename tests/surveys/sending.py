"""Helpers that run the sending loop, and read who was sent a survey's e-mails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cohorts.models import Membership
from outbox.delivery.loop import Turn, take_turn
from outbox.models import Message
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from tests.surveys.conftest import ENDS
from workshops.models import Workshop

SURVEY_DUE = ENDS + timedelta(minutes=30)
# The third day after the workshop is Easter Sunday, and Monday is a bank holiday. So the reminder
# is due at 9am on Tuesday. British Summer Time has begun, so that is 8am in UTC.
NUDGE_DUE = datetime(2027, 3, 30, 8, 0, tzinfo=UTC)
# The sixth day after the workshop, and a day after the first reminder.
SECOND_NUDGE_DUE = datetime(2027, 3, 31, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def recipients(kind: str = "survey") -> set[int | None]:
    """Return the primary keys of the recipients of sent messages of this kind."""
    return set(
        Message.objects.filter(kind=kind, sent_at__isnull=False).values_list("recipient", flat=True)
    )


def users_of(*members: Membership) -> set[int | None]:
    return {member.user_id for member in members}


def submit_survey(workshop: Workshop, member: Membership, at: datetime) -> None:
    survey = get_or_create_survey(workshop)
    submit(survey=survey, membership=member, answers={"worth_time": 5}, at=at)
