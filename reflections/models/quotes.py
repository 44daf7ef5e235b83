from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from reflections.encryption import SealedTextField, Unreadable
from reflections.models.entries import Reflection

QUOTE_LENGTH = 600


class QuoteQuerySet(models.QuerySet["Quote"]):
    def by(self, user: User) -> QuoteQuerySet:
        return self.filter(author=user)

    def on_offer(self) -> QuoteQuerySet:
        return self.filter(withdrawn_at=None)

    def chosen(self) -> QuoteQuerySet:
        """Those on offer that a facilitator took for the report."""
        return self.on_offer().filter(chosen_at__isnull=False)

    def printed(self) -> QuoteQuerySet:
        return self.filter(printed_at__isnull=False)


class Quote(models.Model):
    """Words that their author offers to the cohort's report, edited by them, without name and organisation.

    Nothing else of a reflection ever reaches a report. It can be taken back until the report is frozen.
    """

    public_id = PublicIdField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quotes"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="quotes")
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="quotes")
    words = SealedTextField(max_length=QUOTE_LENGTH)
    offered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    chosen_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    printed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the report was frozen with it: from then on it stays.",
    )

    objects: ClassVar = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ("offered_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("reflection",),
                condition=Q(withdrawn_at=None),
                name="extract_one_on_offer",
                violation_error_message="Something of this reflection is offered already.",
            ),
            models.CheckConstraint(
                condition=Q(chosen_by=None) | Q(chosen_at__isnull=False),
                name="extract_chosen_has_time",
                violation_error_message="What was chosen was chosen at some time.",
            ),
            models.CheckConstraint(
                condition=Q(printed_at=None) | Q(chosen_at__isnull=False, withdrawn_at=None),
                name="extract_printed_for_good",
                violation_error_message="What is printed was chosen, and can't be taken back.",
            ),
        )

    def __str__(self) -> str:
        """Without a word of what it says."""
        return f"Quote {self.public_id}"

    @property
    def is_chosen(self) -> bool:
        return self.chosen_at is not None

    @property
    def is_printed(self) -> bool:
        """It stands in a frozen report, for good."""
        return self.printed_at is not None

    @property
    def is_unreadable(self) -> bool:
        """Its key is lost."""
        return isinstance(self.words, Unreadable)
