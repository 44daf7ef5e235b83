from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from outbox.bounces.smtp_replies import in_plain_words
from outbox.models.messages import Message


class SuppressedAddress(models.Model):
    """An address that mail does not reach, until somebody corrects it or says that it is right."""

    class Source(models.TextChoices):
        REFUSED = "refused", "Refused by the mail server"
        REPORT = "report", "Reported by the mail system that should have delivered it"
        WEBHOOK = "webhook", "Reported by the service that sends our mail"

    address = models.EmailField(max_length=254, unique=True)
    bounced_at = models.DateTimeField()
    source = models.CharField(max_length=20, choices=Source.choices)
    said = models.CharField(
        max_length=500, blank=True, help_text="What the mail system said of it."
    )
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Which one came back.",
    )

    class Meta:
        verbose_name = "address that bounced"
        verbose_name_plural = "addresses that bounced"
        ordering = ("-bounced_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(address=Lower("address")),
                name="suppressed_address_lower_case",
                violation_error_message="Addresses are kept in lower case.",
            ),
            models.CheckConstraint(
                condition=Q(source__in=("refused", "report", "webhook")),
                name="suppressed_address_source_known",
                violation_error_message="Choose one of the sources.",
            ),
        )

    def __str__(self) -> str:
        return self.address

    @property
    def plainly(self) -> str:
        """Why, as people say it."""
        return in_plain_words(self.said)
