from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models

from accounts.models import User
from accounts.public_id import PublicIdField


class CalendarFeedManager(models.Manager["CalendarFeed"]):
    def from_token(self, token: str) -> CalendarFeed | None:
        """The feed that an address names; None for one that is mangled, forged, revoked or of a closed account."""
        try:
            public_id = self.model.signer.unsign(token)
        except BadSignature:
            return None
        known = self.filter(public_id=public_id, revoked_at=None, user__is_active=True)
        return known.select_related("user").first()


class CalendarFeed(models.Model):
    """An address that a calendar program subscribes to, of one person's workshops in every cohort.

    The address holds a signature that is not in the database, so that the table lets nobody read a calendar.
    """

    class Kind(models.TextChoices):
        TAKING_PART = "taking-part", "Workshops that I take part in"
        FACILITATING = "facilitating", "Workshops that I facilitate"

    signer = Signer(salt="workshops.CalendarFeed", sep="~")

    public_id = PublicIdField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CalendarFeedManager] = CalendarFeedManager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "kind"),
                condition=models.Q(revoked_at=None),
                name="calendar_feed_one_open",
                violation_error_message="There is an address for this calendar already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"

    @property
    def token(self) -> str:
        return self.signer.sign(self.public_id)

    def revoke(self, *, at: datetime) -> None:
        """The address stops answering. A second call changes nothing."""
        CalendarFeed.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])

    @classmethod
    def open_for(cls, user: User, kind: str, *, at: datetime) -> CalendarFeed:
        """The person's address of this kind, made the first time it is asked for."""
        return cls.objects.get_or_create(
            user=user, kind=kind, revoked_at=None, defaults={"made_at": at}
        )[0]
