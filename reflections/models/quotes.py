from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField, Unreadable
from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Cohort
from reflections.models.entries import Reflection

QUOTE_LENGTH = 600


class QuoteQuerySet(models.QuerySet["Quote"]):
    def by(self, user: User) -> QuoteQuerySet:
        return self.filter(author=user)

    def on_offer(self) -> QuoteQuerySet:
        return self.filter(withdrawn_at=None)

    def chosen(self) -> QuoteQuerySet:
        """Return the quotes on offer that a facilitator has chosen for the report."""
        return self.on_offer().filter(chosen_at__isnull=False)

    def printed(self) -> QuoteQuerySet:
        return self.filter(printed_at__isnull=False)


class Quote(models.Model):
    """Words that a participant offers to the cohort's report, without their name.

    They come from a reflection by the participant, or are about work that they started with others.
    The author may edit the words before offering them, and can withdraw the quote until the report
    is frozen. Nothing else of a reflection is ever in a report.
    """

    public_id = PublicIdField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quotes"
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="quotes")
    reflection = models.ForeignKey(
        Reflection, null=True, blank=True, on_delete=models.CASCADE, related_name="quotes"
    )
    work_id = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("The pk of the partnership that the words are about, if of no reflection."),
    )
    words = EncryptedTextField(max_length=QUOTE_LENGTH)
    offered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    chosen_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    printed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the report was frozen with it. It can’t be withdrawn after that."),
    )

    objects: ClassVar = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ("offered_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("reflection",),
                condition=Q(withdrawn_at=None),
                name="quote_one_on_offer",
                violation_error_message=_("This reflection already has a quote on offer."),
            ),
            models.UniqueConstraint(
                fields=("author", "work_id"),
                condition=Q(withdrawn_at=None),
                name="quote_one_on_offer_about_work",
                violation_error_message=_("You already have a quote about this work on offer."),
            ),
            models.CheckConstraint(
                condition=Q(reflection__isnull=False, work_id=None)
                | Q(reflection=None, work_id__isnull=False),
                name="quote_of_a_reflection_or_about_work",
                violation_error_message=_("A quote is of a reflection or about work, not both."),
            ),
            models.CheckConstraint(
                condition=Q(chosen_by=None) | Q(chosen_at__isnull=False),
                name="quote_chosen_has_time",
                violation_error_message=_("A chosen quote must have a chosen_at time."),
            ),
            models.CheckConstraint(
                condition=Q(printed_at=None) | Q(chosen_at__isnull=False, withdrawn_at=None),
                name="quote_printed_is_final",
                violation_error_message=_(
                    "A printed quote must have been chosen and can’t be withdrawn."
                ),
            ),
        )

    def __str__(self) -> str:
        """Return a name without any of the author's text, because logs and error pages print it."""
        return f"Quote {self.public_id}"

    @property
    def is_chosen(self) -> bool:
        return self.chosen_at is not None

    @property
    def is_printed(self) -> bool:
        """Return whether the quote is part of a frozen report."""
        return self.printed_at is not None

    @property
    def is_unreadable(self) -> bool:
        """Return whether the encryption key of the words is lost."""
        return isinstance(self.words, Unreadable)
