"""The links to rounds of “Who do you know here?” that the walk through every page opens."""

from __future__ import annotations

from collections.abc import Iterator

from cohorts.models import Cohort
from relationships.links import ROUND_LINK
from relationships.models import Occasion, RosterEntry, Round, RoundReceipt


def round_tokens(finished: Cohort, running: Cohort) -> Iterator[str]:
    """Yield the tokens of links to a round that is open, finished, left, closed, and to come."""
    entries = RosterEntry.objects.filter(round__cohort=running, round__closed_at=None)
    done = RoundReceipt.objects.filter(round__cohort=running).values("membership")
    open_one = entries.exclude(membership__in=done).select_related("round", "membership")[0]
    yield ROUND_LINK.token(open_one.round.public_id, open_one.membership.public_id)
    answered = entries.filter(membership__in=done).select_related("membership")[0]
    yield ROUND_LINK.token(open_one.round.public_id, answered.membership.public_id)
    left = entries.exclude(pk__in=(open_one.pk, answered.pk)).select_related("membership")[0]
    RosterEntry.objects.filter(pk=left.pk).update(is_left_off=True)
    yield ROUND_LINK.token(open_one.round.public_id, left.membership.public_id)
    for cohort, occasion in ((finished, Occasion.END), (running, Occasion.LATER)):
        one = Round.objects.get(cohort=cohort, occasion=occasion)
        member = cohort.memberships.participating()[0]
        yield ROUND_LINK.token(one.public_id, member.public_id)
