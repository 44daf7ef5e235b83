from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from programmes.text_validation import KEY_LENGTH, name_key

ORGANISATION_NAME_TAKEN = _("Enter another name. There is already an organisation with this name.")


class Sector(models.TextChoices):
    PUBLIC = "public", _("Public")
    VOLUNTARY = "voluntary", _("Voluntary and community")
    PRIVATE = "private", _("Private")
    OTHER = "other", _("Other")


class OrganisationManager(models.Manager["Organisation"]):
    def named(self, name: str) -> Organisation | None:
        """Return the organisation whose name is spelled like `name` (see `name_key`), or None."""
        return self.filter(name_key=name_key(name)).first()


class Organisation(models.Model):
    """An organisation where people work: a council, a trust, a charity, a firm."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=KEY_LENGTH, unique=True, editable=False)
    sector = models.CharField(
        _("sector"), max_length=20, choices=Sector.choices, default=Sector.OTHER
    )

    objects: ClassVar[OrganisationManager] = OrganisationManager()

    class Meta:
        ordering = ("name_key",)
        constraints = (
            models.CheckConstraint(
                condition=Q(sector__in=Sector.values),
                name="organisation_sector_known",
                violation_error_message=_("Choose a sector."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name_key = name_key(self.name)
        if Organisation.objects.filter(name_key=self.name_key).exclude(pk=self.pk).exists():
            raise ValidationError({"name": ORGANISATION_NAME_TAKEN})
