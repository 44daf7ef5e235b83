"""A person's set, for the tests of the export and of erasure."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.models import (
    ChangeWish,
    Grouping,
    KeepApart,
    Meeting,
    Set,
    SetMembership,
    SetNote,
)


def write_set_note(user: User, cohort: Cohort, *, words: str, at: datetime) -> SetNote:
    """Create a set without anybody in it, and a note of it by the user."""
    grouping = Grouping.objects.create(
        cohort=cohort,
        number_of_sets=1,
        seed=1,
        asked_at=at,
        asked_by=user,
        made_at=at,
        published_at=at,
        published_by=user,
    )
    one = Set.objects.create(grouping=grouping, number=1, changed_at=at, version=1)
    return SetNote.objects.create(set=one, author=user, body=words, written_at=at)


def create_sets_of(
    user: User, cohort: Cohort, member: Membership, *, words: str, at: datetime
) -> None:
    """Create a set that the user made and is in, and three pairs: of the user, and by the user."""
    one = write_set_note(user, cohort, words=words, at=at).set
    SetMembership.objects.create(grouping=one.grouping, set=one, membership=member, joined_at=at)
    ChangeWish.objects.create(membership=member, text=words, written_at=at)
    Meeting.objects.create(
        set=one,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        place=words,
        planned_by=user,
        changed_at=at,
    )
    others = [
        Membership.objects.create(
            cohort=cohort, user=User.objects.create_user(f"{name}@example.org", name)
        )
        for name in ("ben", "cleo")
    ]
    # The user is the first of one pair and the second of another.
    earlier = cohort.memberships.filter(pk__lt=member.pk)[0]
    pairs = ((member, others[0], None), (earlier, member, None), (others[0], others[1], user))
    for first, second, by in pairs:
        reason = "" if by else words
        KeepApart.objects.create(
            cohort=cohort, first=first, second=second, reason=reason, made_at=at, made_by=by
        )
