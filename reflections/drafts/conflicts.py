"""Conflicts: two drafts of one reflection, saved by pages that were open concurrently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from reflections.drafts.autosave import lock_drafts
from reflections.models import Draft
from ui.version_token import check_version, version_token


class Resolution(StrEnum):
    """The author's choice between two conflicting drafts."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


@dataclass(frozen=True)
class Conflict:
    """Two drafts of one reflection. `second.conflicts_with` is the `entry` of `first`."""

    first: Draft
    second: Draft

    @property
    def version_token(self) -> str:
        return version_token(self.first.version_token, self.second.version_token)

    @property
    def is_unreadable(self) -> bool:
        return self.first.is_unreadable or self.second.is_unreadable

    def get_absolute_url(self) -> str:
        return reverse("reflections:draft_compare", args=[self.second.entry])


def conflict_of(draft: Draft | None) -> Conflict | None:
    """Return the conflict that the draft is part of, or None.

    If several drafts conflict with this one, returns the conflict with the oldest of them. Makes at
    most one query.
    """
    if draft is None:
        return None
    others = Draft.objects.filter(author=draft.author_id).with_place().order_by("pk")
    if draft.conflicts_with:
        first = others.filter(entry=draft.conflicts_with).first()
        return Conflict(first, draft) if first else None
    second = others.filter(conflicts_with=draft.entry).first()
    return Conflict(draft, second) if second else None


@transaction.atomic
def resolve_conflict(
    *, by: User, entry: str, resolution: Resolution, seen: str, at: datetime
) -> Draft | None:
    """Retain the text of one of two conflicting drafts, or retain both as separate drafts.

    `entry` is the `entry` of the second draft. `seen` is the conflict's version token on the page
    that showed the drafts. Locks both drafts. Returns the first draft, for the author to continue
    with. If either draft has been deleted, changes nothing and returns the first draft or None.
    Raises StaleError if either draft has changed since the page was shown.
    """
    seconds = Draft.objects.by(by).filter(entry=entry).exclude(conflicts_with="")
    first_entry = seconds.values_list("conflicts_with", flat=True).first()
    if first_entry is None:
        return None
    drafts = {draft.entry: draft for draft in lock_drafts(by, first_entry)}
    first, second = drafts.get(first_entry), drafts.get(entry)
    if first is None or second is None:
        return first
    check_version(
        seen,
        Conflict(first, second).version_token,
        _("One of these drafts has changed since you opened this page. Compare them again."),
    )
    if resolution == Resolution.BOTH:
        second.conflicts_with = ""
        second.save(update_fields=["conflicts_with"])
        return first
    if resolution == Resolution.SECOND:
        # Copy the second draft's text into the first and delete the second, because only the first
        # refers to the reflection, if there is one.
        first.body, first.experiment = second.body, second.experiment
        first.typed_at, first.page = at, second.page
        first.version += 1
        first.save()
    second.delete()
    return first
