"""Fixtures that save drafts and reflections as an open page does. Times are seconds after NOW."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from reflections.context import Place
from reflections.drafts.autosave import DraftContent, save_draft
from reflections.drafts.completion import save_reflection
from reflections.models import Audience, Draft, Reflection
from workshops.models import Workshop

ENTRY, THIS_PAGE, OTHER_PAGE = "newentry2345", "pagehere2345", "pagethere234"
NOW = timezone.now()

Autosave = Callable[..., Draft | None]
Complete = Callable[..., Reflection]


def moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def content(
    body: str, at: float, seen: Draft | None = None, page: str = THIS_PAGE, experiment: str = ""
) -> DraftContent:
    """Return the draft content that a page sends.

    `seen` is the latest version of the draft that the page has received.
    """
    version = seen.version_token if seen else ""
    return DraftContent(
        body=body, typed_at=moment(at), experiment=experiment, version=version, page=page
    )


def texts() -> list[str]:
    """Return the text of every draft, the oldest first."""
    return [draft.body for draft in Draft.objects.order_by("pk")]


@pytest.fixture
def autosave(participant: User, workshop: Workshop) -> Autosave:
    """A function that saves a draft, which was typed `at` seconds after NOW."""

    def autosave(body: str, at: float = 0, **facts: Any) -> Draft | None:
        entry, by = facts.pop("entry", ENTRY), facts.pop("by", participant)
        place = Place(workshop.cohort, workshop, "What did you notice in yourself?")
        return save_draft(
            by=by, entry=entry, place=place, content=content(body, at, **facts), at=moment(1000)
        )

    return autosave


@pytest.fixture
def complete(participant: User, cohort: Cohort) -> Complete:
    """A function that saves a reflection, which was typed `at` seconds after NOW."""

    def complete(body: str, at: float = 100, **facts: Any) -> Reflection:
        return save_reflection(
            author=participant,
            entry=ENTRY,
            place=Place(cohort),
            content=content(body, at, **facts),
            audience=Audience.ONLY_ME,
            at=moment(at),
        )

    return complete
