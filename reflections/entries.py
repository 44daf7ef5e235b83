"""Actions on reflections and replies: write, change, share, reply, delete. Each is atomic.

Every action locks the reflection's row first, so that concurrent replies and deletions are
serialised.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.audience.history import record
from reflections.models import Audience, Reflection, Reply
from reflections.threads import answerable
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
    """Save a new reflection.

    Idempotent by `public_id`: sending the same text again returns the saved reflection. Other text
    is saved as another reflection. If it is sent again for a narrower audience, the saved one is
    narrowed. It is never widened: that needs a confirmation.

    Raises PermissionDenied if the author was never in the cohort, or left it and wants to share.
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
    if (entry.author_id, entry.body) != (author.pk, body):
        return write(
            author=author,
            cohort=cohort,
            body=body,
            at=at,
            workshop=workshop,
            prompt=prompt,
            audience=audience,
        )
    if Audience(entry.audience).is_wider_than(audience):
        return share(reflection=entry, audience=Audience(audience), by=author, at=at)
    return entry


@transaction.atomic
def change(*, reflection: Reflection, body: str, by: User, at: datetime) -> Reflection:
    """Replace the text; the same people can read it.

    Raises PermissionDenied unless the user wrote it and it can be decrypted.
    """
    entry = lock_own(reflection, by)
    if entry.is_unreadable:
        raise PermissionDenied
    if entry.body != body:
        entry.body, entry.changed_at = body, at
        entry.save(update_fields=["body", "changed_at"])
    return entry


@transaction.atomic
def share(*, reflection: Reflection, audience: Audience, by: User, at: datetime) -> Reflection:
    """Change the audience of the reflection and its replies.

    Raises PermissionDenied unless the user wrote it, and if they left the cohort and want to widen
    it.
    """
    entry = lock_own(reflection, by)
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
def reply(
    *, reflection: Reflection, author: User, body: str, at: datetime, to: Reply | None = None
) -> Reply:
    """Reply to the reflection, or answer a reply to it.

    Raises PermissionDenied if the author can't read what they reply to, or is no longer in the
    cohort.
    """
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk).first()
    if entry is None or not may_reply(entry, author):
        raise PermissionDenied
    if to is not None:
        to = answerable(entry, author, to.public_id)
        if to is None:
            raise PermissionDenied
    return Reply.objects.create(
        reflection=entry, author=author, body=body, written_at=at, in_answer_to=to
    )


@transaction.atomic
def delete_reply(*, reply: Reply, by: User, at: datetime) -> None:
    """Delete the user's own reply. If it has answers, only its body and author are removed.

    Such a placeholder is deleted with the last of its answers. Raises PermissionDenied for somebody
    else's reply.
    """
    Reflection.objects.select_for_update().filter(pk=reply.reflection_id).first()
    current = Reply.objects.filter(pk=reply.pk, author=by).first()
    if current is None:
        raise PermissionDenied
    if current.answers.exists():
        current.author, current.body, current.deleted_at = None, "", at
        current.save(update_fields=["author", "body", "deleted_at"])
        return
    parent = current.in_answer_to
    current.delete()
    if parent and parent.deleted_at and not parent.answers.exists():
        parent.delete()


def may_reply(reflection: Reflection, user: User) -> bool:
    """Return whether the reflection is shared and the user can read it and is in the cohort now.

    Makes two queries.
    """
    return (
        reflection.is_shared
        and Membership.objects.active().filter(user=user, cohort=reflection.cohort_id).exists()
        and Reflection.objects.readable_by(user).filter(pk=reflection.pk).exists()
    )


def lock_own(reflection: Reflection, user: User) -> Reflection:
    """Return the current reflection with its row locked.

    Raises PermissionDenied unless the user wrote it.
    """
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk, author=user).first()
    if entry is None:
        raise PermissionDenied
    return entry
