from __future__ import annotations

import json
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from cohorts.models import Membership
from relationships.models.rounds import Round

# One person's answers: the pks of other memberships, and the level of each.
Levels = dict[int, int]


class UnreadableAnswersError(Exception):
    """Raised if answers can't be decrypted, because their encryption key is missing."""


class AnswerBlob(models.Model):
    """What one person has answered in a round so far, encrypted.

    Everybody on the roster has one from the start, and all of a round have the same length, so a
    copy of the database doesn't reveal who has begun or how much they said. Each change replaces
    all blobs of the round (see `relationships.answers`).
    """

    # In bytes before encryption. It is enough for the answers about more than 300 people. If one
    # person's don't fit, all blobs of the round become longer.
    SIZE = 4 * 1024

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="blobs")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="relationship_answers"
    )
    content = EncryptedTextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("round", "membership"),
                name="answer_blob_once",
                violation_error_message=_("This person’s answers are stored already."),
            ),
        )

    def __str__(self) -> str:
        return f"Answer blob {self.round_id}"

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the answers is missing."""
        return isinstance(self.content, Unreadable)

    def read(self) -> Levels:
        """Return the answers. Raises UnreadableAnswersError."""
        if self.is_unreadable:
            raise UnreadableAnswersError
        return {int(member): level for member, level in json.loads(self.content).items()}


class RoundReceipt(models.Model):
    """A record that somebody has finished a round, without their answers or the time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="receipts")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="relationship_receipts"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("round", "membership"),
                name="relationship_receipt_once",
                violation_error_message=_("You have already answered."),
            ),
        )

    def __str__(self) -> str:
        return f"Receipt {self.round_id}"
