"""The objects of work started together that the walk through every page opens."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from cohorts.models import Cohort
from partnerships.links import PARTY_LINK
from partnerships.models import Partnership, Party, Ripple


def things_started(finished: Cohort, running: Cohort, participant: User) -> dict[str, list[Any]]:
    """Return work that is not confirmed, confirmed and stopped, one party, and one ripple.

    The first of each is of the running cohort, and the participant who walks has started it. A line
    of its timeline is added, because the demo's is in the finished cohort.
    """
    work = Partnership.objects.get(cohort=running)
    Partnership.objects.filter(pk=work.pk).update(proposed_by=participant)
    own = work.parties.latest("pk")
    own.membership = running.memberships.get(user=participant)
    own.agreed_at = work.proposed_at
    own.save(update_fields=["membership", "agreed_at"])
    first = Ripple.objects.filter(cohort=finished).earliest("pk")
    ripple = Ripple.objects.create(
        cohort=running,
        happened_on=first.happened_on,
        sentence=first.sentence,
        added_at=first.added_at,
        added_by=participant,
    )
    return {
        "partnership": [work, *Partnership.objects.filter(cohort=finished)],
        "own work": [work],
        "party": [work.parties.earliest("pk")],
        "ripple": [ripple],
    }


def party_tokens(finished: Cohort, running: Cohort) -> list[str]:
    """Return the tokens of links to work that is not agreed to, confirmed, and stopped."""
    waiting = Party.objects.filter(partnership__cohort=running, agreed_at=None)
    agreed = Party.objects.filter(partnership__cohort=finished).agreed()
    return [PARTY_LINK.token(one.public_id) for one in (*waiting, *agreed)]
