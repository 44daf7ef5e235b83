from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership, MembershipQuerySet
from reflections.audience import everybody, facilitators, heard, told
from reflections.encryption import SealedTextField, Unreadable
from workshops.models import Workshop

REFLECTION_LENGTH, REPLY_LENGTH = 20_000, 5_000


class Audience(models.TextChoices):
    """Who can read an entry, from the narrowest. There is none for employers, sponsors or funders."""

    ONLY_ME = "me", "Only me"
    FACILITATORS = "facilitators", "My facilitators"
    COHORT = "cohort", "My cohort"

    def is_wider_than(self, other: str) -> bool:
        order = list(Audience)
        return order.index(self) > order.index(Audience(other))


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def by(self, user: User) -> ReflectionQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> ReflectionQuerySet:
        """One's own, and those shared with a circle one was in as it happened. Being an administrator adds none."""
        theirs = Membership.objects.filter(user=user, cohort=OuterRef("cohort"))
        times = {"shared_at": OuterRef("shared_at"), "changed_at": OuterRef("changed_at")}
        return self.filter(
            Q(author=user)
            | Q(audience=Audience.COHORT) & told(theirs, everybody, **times)
            | Q(audience=Audience.FACILITATORS) & told(theirs, facilitators, **times)
        )

    def shared(self) -> ReflectionQuerySet:
        return self.exclude(audience=Audience.ONLY_ME)

    def shared_with(self, user: User, cohort: Cohort) -> ReflectionQuerySet:
        """What others in the cohort let the person read, with who wrote it and after which workshop."""
        others = self.readable_by(user).shared().filter(cohort=cohort).exclude(author=user)
        return others.select_related("author", "workshop", "cohort")

    def latest_shared_with(self, user: User, cohort: Cohort) -> Reflection | None:
        return self.shared_with(user, cohort).order_by("-shared_at", "-pk").first()

    def along_the_journey(self) -> ReflectionQuerySet:
        """The last workshop's first, newest first; what is about no workshop comes after."""
        return self.order_by(
            "-cohort__made_at",
            "cohort",
            F("workshop__position").desc(nulls_last=True),
            "-written_at",
            "-pk",
        )


class Reflection(models.Model):
    """What a participant writes for themselves, and may share."""

    public_id = PublicIdField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reflections"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="reflections")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="reflections"
    )
    prompt = models.CharField(
        max_length=500, blank=True, help_text="The question it answers, as it was asked."
    )
    body = SealedTextField(max_length=REFLECTION_LENGTH)
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.ONLY_ME)
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    shared_at = models.DateTimeField(
        null=True, blank=True, help_text="When its present audience could first read it."
    )
    replies_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When its author last saw what others replied."
    )
    recorded_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Before it nobody wrote down who could read it; empty where all is known.",
    )

    objects: ClassVar = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=(
                    Q(audience=Audience.ONLY_ME, shared_at=None)
                    | Q(
                        audience__in=(Audience.FACILITATORS, Audience.COHORT),
                        shared_at__isnull=False,
                    )
                ),
                name="reflection_shared_has_time",
                violation_error_message="What is shared has a time from which it is.",
            ),
        )

    def __str__(self) -> str:
        """Without a word of what it says: this is what logs and error pages print."""
        return f"Reflection {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("reflections:reflection_detail", args=[self.public_id])

    @property
    def is_shared(self) -> bool:
        return self.audience != Audience.ONLY_ME

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return isinstance(self.body, Unreadable)


def reply_readable_by(*, reader: User | F, theirs: MembershipQuerySet) -> Q:
    """True for a reply that the reader may read, if it was meant for their eyes as it was written.

    To the reflection's author all; to a reply's writer their own, and what answers it; to others what was written since
    the reflection has the audience it has, so that widening it shows nobody what was replied in a smaller circle, nor
    what answers that. `theirs` are the reader's memberships of the reflection's cohort.
    """
    heard_at = {"written_at": OuterRef("written_at")}
    told_at = {
        "shared_at": OuterRef("reflection__shared_at"),
        "changed_at": OuterRef("reflection__changed_at"),
    }
    can_read, was_meant = (
        Q(reflection__audience=Audience.COHORT) & test(theirs, everybody, **times)
        | Q(reflection__audience=Audience.FACILITATORS) & test(theirs, facilitators, **times)
        for test, times in ((told, told_at), (heard, heard_at))
    )
    since_shared = Q(in_answer_to=None, written_at__gte=F("reflection__shared_at")) | Q(
        in_answer_to__written_at__gte=F("reflection__shared_at")
    )
    in_their_thread = since_shared | Q(in_answer_to__author=reader)
    return Q(reflection__author=reader) | can_read & (
        Q(author=reader) | was_meant & in_their_thread
    )


class ReplyQuerySet(models.QuerySet["Reply"]):
    def readable_by(self, user: User) -> ReplyQuerySet:
        theirs = Membership.objects.filter(user=user, cohort=OuterRef("reflection__cohort"))
        return self.filter(reply_readable_by(reader=user, theirs=theirs))


class Reply(models.Model):
    """What a reader of a shared reflection says to it; it goes where the reflection goes.

    One that answers another stands beneath it, and never deeper. One that is taken back while others answer it stays
    as a place for them, without words and without a writer.
    """

    public_id = PublicIdField()
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="replies")
    in_answer_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="answers",
        help_text="The reply that it stands beneath, which stands beneath none.",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="replies",
    )
    body = SealedTextField(max_length=REPLY_LENGTH, blank=True)
    written_at = models.DateTimeField(db_index=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        ordering = ("written_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(author__isnull=False, taken_back_at=None)
                | Q(author=None, taken_back_at__isnull=False),
                name="reply_taken_back_has_no_writer",
                violation_error_message="What is taken back is nobody’s any more.",
            ),
        )

    def __str__(self) -> str:
        return f"Reply {self.public_id}"

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return isinstance(self.body, Unreadable)
