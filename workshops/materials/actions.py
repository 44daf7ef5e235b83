"""The function that adds a link or a file to a workshop."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from workshops.materials.upload_validation import ValidatedFile
from workshops.models import Material, Workshop

# A workshop can have at most this many links and files together. There is a limit because files are
# stored in the database.
MAX_PER_WORKSHOP = 30


@transaction.atomic
def add(
    *,
    workshop: Workshop,
    title: str,
    link: str = "",
    file: ValidatedFile | None = None,
    by: User,
    at: datetime,
) -> Material:
    """Add a link or a file to the workshop.

    If the workshop already has an identical one, return that one, because the form may have been
    submitted twice. Locks the workshop's row.
    """
    Workshop.objects.select_for_update().get(pk=workshop.pk)
    facts = {"title": title, "link": link}
    if file:
        facts |= {"filename": file.filename, "content_type": file.content_type}
    size = len(file.content) if file else 0
    same = Material.objects.listed().filter(workshop=workshop, size=size, **facts)
    for material in same:
        if not file or bytes(material.content or b"") == file.content:
            return material
    content = file.content if file else None
    return Material.objects.create(
        workshop=workshop, size=size, content=content, added_by=by, added_at=at, **facts
    )
