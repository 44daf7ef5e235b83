"""Work started together that is about one person, in every way in which it can be."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cohorts.models import Membership, Organisation
from partnerships.models import Check, Partnership, Party, Ripple


def create_partnership_records(
    user: User, member: Membership, organisation: Organisation, *, words: str, at: datetime
) -> None:
    """Create work that the user proposed, answered about and withdrew, with others and `words`.

    In other work they are the contact outside the cohort. Its text contains their name.
    """
    cohort = member.cohort
    facts = {"kind": "activity", "begun_on": at.date(), "dated_at": at, "proposed_at": at}
    work = Partnership.objects.create(
        cohort=cohort,
        title=f"With {user.name}",
        what=f"{user.name} calls, and answers {user.email}.",
        proposed_by=user,
        withdrawn_at=at,
        withdrawn_by=user,
        **facts,
    )
    party = Party.objects.create(
        partnership=work, organisation=organisation, membership=member, added_at=at, agreed_at=at
    )
    Check.objects.create(
        partnership=work,
        months=3,
        answered_at=at,
        answered_by=party,
        status="running",
        happened=words,
        noticed=words,
    )
    Ripple.objects.create(
        cohort=cohort, happened_on=at.date(), sentence=words, added_at=at, added_by=user
    )
    other = Partnership.objects.create(cohort=cohort, title="Other work", what="To call.", **facts)
    Party.objects.create(
        partnership=other,
        organisation=organisation,
        name=user.name,
        email=user.email,
        added_at=at,
    )
