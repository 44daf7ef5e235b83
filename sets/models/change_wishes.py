from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership


class ChangeWish(models.Model):
    """What a participant would like to change in their place, in their own words.

    The text is visible to the participant's set, and to people who are asked about or introduced to
    the participant. The cohort's facilitators can read it in the e-mails that quote it.
    """

    LENGTH = 300

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="change_wish"
    )
    text = models.CharField(_("What would you like to change here?"), max_length=LENGTH)
    written_at = models.DateTimeField()

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name_plural = "change wishes"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"Wish {self.pk}"
