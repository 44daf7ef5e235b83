"""A helper that opens availability polls and yields tokens of their private links."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cohorts.models import Cohort
from workshops.availability import polls


def availability_tokens(running: Cohort, planned: Cohort, now: datetime) -> Iterator[str]:
    """Yield the token of a member's link to an open poll, then to a closed one.

    Both polls have answers of other members.
    """
    for cohort in (running, planned):
        facilitator, member = (
            cohort.memberships.facilitating()[0],
            cohort.memberships.participating()[0],
        )
        for asked_already in cohort.availability_polls.open(now):
            asked_already.close(by=facilitator.user, at=now)
        poll = polls.open_poll(
            cohort=cohort,
            first=now.date() + timedelta(days=30),
            last=now.date() + timedelta(days=90),
            weekdays=[0, 1, 2, 3, 4],
            halves=["morning", "afternoon"],
            closes_at=now + timedelta(days=7),
            by=facilitator.user,
            at=now,
        )
        assert poll
        cannot = poll.half_days()[3:6]
        for one in (facilitator, cohort.memberships.participating()[1]):
            polls.save_answer(poll=poll, membership=one, unavailable=cannot, at=now)
        if cohort == planned:
            poll.close(by=facilitator.user, at=now)
        yield polls.ANSWER_LINK.token(poll.public_id, member.public_id)
