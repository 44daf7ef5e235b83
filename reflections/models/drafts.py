from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import LENGTH, PublicIdField
from cohorts.models import Cohort
from reflections.encryption import SealedTextField, Unreadable
from reflections.models.entries import Reflection
from workshops.models import Workshop

# Of a draft. Only what is kept has the shorter limit, so that what is pasted can be cut where its writer likes.
DRAFT_LENGTH = 500_000


class DraftQuerySet(models.QuerySet["Draft"]):
    def by(self, user: User) -> DraftQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> DraftQuerySet:
        """Its writer's alone, whoever can read what it changes."""
        return self.by(user)

    def with_place(self) -> DraftQuerySet:
        return self.select_related("cohort", "workshop", "reflection")


class Draft(models.Model):
    """Words that somebody is still writing: saved as they are typed, and read by nobody else.

    `entry` is the public id of the reflection that it becomes when it is kept, or of the one that it changes.
    Two devices that wrote on without knowing of each other leave two versions: the newer is `body`, the other is
    offered beside it until its writer has chosen.
    """

    entry = PublicIdField(unique=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="drafts")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts"
    )
    prompt = models.CharField(max_length=500, blank=True)
    reflection = models.ForeignKey(
        Reflection, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    body = SealedTextField(help_text="However long it is: only what is kept has a limit.")
    typed_at = models.DateTimeField(
        help_text="When its last letter was typed, by the server's clock."
    )
    experiment = SealedTextField(blank=True, help_text="One thing I’ll try, as far as it is typed.")
    version = models.PositiveIntegerField(default=1, help_text="Grows with each saving.")
    page = models.CharField(
        max_length=LENGTH,
        blank=True,
        help_text="The open page that saved it last, by the name it gave itself.",
    )
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

    def get_absolute_url(self) -> str:
        """Where one goes on with it."""
        if self.reflection_id:
            return reverse("reflections:reflection_edit", args=[self.entry])
        return f"{reverse('reflections:reflection_create')}?entry={self.entry}"

    @property
    def is_in_two_versions(self) -> bool:
        return self.other_typed_at is not None

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return any(
            isinstance(text, Unreadable) for text in (self.body, self.experiment, self.other_body)
        )
