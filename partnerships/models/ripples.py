from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from partnerships.models.partnerships import Partnership


class Ripple(models.Model):
    """One thing that happened because of the programme: a day and a sentence.

    The members of a cohort add ripples to its timeline. A ripple can follow from an earlier ripple.
    """

    class Surprise(models.TextChoices):
        EXPECTED = "expected", _("Expected")
        UNEXPECTED = "unexpected", _("Unexpected")
        UNWELCOME = "unwelcome", _("Unwelcome")

    LONGEST = 240

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="ripples")
    partnership = models.ForeignKey(
        Partnership, null=True, blank=True, on_delete=models.SET_NULL, related_name="ripples"
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    happened_on = models.DateField(_("when"))
    sentence = models.CharField(_("what happened"), max_length=LONGEST)
    surprise = models.CharField(
        _("was it expected?"), max_length=12, choices=Surprise.choices, default=Surprise.EXPECTED
    )
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ("happened_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(surprise__in=("expected", "unexpected", "unwelcome")),
                name="ripple_surprise_known",
                violation_error_message=_("Choose whether it was expected."),
            ),
            models.CheckConstraint(
                condition=Q(follows=None) | ~Q(follows=F("pk")),
                name="ripple_does_not_follow_itself",
                violation_error_message=_("Choose another one: it can’t follow itself."),
            ),
        )

    def __str__(self) -> str:
        return f"Ripple {self.public_id}"
