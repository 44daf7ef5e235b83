from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from workshops.materials.upload_validation import BY_TYPE
from workshops.models.workshop import Workshop


class MaterialQuerySet(models.QuerySet["Material"]):
    def listed(self) -> MaterialQuerySet:
        """Return the materials with the bytes of their files deferred, for pages that list them."""
        return self.defer("content")

    def visible_to(self, user: User) -> MaterialQuerySet:
        """Return the materials of cohorts that the user is or was in; for an administrator, all."""
        return self.filter(workshop__in=Workshop.objects.visible_to(user))


class Material(models.Model):
    """A link or a file for a workshop, served only to members of its cohort.

    The bytes of a file are in the database (decision 0006), so that one backup holds everything
    and servers need not share a disk.
    """

    MOST_BYTES = 10 * 1024 * 1024
    # The largest file that is attached to an e-mail. Encoding makes it a third larger, and some
    # mail servers refuse e-mails of 10 MB.
    MOST_BYTES_ATTACHED = 5 * 1024 * 1024

    public_id = PublicIdField()
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=200)
    link = models.URLField(max_length=500, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0, help_text=_("In bytes."))
    content = models.BinaryField(null=True, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ("workshop", "pk")
        constraints = (
            models.CheckConstraint(
                condition=(
                    ~Q(link="") & Q(filename="", content=None, size=0)
                    | Q(link="", content__isnull=False, size__gt=0)
                    & ~Q(filename="")
                    & ~Q(content_type="")
                ),
                name="material_link_or_file",
                violation_error_message=_("Add either a link or a file."),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the URL of the page that serves the file, or the link itself."""
        return self.link or reverse("workshops:material_download", args=[self.public_id])

    @property
    def is_file(self) -> bool:
        return not self.link

    @property
    def is_attachable(self) -> bool:
        """True for a file that is small enough to be attached to an e-mail."""
        return self.is_file and self.size <= self.MOST_BYTES_ATTACHED

    @property
    def kind(self) -> str:
        """The kind of file, such as “PDF”; for a link, its host name."""
        if self.is_file:
            kind = BY_TYPE.get(self.content_type)
            return str(kind.name) if kind else gettext("File")
        return urlsplit(self.link).hostname or gettext("Link")
