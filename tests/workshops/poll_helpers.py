"""Helpers that open availability polls and answer them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cohorts.models import Cohort, Membership
from workshops.availability import polls
from workshops.models import AvailabilityPoll
from workshops.times import HalfDay

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The poll opens on Thursday 18 March and closes on Wednesday 31 March. Two days before the close
# is Easter Monday, so the reminder is sent on the 30th (NUDGED). London is on summer time by then.
ASKED = datetime(2027, 3, 18, 12, tzinfo=UTC)
CLOSES = datetime(2027, 3, 31, 22, 59, tzinfo=UTC)
NUDGED = datetime(2027, 3, 30, 8, tzinfo=UTC)
TUESDAY = date(2027, 5, 4)
Join = Callable[..., Membership]


def open_poll(cohort: Cohort, at: datetime = ASKED, **fields: Any) -> AvailabilityPoll:
    poll = polls.open_poll(
        cohort=cohort,
        by=None,  # type: ignore[arg-type] # the author does not matter here
        at=at,
        **{
            "first": TUESDAY,
            "last": TUESDAY + timedelta(days=30),
            "weekdays": [1, 2],
            "halves": ["morning", "afternoon"],
            "closes_at": CLOSES,
            **fields,
        },
    )
    assert poll
    return poll


def save_answer(
    poll: AvailabilityPoll, member: Membership, *cannot: tuple[date, HalfDay], at: datetime = ASKED
) -> bool:
    return polls.save_answer(poll=poll, membership=member, unavailable=cannot, at=at)
