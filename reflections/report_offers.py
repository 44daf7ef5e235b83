"""The quotes on offer to the report, for a reflection's page.

The actions that offer, withdraw and choose quotes are in the reports app.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import User
from reflections.models import Quote, Reflection


@dataclass(frozen=True)
class Offer:
    """The part of a reflection's page about quotes for the report.

    For the author: the quotes on offer, and whether they may offer one. For a facilitator: whether
    they may ask the author for a quote.
    """

    quotes: list[Quote] = field(default_factory=list)
    may_offer: bool = False
    may_ask: bool = False


def offer_of(reflection: Reflection, user: User) -> Offer:
    """Return the `Offer` for the reflection's page and this user. Makes at most two queries."""
    participating = (
        reflection.cohort.memberships.active().participating().filter(user=reflection.author_id)
    )
    if reflection.author_id == user.pk:
        quotes = list(reflection.quotes.on_offer())
        may_offer = not quotes and not reflection.is_unreadable and participating.exists()
        return Offer(quotes=quotes, may_offer=may_offer)
    return Offer(may_ask=reflection.cohort.is_facilitated_by(user) and participating.exists())
