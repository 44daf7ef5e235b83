from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from cohorts.models import Membership
from surveys.models.ballot_boxes import UnreadableBoxError
from surveys.models.surveys import Survey


class Response(models.Model):
    """One person's answers to a survey that has closed, except for what they wrote in words.

    It names the person only if the survey is named, and has their pseudonym only if it is linked.
    It never has a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    answers = models.JSONField(default=dict, help_text=_("The answers, by the question’s id."))
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.CASCADE, related_name="responses"
    )
    pseudonym = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(membership=None) | Q(pseudonym=None),
                name="response_named_or_linked",
                violation_error_message=_("Answers have a name or a pseudonym, not both."),
            ),
        )

    def __str__(self) -> str:
        return f"Response {self.survey_id}"


class Comment(models.Model):
    """What one person wrote in answer to one question of a survey that has closed.

    It stands apart from the person's other answers, so that nobody who knows who wrote it learns
    them. An administrator reads it before anybody else does.
    """

    LONGEST = 2000
    LONGEST_SHORT_TEXT = 200

    class Decision(models.TextChoices):
        WAITING = "waiting", _("Waiting to be read")
        SHOWN = "shown", _("Shown")
        SHORTENED = "shortened", _("Shortened")
        HIDDEN = "hidden", _("Hidden")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="comments")
    question = models.CharField(max_length=40, help_text=_("The question’s id."))
    text = EncryptedTextField()
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.CASCADE, related_name="comments"
    )
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.WAITING)
    shown_text = EncryptedTextField(blank=True, help_text=_("What is left after shortening."))
    reason = models.CharField(
        max_length=200, blank=True, help_text=_("Why it was hidden, for everyone to read.")
    )
    was_shown = models.BooleanField(
        default=False, help_text=_("It was hidden only after people could read it.")
    )
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ("id",)  # Random, so that it says nothing about who wrote when.
        constraints = (
            models.CheckConstraint(
                condition=Q(decision="waiting", read_at=None, read_by=None)
                | ~Q(decision="waiting") & Q(read_at__isnull=False),
                name="comment_read_at_a_time",
                violation_error_message=_(
                    "Set when a comment was read if it was decided on, and only then."
                ),
            ),
            models.CheckConstraint(
                condition=Q(decision="hidden") & ~Q(reason="") | ~Q(decision="hidden"),
                name="comment_hidden_for_a_reason",
                violation_error_message=_("Enter why the comment is hidden."),
            ),
            models.CheckConstraint(
                condition=Q(decision__in=("waiting", "shown", "shortened", "hidden")),
                name="comment_decision_known",
                violation_error_message=_("Choose what happens to the comment."),
            ),
        )

    def __str__(self) -> str:
        return f"Comment {self.survey_id}"

    @property
    def is_waiting(self) -> bool:
        return self.decision == self.Decision.WAITING

    @property
    def is_hidden(self) -> bool:
        return self.decision == self.Decision.HIDDEN

    @property
    def visible_text(self) -> str:
        """The text that people may read; empty if it is waiting or hidden."""
        if self.is_waiting or self.is_hidden:
            return ""
        return self.shown_text if self.decision == self.Decision.SHORTENED else self.text


def new_code() -> str:
    return str(uuid.uuid4())


class PseudonymQuerySet(models.QuerySet["Pseudonym"]):
    def code_of(self, membership: Membership) -> str:
        """Return the member's code. Create it if there is none.

        Raises UnreadableBoxError if its encryption key is missing.
        """
        pseudonym, _ = self.get_or_create(membership=membership)
        if isinstance(pseudonym.value, Unreadable):
            raise UnreadableBoxError
        return pseudonym.value


class Pseudonym(models.Model):
    """The code that stands for a member in the answers to linked surveys of their cohort.

    Its rows are deleted when they are no longer needed. Then nothing says whose the answers are,
    but receipts say which surveys each member answered, and answers say which surveys each code
    answered. If few members answered the same surveys, comparing the two leaves few answers that
    can be a member's. PostgreSQL leaves the bytes of deleted rows in its files for a time, and logs
    may contain them, so the code is encrypted.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, related_name="pseudonym"
    )
    value = EncryptedTextField(default=new_code, editable=False)

    objects: ClassVar = PseudonymQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Pseudonym of {self.membership_id}"
