from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.models import User
from accounts.public_id import LENGTH, PublicIdField
from cohorts.models import Cohort
from reflections.models.entries import Reflection
from ui.version_token import version_token
from workshops.models import Workshop

# The most characters in a draft. A draft may be longer than a reflection, so that an author can
# paste a text and then shorten it.
DRAFT_LENGTH = 500_000


class DraftQuerySet(models.QuerySet["Draft"]):
    def by(self, user: User) -> DraftQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> DraftQuerySet:
        """Return the drafts that the user wrote. Nobody else can read a draft."""
        return self.by(user)

    def of_entry(self, entry: str) -> DraftQuerySet:
        """Return the draft whose `entry` is this public id, and the drafts in conflict with it.

        Returns an empty queryset for an empty id.
        """
        if not entry:
            return self.none()
        return self.filter(Q(entry=entry) | Q(conflicts_with=entry))

    def with_place(self) -> DraftQuerySet:
        return self.select_related("cohort", "workshop", "reflection")

    def with_conflicts(self) -> DraftQuerySet:
        """Annotate `is_second`: whether the draft named by `conflicts_with` still exists."""
        first = Draft.objects.filter(author=OuterRef("author"), entry=OuterRef("conflicts_with"))
        return self.annotate(is_second=Exists(first))


class Draft(models.Model):
    """An unfinished reflection, or an unfinished change to one, which only its author can read.

    `entry` is the public id that the reflection will have, or already has. A second draft, which
    `conflicts_with` another one, has a new public id as its `entry`.
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
    body = EncryptedTextField(help_text=_("May be longer than a reflection."))
    typed_at = models.DateTimeField(
        help_text=_("When the last letter was typed, by the server’s clock.")
    )
    experiment = EncryptedTextField(blank=True, help_text=_("“One thing I’ll try”, unfinished."))
    version = models.PositiveIntegerField(default=1, help_text=_("Increases with every save."))
    page = models.CharField(
        max_length=LENGTH,
        blank=True,
        help_text=_("Random id of the open page that saved last."),
    )
    conflicts_with = models.CharField(
        max_length=LENGTH,
        blank=True,
        help_text=_(
            "Entry of the draft that another page had changed, so that this is a second one."
        ),
    )

    objects: ClassVar = DraftQuerySet.as_manager()

    class Meta:
        ordering = ("-typed_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("author", "entry"), name="draft_once_an_entry"),
        )

    def __str__(self) -> str:
        """Return a name without any of the author's text, because logs and error pages print it."""
        return f"Draft of {self.entry}"

    def get_absolute_url(self) -> str:
        """Return the page where the author continues writing."""
        if self.reflection_id:
            return reverse("reflections:reflection_edit", args=[self.entry])
        return f"{reverse('reflections:reflection_create')}?entry={self.entry}"

    @property
    def version_token(self) -> str:
        """Return the token for optimistic locking. Each version of each draft has its own."""
        return version_token(self.pk, self.version)

    @property
    def is_unreadable(self) -> bool:
        """Return whether the key of any of the draft's text is lost."""
        return any(isinstance(text, Unreadable) for text in (self.body, self.experiment))
