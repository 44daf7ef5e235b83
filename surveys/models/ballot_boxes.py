from __future__ import annotations

import json
from secrets import SystemRandom
from typing import Any

from django.db import models

from accounts.encryption import EncryptedTextField, Unreadable
from surveys.models.surveys import Survey

RANDOM = SystemRandom()

# One person's answers, by the ids of the questions. Where the survey's kind allows it, the keys
# MEMBER and PSEUDONYM say whose they are; no question has such an id.
Answers = dict[str, Any]
MEMBER, PSEUDONYM = "_member", "_pseudonym"


class UnreadableBoxError(Exception):
    """Raised if a ballot box or pseudonym can't be decrypted, because its key is missing."""


class EncryptedAnswers(models.Model):
    """An abstract model for answers that are encrypted together in one row of a fixed size.

    Every answer replaces the whole ciphertext. Somebody who compares two versions without the key
    learns nothing about an answer, unless the ciphertext has grown.
    """

    # The size in bytes before encryption. It is enough for 30 people who each write as much as they
    # can in Latin letters. If the answers don't fit, the text grows by this size again. Comparing
    # two copies of the database then reveals after whose answer it grew, by the new receipt.
    SIZE = 64 * 1024

    content = EncryptedTextField()

    class Meta:
        abstract = True

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the answers is missing."""
        return isinstance(self.content, Unreadable)

    def read(self) -> list[Answers]:
        """Return the answers in random order. Raises UnreadableBoxError."""
        if self.is_unreadable:
            raise UnreadableBoxError
        answers: list[Answers] = json.loads(self.content)
        return shuffled(answers)

    def add(self, answers: Answers) -> None:
        """Add one person's answers, and save. Raises UnreadableBoxError, and then saves nothing.

        The caller must have locked the row of the survey or wave.
        """
        self.content = padded(shuffled([*self.read(), answers]))
        self.save(update_fields=["content"])


class BallotBox(EncryptedAnswers):
    """The answers to a survey until it closes.

    The box is created with the survey and deleted when its answers are released (see
    surveys.release), so a survey without a box takes no answers.
    """

    survey = models.OneToOneField(
        Survey, on_delete=models.CASCADE, primary_key=True, related_name="ballot_box"
    )

    class Meta:
        verbose_name_plural = "ballot boxes"

    def __str__(self) -> str:
        return f"Ballot box {self.survey_id}"


def shuffled(answers: list[Answers]) -> list[Answers]:
    return RANDOM.sample(answers, len(answers))


def padded(answers: list[Answers]) -> str:
    """Return the answers as JSON, padded with spaces to a multiple of `BallotBox.SIZE` bytes."""
    text = json.dumps(answers, ensure_ascii=False)
    return text + " " * (-len(text.encode()) % BallotBox.SIZE)
