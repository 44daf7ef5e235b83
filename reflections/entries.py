"""Actions on reflections and replies. Each is atomic.

An action on a saved reflection or its replies locks the reflection's row first, so that concurrent
actions are serialised.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort, Membership
from reflections.audience.history import record_audience
from reflections.models import Audience, Reflection, Reply
from reflections.threads import answerable_reply
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

    If the author has already saved the same text under `public_id`, returns that reflection. Its
    audience is changed only if `audience` is narrower, because a wider one needs a confirmation. If
    `public_id` belongs to a reflection with another text or author, a new id is used.

    Raises PermissionDenied if the author was never in the cohort. To share, they must be in it now.
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
            record_audience(entry, at=at)
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
    """Replace the reflection's text. The audience stays the same.

    Raises PermissionDenied if the user did not write the reflection, or if its present text can't
    be decrypted.
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
    """Change the reflection's audience, and record the change in its audience history.

    Raises PermissionDenied if the user did not write the reflection, or if the new audience is
    wider and the user is no longer in the cohort.
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
    record_audience(entry, at=at)
    return entry


@transaction.atomic
def reply(
    *, reflection: Reflection, author: User, body: str, at: datetime, to: Reply | None = None
) -> Reply:
    """Save a reply to the reflection, or an answer to its reply `to`.

    Raises PermissionDenied if the author may not reply to the reflection (see `may_reply`), or may
    not answer `to` (see `answerable_reply`).
    """
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk).first()
    if entry is None or not may_reply(entry, author):
        raise PermissionDenied
    if to is not None:
        to = answerable_reply(entry, author, to.public_id)
        if to is None:
            raise PermissionDenied
    return Reply.objects.create(
        reflection=entry, author=author, body=body, written_at=at, in_answer_to=to
    )


@transaction.atomic
def delete_reply(*, reply: Reply, by: User, at: datetime) -> None:
    """Delete the user's own reply. If the reply has answers, only remove its body and author.

    The row of such a reply is deleted together with the last of its answers. Raises
    PermissionDenied if the user did not write the reply.
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
    """Return whether the user may reply to the reflection.

    The reflection must be shared, and the user must be able to read it and be in the cohort now.
    Makes at most two queries.
    """
    return (
        reflection.is_shared
        and Membership.objects.active().filter(user=user, cohort=reflection.cohort_id).exists()
        and Reflection.objects.readable_by(user).filter(pk=reflection.pk).exists()
    )


def lock_own(reflection: Reflection, user: User) -> Reflection:
    """Return the reflection, read again from the database with its row locked.

    Raises PermissionDenied if the user did not write the reflection, or if it has been deleted.
    """
    entry = Reflection.objects.select_for_update().filter(pk=reflection.pk, author=user).first()
    if entry is None:
        raise PermissionDenied
    return entry
