"""What of a reflection is on offer to its cohort's report, as its own page says it; to offer it is the report's."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import User
from reflections.models import Quote, Reflection


@dataclass(frozen=True)
class Offer:
    """For its author what is on offer, and whether they may offer; for a facilitator whether they may ask for it."""

    extracts: list[Quote] = field(default_factory=list)
    may_offer: bool = False
    may_ask: bool = False


def offer_of(reflection: Reflection, user: User) -> Offer:
    """At most two queries."""
    taking_part = (
        reflection.cohort.memberships.active().participating().filter(user=reflection.author_id)
    )
    if reflection.author_id == user.pk:
        extracts = list(reflection.quotes.on_offer())
        may_offer = not extracts and not reflection.is_unreadable and taking_part.exists()
        return Offer(extracts=extracts, may_offer=may_offer)
    return Offer(may_ask=reflection.cohort.is_facilitated_by(user) and taking_part.exists())
