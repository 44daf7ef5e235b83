"""The latest reflection that others in a cohort share with one reader, for the cohort's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from outbox.compiled_query import BindParam, CompiledSelect
from reflections.models import Reflection

READER: Any = BindParam("reader")
COHORT: Any = BindParam("cohort")
LATEST = CompiledSelect(
    Reflection.objects.shared_with(READER, COHORT)
    .order_by("-shared_at", "-pk")
    .values_list("public_id", "body", "workshop__position", "author__name", "author__email")[:1],
    prepare=True,
)


@dataclass(frozen=True)
class LatestShared:
    """A shared reflection. `position` is its workshop's position; None if it has no workshop."""

    public_id: str
    body: str
    position: int | None
    author_name: str
    author_email: str

    @property
    def author(self) -> str:
        return self.author_name or self.author_email

    @property
    def url(self) -> str:
        return reverse("reflections:reflection_detail", args=[self.public_id])


def latest_shared(reader: User, cohort: Cohort) -> LatestShared | None:
    """Return the reflection that was shared last. Makes one query."""
    rows = LATEST(reader=reader.pk, cohort=cohort.pk)
    return LatestShared(*rows[0]) if rows else None
