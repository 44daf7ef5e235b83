"""Actions on the notes of a set, and on what participants would like to change. Each is atomic."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Membership
from sets.models import ChangeWish, Set, SetNote


@transaction.atomic
def write_note(*, of: Set, author: User, body: str, at: datetime, public_id: str = "") -> SetNote:
    """Save a note, which only the set can read.

    If the author has saved a note of this set under `public_id` already, for example by a double
    click, returns that note. Raises PermissionDenied if the author is not in the set now.
    """
    if not Set.objects.joined_by(author).filter(pk=of.pk).exists():
        raise PermissionDenied
    saved = SetNote.objects.by(author).filter(set=of, public_id=public_id).first()
    if saved:
        return saved
    is_free = public_id and not SetNote.objects.filter(public_id=public_id).exists()
    return SetNote.objects.create(
        public_id=public_id if is_free else new_public_id(),
        set=of,
        author=author,
        body=body,
        written_at=at,
    )


def reads_more_notes_than(user: User, other: User) -> bool:
    """Return whether the user can read a set's note that the other user can't. Makes one query."""
    notes = SetNote.objects.readable_by(user)
    return notes.exclude(pk__in=SetNote.objects.readable_by(other).values("pk")).exists()


@transaction.atomic
def delete_note(*, note: SetNote, by: User) -> None:
    """Delete a note. Raises PermissionDenied if the user did not write it."""
    if note.author_id != by.pk:
        raise PermissionDenied
    note.delete()


@transaction.atomic
def save_wish(*, membership: Membership, text: str, at: datetime) -> None:
    """Save what a participant would like to change. An empty `text` deletes the saved wish."""
    if text:
        facts = {"text": text, "written_at": at}
        ChangeWish.objects.update_or_create(membership=membership, defaults=facts)
    else:
        ChangeWish.objects.filter(membership=membership).delete()


def wish_of(membership: Membership) -> str:
    """Return what the participant would like to change; "" if they have not said. One query."""
    found = ChangeWish.objects.filter(membership=membership).values_list("text", flat=True)
    return found.first() or ""
