"""The agreement of the parties, which makes a partnership confirmed.

A partnership is confirmed while parties of at least two organisations agree.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from partnerships.models import Partnership, Party

# The number of organisations that must agree for a partnership to be confirmed.
ORGANISATIONS = 2


class AgreementRefusedError(Exception):
    """Raised if a party can't agree or decline any more, because the partnership is withdrawn."""


@transaction.atomic
def agree(*, party: Party, may_be_named: bool, at: datetime) -> None:
    """Save that the party agrees, and whether the report may name its organisation.

    Agreeing again only changes `may_be_named`. Locks the partnership, so that parties who agree
    concurrently are serialised. Raises AgreementRefusedError.
    """
    partnership = lock(party)
    current = Party.objects.get(pk=party.pk)
    current.agreed_at = current.agreed_at or at
    current.declined_at = None
    current.may_be_named = may_be_named
    current.save(update_fields=["agreed_at", "declined_at", "may_be_named"])
    update_confirmation(partnership, at=at)
    record_act(current, at=at)


@transaction.atomic
def decline(*, party: Party, at: datetime) -> None:
    """Save that the party does not agree, or no longer does. Raises AgreementRefusedError."""
    partnership = lock(party)
    current = Party.objects.get(pk=party.pk)
    current.agreed_at, current.may_be_named = None, False
    current.declined_at = current.declined_at or at
    current.save(update_fields=["agreed_at", "declined_at", "may_be_named"])
    update_confirmation(partnership, at=at)
    record_act(current, at=at)


def lock(party: Party) -> Partnership:
    """Lock and return the party's partnership. Raises AgreementRefusedError if it is withdrawn."""
    partnership = Partnership.objects.select_for_update(no_key=True).get(pk=party.partnership_id)
    if partnership.is_withdrawn:
        raise AgreementRefusedError
    found: Partnership = partnership
    return found


def update_confirmation(partnership: Partnership, *, at: datetime) -> None:
    """Confirm the partnership, or undo its confirmation, by how many organisations agree.

    The partnership must be locked. Makes at most two queries.
    """
    organisations = (
        partnership.parties.agreed().order_by().values("organisation").distinct().count()
    )
    is_enough = organisations >= ORGANISATIONS
    if is_enough == (partnership.confirmed_at is not None):
        return
    partnership.confirmed_at = at if is_enough else None
    partnership.save(update_fields=["confirmed_at"])


def record_act(party: Party, *, at: datetime) -> None:
    """Record that a member has acted by a link.

    From then on, facilitators can't change the member's e-mail address.
    """
    if party.membership_id is not None:
        members = User.objects.filter(memberships=party.membership_id)
        User.objects.record_act(members.values_list("pk", flat=True).get(), at=at)
