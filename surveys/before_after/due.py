"""The participants that a wave asks, and the waves that one participant can answer now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from cohorts.models import Membership
from surveys.before_after.links import WAVE_LINK
from surveys.before_after.timing import with_times
from surveys.models import Occasion, Wave, WaveReceipt


def asked() -> QuerySet[Any]:
    """Return a row for each wave and each active participant of its cohort.

    The rows are waves annotated by `with_times`, and with `member_id`, `member_public_id`,
    `member_user_id` and `member_joined_at`. Leaves out archived cohorts.
    """
    rows: QuerySet[Any] = (
        with_times(Wave.objects.of_participants())
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
    )
    return rows


def not_answered() -> QuerySet[Any]:
    """Return the rows of `asked`, without members who have answered the wave."""
    answered = WaveReceipt.objects.filter(wave=OuterRef("pk"), membership=OuterRef("member_id"))
    return asked().filter(~Exists(answered))


@dataclass(frozen=True)
class DueWave:
    """A wave that a person can answer now, and the path to answer it."""

    cohort_id: str
    zone: str
    is_end: bool
    closes: datetime
    url: str


def waves_due(user: Any, moment: Any) -> QuerySet[Any]:
    """Return the rows of `not_answered` that the user can answer at a moment.

    `user` is a pk. Both can be query parameters.
    """
    return not_answered().filter(member_user_id=user, opens__lte=moment, closes__gt=moment)


def due_wave(cohort: str, zone: str, occasion: str, closes: datetime, *ids: str) -> DueWave:
    """Return a `DueWave` from the columns of a row.

    `ids` are the public ids of the wave and of the membership.
    """
    return DueWave(cohort, zone, occasion == Occasion.END, closes, WAVE_LINK.path(*ids))
