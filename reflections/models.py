from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from reflections.sealing import SealedTextField, Unreadable
from workshops.models import Workshop


class Audience(models.TextChoices):
    """Who can read an entry, from the narrowest. There is none for employers, sponsors or funders."""

    ONLY_ME = "me", "Only me"
    FACILITATORS = "facilitators", "My facilitators"
    COHORT = "cohort", "My cohort"


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def by(self, user: User) -> ReflectionQuerySet:
        return self.filter(author=user)

    def readable_by(self, user: User) -> ReflectionQuerySet:
        """One's own, and those shared with a circle that one was in as they were shared. An administrator sees no more.

        Who joined later doesn't see what was shared before; who left sees nothing that was shared or changed since.
        """
        in_circle = Membership.objects.filter(
            user=user, cohort=OuterRef("cohort"), joined_at__lte=OuterRef("shared_at")
        ).filter(Q(left_at=None) | Q(left_at__gt=OuterRef("shared_at"), left_at__gte=OuterRef("changed_at")))
        return self.filter(
            Q(author=user)
            | Q(Exists(in_circle), audience=Audience.COHORT)
            | Q(Exists(in_circle.facilitating()), audience=Audience.FACILITATORS)
        )

    def shared(self) -> ReflectionQuerySet:
        return self.exclude(audience=Audience.ONLY_ME)


class Reflection(models.Model):
    """What a participant writes for themselves, and may share."""

    public_id = PublicIdField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reflections")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="reflections")
    workshop = models.ForeignKey(
        Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="reflections"
    )
    prompt = models.CharField(
        max_length=500, blank=True, help_text="The question it answers, as it was asked."
    )
    body = SealedTextField(max_length=20_000)
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.ONLY_ME)
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    shared_at = models.DateTimeField(
        null=True, blank=True, help_text="When its present audience could first read it."
    )

    objects: ClassVar = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=(
                    Q(audience=Audience.ONLY_ME, shared_at=None)
                    | Q(audience__in=(Audience.FACILITATORS, Audience.COHORT), shared_at__isnull=False)
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


class Reply(models.Model):
    """What a reader of a shared reflection answers; it goes where the reflection goes."""

    public_id = PublicIdField()
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="replies")
    body = SealedTextField(max_length=5_000)
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"
        ordering = ("written_at", "pk")

    def __str__(self) -> str:
        return f"Reply {self.public_id}"
