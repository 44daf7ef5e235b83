"""The quotes about work started together that are on offer to the report, for the work's page.

The actions that offer, withdraw and choose quotes are in the reports app.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from partnerships.models import Partnership, Party
from reflections.models import Quote, QuoteQuerySet


@dataclass(frozen=True)
class WorkOffer:
    """What a partnership's page shows its viewer about offering a quote to the report.

    `quotes` are the viewer's own quotes about the partnership that are on offer. `may_offer` says
    whether the viewer can offer a quote about the partnership now.
    """

    quotes: list[Quote] = field(default_factory=list)
    may_offer: bool = False


def quotes_about(work: Partnership, author: User) -> QuoteQuerySet:
    found: QuoteQuerySet = Quote.objects.by(author).filter(work_id=work.pk)
    return found


def offer_of(party: Party | None) -> WorkOffer:
    """Return the `WorkOffer` of the viewer, whose party in the partnership is `party`.

    Makes at most two queries.
    """
    if party is None or party.membership is None:
        return WorkOffer()
    quotes = list(quotes_about(party.partnership, party.membership.user).on_offer())
    return WorkOffer(quotes, may_offer=not quotes and is_able_to_offer(party))


def is_able_to_offer(party: Party) -> bool:
    """Return whether the party's participant has agreed to a partnership that is not withdrawn."""
    member = party.membership
    return (
        member is not None
        and member.left_at is None
        and not member.is_facilitator
        and party.has_agreed
        and not party.partnership.is_withdrawn
    )


def words_of(party: Party) -> str:
    """Return what the party wrote in their latest answer about the work, to be quoted from."""
    answers = party.answers.exclude(happened="").order_by("-months")
    return answers.values_list("happened", flat=True).first() or party.partnership.learned


def withdraw_quotes_about(work: Partnership, *, at: datetime) -> None:
    """Withdraw all quotes about the work and delete their words, except printed ones."""
    Quote.objects.on_offer().filter(work_id=work.pk, printed_at=None).update(
        withdrawn_at=at, words=""
    )
