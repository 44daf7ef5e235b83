from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.public_id import PublicIdField
from accounts.search_text import SearchTextField
from programmes.text_validation import KEY_LENGTH, name_key

ORGANISATION_NAME_TAKEN = _("Enter another name. There is already an organisation with this name.")


class Sector(models.TextChoices):
    PUBLIC = "public", _("Public")
    VOLUNTARY = "voluntary", _("Voluntary and community")
    PRIVATE = "private", _("Private")
    OTHER = "other", _("Other")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def current(self) -> OrganisationQuerySet:
        """Return the organisations that have not been merged into another."""
        return self.filter(merged_into=None)

    def named(self, name: str) -> Organisation | None:
        """Return the organisation whose name is spelled like `name` (see `name_key`), or None.

        The name of a merged one finds the organisation that it was merged into.
        """
        return self.by_key([name_key(name)]).get(name_key(name))

    def by_key(self, keys: Iterable[str]) -> dict[str, Organisation]:
        """Return a dict that maps these name keys to organisations, as `named` finds them.

        Makes one query.
        """
        found = self.filter(name_key__in=keys).select_related("merged_into")
        return {one.name_key: one.merged_into or one for one in found}


class Organisation(models.Model):
    """An organisation where people work: a council, a trust, a charity, a firm."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=KEY_LENGTH, unique=True, editable=False)
    sector = models.CharField(
        _("sector"), max_length=20, choices=Sector.choices, default=Sector.OTHER
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
        help_text=_("The organisation that this one is a duplicate of. Its name still finds it."),
    )
    merged_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    moved = models.JSONField(
        default=dict,
        editable=False,
        help_text=_("What the merge moved: primary keys by field. For a day, to undo it."),
    )
    search_text = SearchTextField("name")

    objects: ClassVar = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ("name_key",)
        constraints = (
            models.CheckConstraint(
                condition=Q(sector__in=Sector.values),
                name="organisation_sector_known",
                violation_error_message=_("Choose a sector."),
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None, merged_at=None)
                | Q(merged_into__isnull=False, merged_at__isnull=False),
                name="organisation_merged_at_a_time",
                violation_error_message=_(
                    "Enter both the organisation it was merged into and the time, or neither."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.name_key = name_key(self.name)
        if Organisation.objects.filter(name_key=self.name_key).exclude(pk=self.pk).exists():
            raise ValidationError({"name": ORGANISATION_NAME_TAKEN})
