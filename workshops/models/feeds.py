from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from accounts.signed_links import SignedLink

FEED_LINK = SignedLink("workshops:calendar_feed", salt="workshops.CalendarFeed")


class CalendarFeedManager(models.Manager["CalendarFeed"]):
    def from_token(self, token: str) -> CalendarFeed | None:
        """Return the feed of the token in a feed's address, with its user.

        Return None if the token is damaged or forged, if the feed has been revoked, or if the
        user's account is closed.
        """
        ids = FEED_LINK.ids(token, 1)
        if ids is None:
            return None
        known = self.filter(public_id=ids[0], revoked_at=None, user__is_active=True)
        return known.select_related("user").first()


class CalendarFeed(models.Model):
    """A private address at which calendar programs read a person's workshops in all cohorts.

    The signature in the address is not stored, so the table alone gives no access to a calendar.
    """

    class Kind(models.TextChoices):
        TAKING_PART = "taking-part", _("Workshops I take part in")
        FACILITATING = "facilitating", _("Workshops I facilitate")

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
                violation_error_message=_("You already have an address for this calendar."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"

    @property
    def token(self) -> str:
        return FEED_LINK.token(self.public_id)

    @property
    def url(self) -> str:
        return FEED_LINK.url(self.public_id)

    def revoke(self, *, at: datetime) -> None:
        """Stop serving the feed at its address. Does nothing if the feed is already revoked."""
        CalendarFeed.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])

    @classmethod
    def open_for(cls, user: User, kind: str, *, at: datetime) -> CalendarFeed:
        """Return the user's feed of this kind that is not revoked; create one if there is none."""
        return cls.objects.get_or_create(
            user=user, kind=kind, revoked_at=None, defaults={"made_at": at}
        )[0]
