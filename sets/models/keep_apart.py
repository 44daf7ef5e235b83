from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField
from accounts.public_id import PublicIdField
from cohorts.models import Cohort, Membership


class KeepApart(models.Model):
    """Two participants who are never put into the same set, and why.

    Only the cohort's facilitators can read the pair and the reason. They are in no person's export,
    because they could reveal what the other person said.
    """

    REASON_LENGTH = 300

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="kept_apart")
    first = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    reason = EncryptedTextField(_("reason"), max_length=REASON_LENGTH, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name_plural = "pairs kept apart"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("first", "second"),
                name="keep_apart_once",
                violation_error_message=_("These two are kept apart already."),
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="keep_apart_two_people_in_order",
                violation_error_message=_("Choose two different people."),
            ),
        )

    def __str__(self) -> str:
        return f"Pair {self.public_id}"
