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
from reflections.audience_history import record
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
    """A new entry. Sent twice under one public id, it is one entry; other words under that id are another.

    Sent again for fewer readers, it is theirs alone at once. For more it stays as it is: that is asked about first.

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
def reply(
    *, reflection: Reflection, author: User, body: str, at: datetime, to: Reply | None = None
) -> Reply:
    """A word to it, for its readers, or an answer to another reply.

    Raises PermissionDenied to who can't read what they speak to now, or is no longer in the cohort.
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
def take_back(*, reply: Reply, by: User, at: datetime) -> None:
    """A reply of one's own. What others answered stays, beneath a place without words or name until that goes too.

    Raises PermissionDenied for another's.
    """
    Reflection.objects.select_for_update().filter(pk=reply.reflection_id).first()
    said = Reply.objects.filter(pk=reply.pk, author=by).first()
    if said is None:
        raise PermissionDenied
    if said.answers.exists():
        said.author, said.body, said.taken_back_at = None, "", at
        said.save(update_fields=["author", "body", "taken_back_at"])
        return
    above = said.in_answer_to
    said.delete()
    if above and above.taken_back_at and not above.answers.exists():
        above.delete()


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
