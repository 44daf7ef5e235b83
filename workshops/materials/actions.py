"""What is handed out for a workshop, put on its page and taken away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from workshops.materials.upload_validation import Handout
from workshops.models import Material, Workshop

# So that the database, which holds the files, can't be filled from one page.
MOST_OF_A_WORKSHOP = 30


@transaction.atomic
def add(
    *,
    workshop: Workshop,
    title: str,
    link: str = "",
    file: Handout | None = None,
    by: User,
    at: datetime,
) -> Material:
    """A link or a file for everybody in the cohort; what is there already, as after a double click, is given again."""
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
