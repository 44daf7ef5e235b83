from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.models import User
from accounts.public_id import PublicIdField
from sets.models.groupings import Set, SetMembership


class SetNoteQuerySet(models.QuerySet["SetNote"]):
    def readable_by(self, user: User) -> SetNoteQuerySet:
        """Return the notes that the user can read.

        These are the notes of sets that the user is in now, written since the user joined the set.
        Facilitators and administrators can't read them.
        """
        reader = SetMembership.objects.active().filter(
            set=OuterRef("set"), membership__user=user, joined_at__lte=OuterRef("written_at")
        )
        return self.filter(Exists(reader), set__grouping__cohort__uses_sets=True)

    def by(self, user: User) -> SetNoteQuerySet:
        return self.filter(Q(author=user))


class SetNote(models.Model):
    """A text that a member of a set writes for the set, and that only the set can read."""

    LENGTH = 5_000

    public_id = PublicIdField()
    set = models.ForeignKey(Set, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="set_notes"
    )
    body = EncryptedTextField(max_length=LENGTH)
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = SetNoteQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")

    def __str__(self) -> str:
        """Return a name without any of the text, because logs and error pages print it."""
        return f"Note {self.public_id}"

    @property
    def is_unreadable(self) -> bool:
        """Whether the encryption key of the text is lost."""
        return isinstance(self.body, Unreadable)
