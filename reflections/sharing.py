"""What people do with their words: write, change, share, take back, answer. Each is all or nothing.

Every verb takes the entry's row first, so that nobody answers what is being taken back at the same moment.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.history import record
from reflections.models import Audience, Reflection, Reply
from workshops.models import Workshop


@transaction.atomic
def write(
    *,
    author: User,
    cohort: Cohort,
    body: str,
    at: datetime,
    workshop: Workshop | None = None,
    prompt: str = "",
    audience: str = Audience.ONLY_ME,
    public_id: str = "",
) -> Reflection:
    """A new entry. Sent twice under one public id, it is one entry; other words under that id are another.

    Raises PermissionDenied to who was never in the cohort, and to who left and would share.
    """
    memberships = Membership.objects.filter(user=author, cohort=cohort)
    if audience != Audience.ONLY_ME:
        memberships = memberships.active()
    if not memberships.exists():
        raise PermissionDenied
    public_id = public_id or new_public_id()
    entry, is_new = Reflection.objects.get_or_create(
        public_id=public_id,
        defaults={
            "author": author,
            "cohort": cohort,
            "workshop": workshop,
            "prompt": prompt,
            "body": body,
            "audience": audience,
            "written_at": at,
            "changed_at": at,
            "shared_at": None if audience == Audience.ONLY_ME else at,
        },
    )
    if is_new:
        if entry.is_shared:
            record(entry, at=at)
        return entry
    said = (author.pk, body, audience)
    if (entry.author_id, entry.body, entry.audience) == said:
        return entry
    return write(
        author=author, cohort=cohort, body=body, at=at, workshop=workshop, prompt=prompt, audience=audience
    )


@transaction.atomic
def change(*, reflection: Reflection, body: str, by: User, at: datetime) -> Reflection:
    """Other words for the same readers. Raises PermissionDenied for another's, and for what could not be read."""
    entry = own(reflection, by)
    if entry.is_unreadable:
        raise PermissionDenied
    if entry.body != body:
        entry.body, entry.changed_at = body, at
        entry.save(update_fields=["body", "changed_at"])
    return entry


@transaction.atomic
def share(*, reflection: Reflection, audience: Audience, by: User, at: datetime) -> Reflection:
    """Gives it another audience: a wider one from now on, a narrower one at once, replies included.

    Raises PermissionDenied for another's, and to who left the cohort and would widen it.
    """
    entry = own(reflection, by)
    if audience == entry.audience:
        return entry
    if audience.is_wider_than(entry.audience):
        if not Membership.objects.active().filter(user=by, cohort=entry.cohort_id).exists():
            raise PermissionDenied
        entry.shared_at = at
    elif audience == Audience.ONLY_ME:
        entry.shared_at = None
    entry.audience = audience
    entry.save(update_fields=["audience", "shared_at"])
    record(entry, at=at)
    return entry


@transaction.atomic
def reply(*, reflection: Reflection, author: User, body: str, at: datetime) -> Reply:
    """An answer, to its readers. Raises PermissionDenied to who can't read it now or is no longer in the cohort."""
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk).first()
    if entry is None or not may_reply(entry, author):
        raise PermissionDenied
    return Reply.objects.create(reflection=entry, author=author, body=body, written_at=at)


def may_reply(reflection: Reflection, user: User) -> bool:
    """It is shared, the person can read it, and is in the cohort now. Two queries."""
    return (
        reflection.is_shared
        and Membership.objects.active().filter(user=user, cohort=reflection.cohort_id).exists()
        and Reflection.objects.readable_by(user).filter(pk=reflection.pk).exists()
    )


def own(reflection: Reflection, user: User) -> Reflection:
    """The entry as it is now, kept for this transaction. Raises PermissionDenied unless the person wrote it."""
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk, author=user).first()
    if entry is None:
        raise PermissionDenied
    return entry
