"""Erasure of what a person answered in rounds, and of what others answered about them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from cohorts.models import MembershipQuerySet
from relationships.answers import lock, remove_people
from relationships.models import AnswerBlob, RosterEntry, Round


@transaction.atomic
def remove_answers(memberships: MembershipQuerySet) -> None:
    """Delete the answers by and about these members, and take them off the lists of open rounds.

    Receipts stay, and so do the figures of rounds that have closed. If the encryption key
    of a round's answers is missing, answers about the members can't be found and deleted, but
    nobody can read them either. They are deleted with all answers of the round.
    """
    members = set(memberships.values_list("pk", flat=True))
    asked = Q(roster__membership__in=members)
    for one in Round.objects.opened().filter(asked).distinct().order_by("pk"):
        locked = lock(one)
        remove_people(locked, members)
        AnswerBlob.objects.filter(round=locked, membership__in=members).delete()
        if locked.closed_at is None:
            RosterEntry.objects.filter(round=locked, membership__in=members).delete()
