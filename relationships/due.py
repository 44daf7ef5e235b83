"""The participants that a round asks, and the rounds that one participant can answer now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from cohorts.models import Membership
from relationships.links import ROUND_LINK
from relationships.models import RosterEntry, Round, RoundReceipt
from relationships.timing import with_times


def asked() -> QuerySet[Any]:
    """Return a row for each opened round and each active participant on its list.

    The rows are rounds annotated by `with_times`, and with `member_id`, `member_public_id`,
    `member_user_id` and `member_joined_at`. Leaves out archived cohorts, and those that don't use
    relationships.
    """
    listed = RosterEntry.objects.listed().filter(
        round=OuterRef("pk"), membership=OuterRef("member_id")
    )
    rows: QuerySet[Any] = (
        with_times(Round.objects.in_use().opened())
        .filter(
            cohort__archived_at=None,
            cohort__memberships__role=Membership.Role.PARTICIPANT,
            cohort__memberships__left_at=None,
        )
        .annotate(
            member_id=F("cohort__memberships__pk"),
            member_public_id=F("cohort__memberships__public_id"),
            member_user_id=F("cohort__memberships__user_id"),
            member_joined_at=F("cohort__memberships__joined_at"),
        )
        .filter(Exists(listed))
    )
    return rows


def not_finished() -> QuerySet[Any]:
    """Return the rows of `asked`, without members who have finished the round."""
    finished = RoundReceipt.objects.filter(round=OuterRef("pk"), membership=OuterRef("member_id"))
    return asked().filter(~Exists(finished))


@dataclass(frozen=True)
class DueRound:
    """A round that a person can answer now, and the path to answer it."""

    zone: str
    closes: datetime
    url: str


def rounds_due(user: Any, moment: Any) -> QuerySet[Any]:
    """Return the rows of `not_finished` that the user can answer at a moment.

    `user` is a pk. Both can be query parameters.
    """
    return not_finished().filter(member_user_id=user, opened_at__lte=moment, closing_at__gt=moment)


def due_round(zone: str, closes: datetime, *ids: str) -> DueRound:
    """Return a `DueRound` from the columns of a row.

    `ids` are the public ids of the round and of the membership.
    """
    return DueRound(zone, closes, ROUND_LINK.path(*ids))
