"""Helpers that create attendance and messages, and read the context of a facilitator's Today."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.facilitator.dashboard import facilitator_context
from outbox.models import Message
from tests.factories import outcome_for
from workshops.models import Attendance, Workshop

NOW = datetime(2027, 3, 15, 8, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
HALF_DAY = timedelta(hours=3, minutes=30)

Make = Callable[..., Workshop]


def day_of(user: User) -> dict[str, Any]:
    facilitated = Membership.objects.active().facilitating().filter(user=user)
    return facilitator_context(
        user, [one.cohort for one in facilitated.select_related("cohort")], NOW
    )


def needs_of(user: User) -> list[tuple[str, str, str]]:
    return [(item.words, item.url, item.note) for item in day_of(user)["todo_items"]]


def silences_of(user: User) -> list[tuple[str, list[str]]]:
    return [
        (group.words, [one.name for one in group.people]) for group in day_of(user)["quiet_groups"]
    ]


def attend(workshop: Workshop, member: Membership, **facts: Any) -> Attendance:
    if "answer" in facts:
        facts.setdefault("answered_at", NOW - timedelta(days=1))
    if "mark" in facts:
        facts["marked_at"] = NOW
    return Attendance.objects.create(workshop=workshop, membership=member, **facts)


def message(user: User, cohort: Cohort, kind: str, **facts: Any) -> Message:
    return Message.objects.create(
        kind=kind,
        key=f"{kind}:{cohort.pk}:{user.pk}",
        recipient=user,
        group_id=cohort.pk,
        subject_id=cohort.pk,
        made_at=LONG_AGO,
        due_at=LONG_AGO,
        expires_at=NOW,
        try_at=LONG_AGO,
        outcome=outcome_for(facts),
        **facts,
    )
