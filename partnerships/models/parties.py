from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.models import Membership, Organisation
from partnerships.models.partnerships import Partnership


class PartyQuerySet(models.QuerySet["Party"]):
    def agreed(self) -> PartyQuerySet:
        return self.filter(agreed_at__isnull=False)

    def of(self, user: User) -> PartyQuerySet:
        return self.filter(membership__user=user)

    def reachable(self) -> PartyQuerySet:
        """Return the parties that may be asked a check: members, and contacts with an address."""
        return self.agreed().filter(
            Q(membership__isnull=False, membership__left_at=None) | ~Q(email=""),
            asked_to_stop_at=None,
        )

    def outside(self) -> PartyQuerySet:
        """Return the parties whose contact has no membership in the cohort."""
        return self.filter(membership=None)


class Party(models.Model):
    """An organisation that takes part in a partnership, and the person to ask about it.

    The contact is a member of the cohort, or somebody outside with a name and an e-mail address.
    The name and the address are deleted when nobody needs to be asked any more.
    """

    public_id = PublicIdField()
    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parties")
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="parties"
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    added_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    may_be_named = models.BooleanField(
        default=False, help_text=_("The report may name the organisation.")
    )
    asked_to_stop_at = models.DateTimeField(null=True, blank=True)
    contact_deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = PartyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ("pk",)
        verbose_name_plural = "parties"
        constraints = (
            models.UniqueConstraint(
                fields=("partnership", "membership"),
                name="party_member_once",
                violation_error_message=_("This person is already part of it."),
            ),
            models.UniqueConstraint(
                fields=("partnership", "email"),
                condition=~Q(email=""),
                name="party_address_once",
                violation_error_message=_("Somebody with this address is already part of it."),
            ),
            models.CheckConstraint(
                condition=Q(membership__isnull=False, name="", email="", contact_deleted_at=None)
                | Q(membership=None, contact_deleted_at=None) & ~Q(email="")
                | Q(membership=None, name="", email="", contact_deleted_at__isnull=False),
                name="party_has_one_contact",
                violation_error_message=_(
                    "Choose a member of the cohort, or enter the address of somebody outside."
                ),
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None) | Q(declined_at=None),
                name="party_agreed_or_declined",
                violation_error_message=_("Somebody can agree or decline, but not both."),
            ),
            models.CheckConstraint(
                condition=Q(may_be_named=False) | Q(agreed_at__isnull=False),
                name="party_named_only_if_agreed",
                violation_error_message=_("Only somebody who agrees can let us name them."),
            ),
        )

    def __str__(self) -> str:
        """Return a name without personal data, because logs and error pages print it."""
        return f"Party {self.public_id}"

    @property
    def has_agreed(self) -> bool:
        return self.agreed_at is not None

    @property
    def has_declined(self) -> bool:
        return self.declined_at is not None

    @property
    def is_outside(self) -> bool:
        return self.membership_id is None

    @property
    def person(self) -> str:
        """The contact's name, for their cohort; a sentence if it has been deleted."""
        if self.membership:
            return str(self.membership.user)
        return self.name or gettext("Somebody whose name we have deleted")

    @property
    def first_name(self) -> str:
        return self.membership.user.first_name if self.membership else self.name.split(" ")[0]
