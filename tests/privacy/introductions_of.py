"""A person's introductions, for the tests of the export and of erasure."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.models import Introducee, Introduction, IntroductionOptIn, IntroductionRound


def create_introductions_of(cohort: Cohort, member: Membership, *, at: datetime) -> None:
    """Let the member be introduced to somebody one month, and be asked about them the next."""
    user = User.objects.create_user("dora@example.org", "Dora")
    other = Membership.objects.create(cohort=cohort, user=user)
    IntroductionOptIn.objects.create(membership=member, since=at)
    for month, introduced_at in ((1, at), (2, None)):
        made = IntroductionRound.objects.create(
            cohort=cohort,
            month=at.date().replace(month=month, day=1),
            made_at=at,
            answer_by=at + timedelta(days=14),
        )
        introduction = Introduction.objects.create(round=made, introduced_at=introduced_at)
        for one in (member, other):
            Introducee.objects.create(
                round=made,
                introduction=introduction,
                membership=one,
                answer=Introducee.Answer.YES,
            )
