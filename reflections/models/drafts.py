from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from reflections.models.entries import Reflection
from reflections.sealing import SealedTextField, Unreadable
from workshops.models import Workshop


class DraftQuerySet(models.QuerySet["Draft"]):
    def by(self, user: User) -> DraftQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> DraftQuerySet:
        """Its writer's alone, whoever can read what it changes."""
        return self.by(user)


class Draft(models.Model):
    """Words that somebody is still writing: saved as they are typed, and read by nobody else.

    `entry` is the public id of the reflection that it becomes when it is kept, or of the one that it changes.
    Two devices that wrote on without knowing of each other leave two versions: the newer is `body`, the other is
    offered beside it until its writer has chosen.
    """

    entry = PublicIdField(unique=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="drafts")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts"
    )
    prompt = models.CharField(max_length=500, blank=True)
    reflection = models.ForeignKey(
        Reflection, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    body = SealedTextField(help_text="However long it is: only what is kept has a limit.")
    typed_at = models.DateTimeField(help_text="When its last letter was typed, by the server's clock.")
    version = models.PositiveIntegerField(default=1, help_text="Grows with each saving.")
    other_body = SealedTextField(blank=True, help_text="What another device wrote meanwhile.")
    other_typed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = DraftQuerySet.as_manager()

    class Meta:
        ordering = ("-typed_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("author", "entry"), name="draft_once_an_entry"),
            models.CheckConstraint(
                condition=Q(other_typed_at=None) | Q(other_typed_at__lte=F("typed_at")),
                name="draft_other_is_older",
                violation_error_message="The newer of two versions is the one that is offered first.",
            ),
        )

    def __str__(self) -> str:
        """Without a word of what it says."""
        return f"Draft of {self.entry}"

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return isinstance(self.body, Unreadable)
