from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership, MembershipQuerySet
from reflections.audience.rules import can_read_as_member, in_audience_at
from reflections.models.shareable import Shareable, ShareableQuerySet
from workshops.models import Workshop

REFLECTION_LENGTH, REPLY_LENGTH = 20_000, 5_000


class Reflection(Shareable):
    """A text that a member of a cohort writes for themselves, and may share."""

    public_id = PublicIdField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reflections"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="reflections")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="reflections"
    )
    prompt = models.CharField(
        max_length=500, blank=True, help_text=_("The question it answers, as worded at the time.")
    )
    body = EncryptedTextField(max_length=REFLECTION_LENGTH)
    written_at = models.DateTimeField()
    replies_seen_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its author last saw the replies.")
    )
    recorded_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the record of its readers begins. Empty if the record is complete."),
    )

    objects: ClassVar = ShareableQuerySet.as_manager()

    class Meta(Shareable.Meta):
        ordering = ("-written_at", "-pk")

    def __str__(self) -> str:
        """Return a name without any of the author's text, because logs and error pages print it."""
        return f"Reflection {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("reflections:reflection_detail", args=[self.public_id])

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the text is lost."""
        return isinstance(self.body, Unreadable)


def reply_readable_by(*, reader: User | F, memberships: MembershipQuerySet) -> Q:
    """Return a `Q` object for the replies that the reader can read.

    - A reflection's author can read all replies to the reflection.
    - Other people can read a reply only while they can read the reflection. They can read:
      - their own replies;
      - replies written while they belonged to the reflection's present audience, if the thread
        began after the reflection was shared with that audience, or if the reply answers one of
        theirs.

    So sharing a reflection more widely reveals none of the existing threads to the new readers.

    `reader` is a user, or an `F` expression for one. `memberships` is a queryset for subqueries: by
    `OuterRef`, it selects the reader's memberships of the reflection's cohort.
    """
    could_read_when_written = in_audience_at(
        memberships, OuterRef("reflection__audience"), at=OuterRef("written_at")
    )
    thread_is_visible = (
        Q(in_answer_to=None, written_at__gte=F("reflection__shared_at"))
        | Q(in_answer_to__written_at__gte=F("reflection__shared_at"))
        | Q(in_answer_to__author=reader)
    )
    return Q(reflection__author=reader) | can_read_as_member(memberships, "reflection__") & (
        Q(author=reader) | could_read_when_written & thread_is_visible
    )


class ReplyQuerySet(models.QuerySet["Reply"]):
    def readable_by(self, user: User) -> ReplyQuerySet:
        memberships = Membership.objects.filter(user=user, cohort=OuterRef("reflection__cohort"))
        return self.filter(reply_readable_by(reader=user, memberships=memberships))


class Reply(models.Model):
    """A reply to a shared reflection, or an answer to such a reply.

    An answer can't be answered. If a reply has answers, deleting the reply only removes its body
    and author, so that the answers stay in their thread.
    """

    public_id = PublicIdField()
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="replies")
    in_answer_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="answers",
        help_text=_("The reply that this one answers, which answers none itself."),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="replies",
    )
    body = EncryptedTextField(max_length=REPLY_LENGTH, blank=True)
    written_at = models.DateTimeField(db_index=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("replies")
        ordering = ("written_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(author__isnull=False, deleted_at=None)
                | Q(author=None, deleted_at__isnull=False),
                name="reply_deleted_has_no_author",
                violation_error_message=_("A deleted reply must not have an author."),
            ),
        )

    def __str__(self) -> str:
        return f"Reply {self.public_id}"

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the text is lost."""
        return isinstance(self.body, Unreadable)
