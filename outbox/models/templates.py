from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageTemplate(models.Model):
    """The text and timing of one kind of message. Empty fields mean the default.

    Abstract: programmes and cohorts have concrete models. A new cohort copies the templates of its
    programme.
    """

    WORDS: ClassVar = ("subject", "body")
    TIMING: ClassVar = ("days", "at", "minutes")
    CONTENT: ClassVar = ("kind", *WORDS, *TIMING)

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True, help_text=_("Empty: the default."))
    body = models.TextField(
        max_length=5000,
        blank=True,
        help_text=_("Markdown with named fields. Empty: the default."),
    )
    days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(28)],
        help_text=_("How many days before or after."),
    )
    at = models.TimeField(null=True, blank=True, help_text=_("By the cohort's clock."))
    minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(1440)],
        help_text=_("How long after the end."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.kind

    def content(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.CONTENT}
