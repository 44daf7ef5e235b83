from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from accounts.models import User

SOMEBODY_ELSE = _("Somebody else has just changed this message. Reload the page and try again.")


class MessageOverrideQuerySet(models.QuerySet["MessageOverride"]):
    def of(self, kind: str, subject_id: int | Combinable) -> MessageOverrideQuerySet:
        return self.filter(kind=kind, subject_id=subject_id)

    def reaching(self, recipient: int | Combinable | None) -> MessageOverrideQuerySet:
        """Return the overrides that apply to a recipient: their own and those for everybody."""
        return self.filter(Q(recipient=None) | Q(recipient=recipient))

    def skipping(self) -> MessageOverrideQuerySet:
        return self.filter(skipped_at__isnull=False)


class MessageOverride(models.Model):
    """A facilitator's note on a message that the rules owe, or the decision to skip the message.

    An override applies to one kind of message about one object, for one recipient or everybody. It
    still applies if the due time changes, for example because a workshop moves.
    """

    group_id = models.PositiveBigIntegerField(
        help_text=_("The pk of the cohort whose page lists it.")
    )
    kind = models.CharField(max_length=40)
    subject_id = models.PositiveBigIntegerField(help_text=_("The pk of the message’s subject."))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("The only person it applies to; empty for everybody."),
    )
    note = models.TextField(
        max_length=2000,
        blank=True,
        help_text=_("Added to the e-mail, with the facilitator’s name."),
    )
    noted_at = models.DateTimeField(null=True, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    skipped_at = models.DateTimeField(null=True, blank=True)
    skipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = MessageOverrideQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_id"),
                condition=Q(recipient=None),
                name="message_override_for_all_once",
                violation_error_message=_(
                    "Somebody else has just changed this message. Reload the page and try again."
                ),
            ),
            models.UniqueConstraint(
                fields=("kind", "subject_id", "recipient"),
                condition=Q(recipient__isnull=False),
                name="message_override_for_one_once",
                violation_error_message=_(
                    "Somebody else has just changed this message. Reload the page and try again."
                ),
            ),
            models.CheckConstraint(
                condition=Q(note="", noted_at=None) | (~Q(note="") & Q(noted_at__isnull=False)),
                name="message_override_note_has_time",
                violation_error_message=_("A note must have a timestamp."),
            ),
        )
        indexes = (models.Index(fields=("group_id",), name="message_override_group"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    @property
    def is_skipped(self) -> bool:
        return self.skipped_at is not None

    def write_note(self, note: str, *, by: User, at: datetime) -> None:
        """Save the note, or delete it if the text is empty."""
        self.note, self.noted_at, self.noted_by = (
            note,
            (at if note else None),
            (by if note else None),
        )
        self.save(update_fields=["note", "noted_at", "noted_by"])

    def skip(self, *, by: User, at: datetime) -> None:
        self.skipped_at, self.skipped_by = at, by
        self.save(update_fields=["skipped_at", "skipped_by"])

    def send_after_all(self) -> None:
        self.skipped_at = self.skipped_by = None
        self.save(update_fields=["skipped_at", "skipped_by"])
