"""The rows of one person in a round of “Who do you know here?”."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cohorts.models import Membership
from relationships.models import AnswerBlob, RosterEntry, Round, RoundReceipt
from tests.factories import MARCH


def create_rounds_of(user: User, member: Membership, *, at: datetime) -> None:
    """Create a closed round that the user opened and the member has finished."""
    one = Round.objects.create(
        cohort=member.cohort,
        occasion="start",
        opened_at=at,
        opened_by=user,
        closing_at=MARCH,
        closed_at=MARCH,
    )
    RosterEntry.objects.create(round=one, membership=member)
    RoundReceipt.objects.create(round=one, membership=member)
    AnswerBlob.objects.create(round=one, membership=member, content="{}")
