from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort

TITLE_LENGTH, TEXT_LENGTH = 120, 600


class Kind(models.TextChoices):
    """What people started together, from the lightest to the most lasting."""

    INTRODUCTION = "introduction", _("An introduction")
    INFORMATION = "information", _("Shared information")
    ACTIVITY = "activity", _("A joint activity")
    AGREEMENT = "agreement", _("A formal agreement")
    RESOURCES = "resources", _("Shared money or people")
    SERVICE = "service", _("A changed service")


class Status(models.TextChoices):
    """How far the work has come."""

    IDEA = "idea", _("An idea")
    TRYING = "trying", _("Trying it out")
    RUNNING = "running", _("Running")
    NORMAL = "normal", _("Part of normal work")
    STOPPED = "stopped", _("Stopped")


# The statuses that count as still running. An idea that nobody has tried does not.
ALIVE = (Status.TRYING, Status.RUNNING, Status.NORMAL)


class PartnershipQuerySet(models.QuerySet["Partnership"]):
    def visible_to(self, user: User) -> PartnershipQuerySet:
        """Return the partnerships of the user's past and present cohorts that use the feature.

        For an administrator, these are all cohorts that use it.
        """
        cohorts = Cohort.objects.visible_to(user).filter(uses_partnerships=True)
        return self.filter(cohort__in=cohorts)

    def current(self) -> PartnershipQuerySet:
        return self.filter(withdrawn_at=None)

    def confirmed(self) -> PartnershipQuerySet:
        return self.current().filter(confirmed_at__isnull=False)

    def proposed(self) -> PartnershipQuerySet:
        """Return the partnerships that only one side has reported so far."""
        return self.current().filter(confirmed_at=None)


class Partnership(models.Model):
    """Work that people of two or more organisations started together.

    It is proposed at first. It is confirmed while people of at least two organisations agree.
    """

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="partnerships")
    title = models.CharField(_("name"), max_length=TITLE_LENGTH)
    what = models.TextField(_("what you’ll do together"), max_length=TEXT_LENGTH)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    status = models.CharField(
        _("how far it has come"), max_length=20, choices=Status.choices, default=Status.IDEA
    )
    begun_on = models.DateField(_("when it began"))
    dated_at = models.DateTimeField(
        help_text=_("When the day it began was entered. Checks due before then are not sent.")
    )
    first_step = models.CharField(_("first step"), max_length=300, blank=True)
    first_step_on = models.DateField(_("day of the first step"), null=True, blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    learned = models.TextField(_("what you learned"), max_length=TEXT_LENGTH, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = PartnershipQuerySet.as_manager()

    class Meta:
        ordering = ("-begun_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="partnership_kind_known",
                violation_error_message=_("Choose a kind."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values),
                name="partnership_status_known",
                violation_error_message=_("Choose how far it has come."),
            ),
            models.CheckConstraint(
                condition=Q(first_step_on=None) | Q(first_step_on__gte=F("begun_on")),
                name="partnership_first_step_after_beginning",
                violation_error_message=_(
                    "Enter a day for the first step that is not before the day it began."
                ),
            ),
            models.CheckConstraint(
                condition=Q(status=Status.STOPPED, stopped_at__isnull=False)
                | ~Q(status=Status.STOPPED) & Q(stopped_at=None),
                name="partnership_stopped_has_time",
                violation_error_message=_("Work that has stopped must have a stopped_at time."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by=None) | Q(withdrawn_at__isnull=False),
                name="partnership_withdrawn_by_somebody_at_a_time",
                violation_error_message=_(
                    "Set both when it was withdrawn and who withdrew it, or neither."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("partnerships:partnership_detail", args=[self.public_id])

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None and not self.is_withdrawn

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def is_open(self) -> bool:
        """Return whether people can still change the partnership and be asked about it."""
        return not self.is_stopped and not self.is_withdrawn

    @property
    def state(self) -> str:
        """The state in words: withdrawn, confirmed, or reported by one side."""
        if self.is_withdrawn:
            return gettext("Withdrawn")
        return gettext("Confirmed") if self.is_confirmed else gettext("Reported by one side")
