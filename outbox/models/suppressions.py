from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from outbox.bounces.smtp_replies import in_plain_words
from outbox.models.messages import Message


class SuppressedAddress(models.Model):
    """A suppressed address: nothing is sent to it until somebody corrects or confirms it."""

    class Source(models.TextChoices):
        REFUSED = "refused", _("Refused by the mail server")
        REPORT = "report", _("Reported by the recipient’s mail system")
        WEBHOOK = "webhook", _("Reported by our mail service")

    address = models.EmailField(max_length=254, unique=True)
    bounced_at = models.DateTimeField()
    source = models.CharField(max_length=20, choices=Source.choices)
    said = models.CharField(
        max_length=500, blank=True, help_text=_("The reply of the mail system.")
    )
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The message that bounced."),
    )

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering = ("-bounced_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(address=Lower("address")),
                name="suppressed_address_lower_case",
                violation_error_message=_("Enter the address in lower case."),
            ),
            models.CheckConstraint(
                condition=Q(source__in=("refused", "report", "webhook")),
                name="suppressed_address_source_known",
                violation_error_message=_("Choose one of the sources."),
            ),
        )

    def __str__(self) -> str:
        return self.address

    @property
    def plainly(self) -> str:
        """The meaning of the SMTP reply, as a sentence for people."""
        return in_plain_words(self.said)
