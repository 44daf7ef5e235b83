from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField
from accounts.models import User, normalise_email
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership
from surveys.models.ballot_boxes import EncryptedAnswers


class Occasion(models.TextChoices):
    """When “Before and after” asks its questions, in the order in which it does."""

    START = "start", _("Start")
    END = "end", _("End")
    LATER = "later", _("Six months on")
    COLLEAGUES = "colleagues", _("Colleagues")


class WaveQuerySet(models.QuerySet["Wave"]):
    def of_participants(self) -> WaveQuerySet:
        """Return the waves that ask participants, not their colleagues."""
        return self.exclude(occasion=Occasion.COLLEAGUES)

    def visible_to(self, user: User) -> WaveQuerySet:
        return self.filter(cohort__in=Cohort.objects.visible_to(user))


class Wave(models.Model):
    """One of the occasions on which a cohort is asked the questions of “Before and after”.

    A cohort with `uses_before_after` has one wave for each occasion, and other cohorts have none.
    When a wave opens and closes depends on the workshops: see `surveys.before_after.timing`.
    """

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="waves")
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    made_at = models.DateTimeField(
        default=timezone.now, help_text=_("When the cohort’s facilitators switched it on.")
    )
    # A closed wave must never open again: two results that differ by one person reveal what this
    # person answered. So the first answer fixes the closing time, even if a workshop moves later.
    closing_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When it closes. Set by the first answer; until then it depends on workshops."),
    )

    objects: ClassVar = WaveQuerySet.as_manager()

    class Meta:
        ordering = ("cohort", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "occasion"),
                name="wave_once",
                violation_error_message=_("This cohort has this wave already."),
            ),
            models.CheckConstraint(
                condition=Q(occasion__in=Occasion.values),
                name="wave_occasion_known",
                violation_error_message=_("Choose an occasion."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cohort}: {self.get_occasion_display()}"

    @property
    def is_start(self) -> bool:
        return self.occasion == Occasion.START

    @property
    def is_end(self) -> bool:
        return self.occasion == Occasion.END

    @property
    def is_for_colleagues(self) -> bool:
        return self.occasion == Occasion.COLLEAGUES

    def is_closed(self, moment: datetime) -> bool:
        """Return whether the wave has taken answers and takes no more."""
        return self.closing_at is not None and self.closing_at <= moment


class WaveBox(EncryptedAnswers):
    """The answers to a wave until it closes.

    The box is created with the wave and deleted when its answers are released.
    """

    wave = models.OneToOneField(
        Wave, on_delete=models.CASCADE, primary_key=True, related_name="box"
    )

    class Meta:
        verbose_name_plural = "wave boxes"

    def __str__(self) -> str:
        return f"Box {self.wave_id}"


class WaveReceipt(models.Model):
    """A record that a participant has answered a wave, without their answers or the time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="receipts")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="wave_receipts"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("wave", "membership"),
                name="wave_receipt_once",
                violation_error_message=_("You have already answered these questions."),
            ),
        )

    def __str__(self) -> str:
        return f"Receipt {self.wave_id}"


class WaveResponse(models.Model):
    """One person's answers to a wave that has closed. It never has a time.

    The pseudonym links a participant's answers to several waves. A colleague's answers have none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="responses")
    answers = models.JSONField(default=dict, help_text=_("The answers, by the statement’s id."))
    pseudonym = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("wave", "pseudonym"),
                name="wave_response_once",
                violation_error_message=_("This person’s answers are stored already."),
            ),
        )

    def __str__(self) -> str:
        return f"Response {self.wave_id}"


class Hope(models.Model):
    """What would make a programme worth it for one participant. Only they can read it."""

    LONGEST = 300

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hopes"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="hopes")
    text = EncryptedTextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("author", "cohort"),
                name="hope_once",
                violation_error_message=_("You have written this already."),
            ),
        )

    def __str__(self) -> str:
        return f"Hope {self.pk}"


class Colleague(models.Model):
    """A manager or colleague that a participant asks what they have seen.

    They have no account. The row, with their name and address, is deleted when the participant
    withdraws it, and when the wave has closed.
    """

    public_id = PublicIdField()
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="colleague"
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail"), max_length=254)
    named_at = models.DateTimeField(default=timezone.now, editable=False)
    has_answered = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering: ClassVar = ("pk",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = normalise_email(self.email)
