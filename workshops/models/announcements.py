from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from workshops.models.materials import Material
from workshops.models.workshop import Workshop


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def unconfirmed(self) -> AnnouncementQuerySet:
        return self.filter(confirmed_at=None)

    def scheduled(self, moment: datetime) -> AnnouncementQuerySet:
        """Return the confirmed announcements that go out after `moment`."""
        return self.filter(confirmed_at__isnull=False, sends_at__gt=moment)

    def visible_to(self, user: User) -> AnnouncementQuerySet:
        return self.filter(cohort__in=Cohort.objects.visible_to(user))


class Announcement(models.Model):
    """An e-mail that facilitators write to a cohort's participants.

    It goes to everybody, to selected people, or to those with a certain RSVP to one workshop or
    mark on its register. It is a draft until somebody confirms it. It is then sent
    once, immediately or at the time that they chose.
    """

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        COMING = "coming", _("People who are coming")
        SILENT = "silent", _("People who have not answered")
        APOLOGIES = "apologies", _("People who sent apologies")
        PRESENT = "present", _("People who were there")
        ABSENT = "absent", _("People who were absent")
        SELECTED = "selected", _("Selected people")

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="announcements")
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.EVERYBODY)
    workshop = models.ForeignKey(
        Workshop,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="announcements",
        help_text=_("The workshop whose RSVPs or register decide who gets it."),
    )
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000, help_text=_("Markdown, with placeholders in braces."))
    material = models.ForeignKey(
        Material, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    has_material = models.BooleanField(
        default=False, help_text=_("Whether it has a link or file, even if that has been deleted.")
    )
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When somebody sent it. Empty for a draft.")
    )
    sends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When it goes out. If this is empty, it goes out once somebody sends it."),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    addressees = models.ManyToManyField(
        Membership,
        blank=True,
        related_name="+",
        help_text=_(
            "The selected people of a draft. Once somebody sent it, its audience at that time. "
            "Nobody is added later."
        ),
    )

    objects: ClassVar = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        indexes = (
            models.Index(fields=("confirmed_at",), name="announcement_confirmed"),
            models.Index(fields=("sends_at",), name="announcement_sends"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(audience__in=("everybody", "selected"), workshop=None)
                | Q(
                    audience__in=("coming", "silent", "apologies", "present", "absent"),
                    workshop__isnull=False,
                ),
                name="announcement_audience_of_workshop",
                violation_error_message=_("Choose the workshop that decides who gets it."),
            ),
            models.CheckConstraint(
                condition=Q(material=None) | Q(has_material=True),
                name="announcement_has_material",
            ),
        )

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("workshops:announcement_detail", args=[self.public_id])

    @property
    def asks_for_rsvp(self) -> bool:
        """True if the e-mail has a link to the recipient's RSVP."""
        return self.audience in (self.Audience.COMING, self.Audience.SILENT)

    @property
    def is_draft(self) -> bool:
        return self.confirmed_at is None

    @property
    def due_at(self) -> datetime | None:
        """When it goes out or went out; None for a draft."""
        return self.confirmed_at and (self.sends_at or self.confirmed_at)

    @property
    def lost_its_material(self) -> bool:
        """Whether its link or file has been deleted."""
        return self.has_material and self.material_id is None

    def is_scheduled(self, moment: datetime) -> bool:
        """Return whether it is confirmed and goes out after `moment`."""
        return not self.is_draft and self.sends_at is not None and self.sends_at > moment

    def is_late(self, moment: datetime) -> bool:
        """Return whether the time at which a draft was to go out has passed."""
        return self.is_draft and self.sends_at is not None and self.sends_at <= moment

    def is_unsent(self, moment: datetime) -> bool:
        """Return whether it is a draft or goes out after `moment`."""
        return self.is_draft or self.is_scheduled(moment)

    def confirm(self, addressees: Iterable[int], *, by: User, at: datetime) -> None:
        """Record that the announcement is sent to these memberships (primary keys).

        The caller inserts the messages.
        """
        self.addressees.set(addressees)
        self.confirmed_at, self.confirmed_by = at, by
        self.save(update_fields=["confirmed_at", "confirmed_by"])

    def return_to_draft(self) -> None:
        """Cancel the sending. The people of an announcement to selected people stay selected."""
        if self.audience != self.Audience.SELECTED:
            self.addressees.clear()
        self.confirmed_at, self.confirmed_by = None, None
        self.save(update_fields=["confirmed_at", "confirmed_by"])
