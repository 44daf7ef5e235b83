"""The rows of messages about waves, and about rounds of relationships."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Least

from cohorts.models import Membership
from outbox.local_time import WallClock, WorkingTime
from outbox.models import MessageOverride, OptOut
from workshops.working_days import NINE, on_working_day

NUDGE_WINDOW = timedelta(days=4)


def key_of(kind: str) -> Concat:
    """Return an SQL expression for a message's key: kind, wave or round, and member."""
    parts: list[Combinable] = [Value(f"{kind}:"), F("pk"), Value(":"), F("member_id")]
    return Concat(*(Cast(part, CharField()) for part in parts))


def with_due(rows: QuerySet[Any], due: Combinable, window: timedelta) -> QuerySet[Any]:
    """Annotate what a message about each row's wave or round is about, and when it is due.

    Leaves out messages that are due only after the wave or round closes.
    """
    found: QuerySet[Any] = (
        rows.annotate(owed_group=F("cohort"), owed_subject=F("pk"), owed_due=due)
        .annotate(
            owed_expires=Least(
                ExpressionWrapper(F("owed_due") + window, DateTimeField()), F("closes")
            )
        )
        .filter(closes__gt=F("owed_due"))
    )
    return found


def owed(rows: QuerySet[Any], kind: str, due: Combinable, window: timedelta) -> QuerySet[Any]:
    """Annotate the rows, one for each wave or round and member, as `Schedule.rows` requires.

    Leaves out messages that are due only after the wave or round closes.
    """
    found: QuerySet[Any] = with_due(
        rows.annotate(
            owed_key=key_of(kind),
            owed_recipient=F("member_user_id"),
            owed_membership=F("member_id"),
        ),
        due,
        window,
    )
    return found


def nudges(people: QuerySet[Any], kind: str, invitation_kind: str, days: int) -> QuerySet[Any]:
    """Return those rows of `people` that get a reminder, as `Schedule.rows` requires.

    It is due at 9am, `days` days after `invited_at` or, if that is no working day, on the next one.
    People get no reminder if they opted out of the invitation, or if theirs was skipped.
    """
    refused = OptOut.objects.filter(kind=invitation_kind, person=OuterRef("member_user_id"))
    about_this = MessageOverride.objects.of(invitation_kind, OuterRef("pk"))
    skipped = about_this.reaching(OuterRef("member_user_id")).skipping()
    rows = people.filter(~Exists(refused), ~Exists(skipped))
    return owed(rows, kind, nudge_due(days), NUDGE_WINDOW)


def planned_nudges(rows: QuerySet[Any], invitation_kind: str, days: int) -> QuerySet[Any]:
    """Return the reminder's rows as `Schedule.plan` requires, for waves or rounds.

    Leaves out those whose invitation is skipped for everybody.
    """
    about_this = MessageOverride.objects.of(invitation_kind, OuterRef("pk"))
    to_remind = rows.filter(~Exists(about_this.reaching(None).skipping()))
    return with_due(to_remind, nudge_due(days), NUDGE_WINDOW)


def nudge_due(days: int) -> WorkingTime:
    return on_working_day(WallClock("invited_at", "cohort__time_zone", days=days, at=NINE))


def has_participants() -> Exists:
    """Return whether the cohort of a wave, round or workshop has active participants."""
    active = Membership.objects.active().participating()
    return Exists(active.filter(cohort=OuterRef("cohort")))
