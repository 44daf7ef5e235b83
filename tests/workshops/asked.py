"""A cohort that is asked when it is free, and what somebody says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cohorts.models import Cohort, Membership
from workshops.availability import polls
from workshops.models import AvailabilityPoll
from workshops.times import HalfDay

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Asked on a Thursday; the clocks go forward on the 28th, the day before the nudge, and it closes on Wednesday the 31st.
ASKED = datetime(2027, 3, 18, 12, tzinfo=UTC)
CLOSES = datetime(2027, 3, 31, 22, 59, tzinfo=UTC)
NUDGED = datetime(2027, 3, 29, 8, tzinfo=UTC)
TUESDAY = date(2027, 5, 4)
Join = Callable[..., Membership]


def ask(cohort: Cohort, at: datetime = ASKED, **facts: Any) -> AvailabilityPoll:
    poll = polls.open_poll(
        cohort=cohort,
        by=None,  # type: ignore[arg-type] # nobody in particular
        at=at,
        **{
            "first": TUESDAY,
            "last": TUESDAY + timedelta(days=30),
            "weekdays": [1, 2],
            "halves": ["morning", "afternoon"],
            "closes_at": CLOSES,
            **facts,
        },
    )
    assert poll
    return poll


def say(
    poll: AvailabilityPoll, member: Membership, *cannot: tuple[date, HalfDay], at: datetime = ASKED
) -> bool:
    return polls.save_answer(poll=poll, membership=member, unavailable=cannot, at=at)
