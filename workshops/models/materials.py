from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.public_id import PublicIdField
from workshops.materials.upload_validation import BY_TYPE
from workshops.models.workshop import Workshop


class MaterialQuerySet(models.QuerySet["Material"]):
    def listed(self) -> MaterialQuerySet:
        """Without the bytes of files, which a page does not need."""
        return self.defer("content")

    def visible_to(self, user: User) -> MaterialQuerySet:
        """Those of cohorts that the person is or was in; an administrator's are all."""
        return self.filter(workshop__in=Workshop.objects.visible_to(user))


class Material(models.Model):
    """Something to read, watch or bring to a workshop: a link, or a file that its cohort's members alone are served.

    A file stands in the database (decision 0006): one backup holds all, and machines need not share a disk.
    """

    MOST_BYTES = 10 * 1024 * 1024

    public_id = PublicIdField()
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=200)
    link = models.URLField(max_length=500, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="In bytes.")
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
                violation_error_message="Give a link or a file, one of them.",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where a file is served; a link is its own address."""
        return self.link or reverse("workshops:material_download", args=[self.public_id])

    @property
    def is_file(self) -> bool:
        return not self.link

    @property
    def kind(self) -> str:
        """“PDF”, or of a link where it leads."""
        if self.is_file:
            return BY_TYPE[self.content_type].words if self.content_type in BY_TYPE else "File"
        return urlsplit(self.link).hostname or "Link"
