"""The pairs of participants whom a cohort's facilitators keep apart. Each action is atomic."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.models import Grouping, KeepApart


@transaction.atomic
def keep_apart(
    *, cohort: Cohort, one: Membership, other: Membership, reason: str, by: User, at: datetime
) -> None:
    """Save a pair of different participants to keep apart; if the pair exists, update its reason.

    Drafts of sets don't change, but their pages then show the rule as broken.
    """
    first, second = sorted((one, other), key=lambda member: member.pk)
    KeepApart.objects.update_or_create(
        first=first,
        second=second,
        defaults={"cohort": cohort, "reason": reason},
        create_defaults={"cohort": cohort, "reason": reason, "made_at": at, "made_by": by},
    )
    record_change(cohort)


@transaction.atomic
def stop_keeping_apart(*, pair: KeepApart) -> None:
    pair.delete()
    record_change(pair.cohort)


def record_change(cohort: Cohort) -> None:
    """Change the version tokens of the cohort's drafts, because their rules have changed."""
    Grouping.objects.drafts().filter(cohort=cohort).update(version=F("version") + 1)
