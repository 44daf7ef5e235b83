"""Saving and finishing drafts as an open page does, at a number of seconds from now."""

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

ENTRY, HERE, THERE = "newentry2345", "pagehere2345", "pagethere234"
NOW = timezone.now()

Saving = Callable[..., Draft | None]
Finishing = Callable[..., Reflection]


def moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def content(
    body: str, at: float, seen: Draft | None = None, page: str = HERE, experiment: str = ""
) -> DraftContent:
    """Return what a page holds that has seen a version of the draft."""
    version = seen.version_token if seen else ""
    return DraftContent(
        body=body, typed_at=moment(at), experiment=experiment, version=version, page=page
    )


def texts() -> list[str]:
    """Return the text of each draft, the oldest row first."""
    return [draft.body for draft in Draft.objects.order_by("pk")]


@pytest.fixture
def saving(participant: User, workshop: Workshop) -> Saving:
    """Save a draft from a page that had it typed `at` so many seconds."""

    def saving(body: str, at: float = 0, **facts: Any) -> Draft | None:
        entry, by = facts.pop("entry", ENTRY), facts.pop("by", participant)
        place = Place(workshop.cohort, workshop, "What did you notice in yourself?")
        return save_draft(
            by=by, entry=entry, place=place, content=content(body, at, **facts), at=moment(1000)
        )

    return saving


@pytest.fixture
def finishing(participant: User, cohort: Cohort) -> Finishing:
    """Save a reflection from a page that had it typed `at` so many seconds."""

    def finishing(body: str, at: float = 100, **facts: Any) -> Reflection:
        return save_reflection(
            author=participant,
            entry=ENTRY,
            place=Place(cohort),
            content=content(body, at, **facts),
            audience=Audience.ONLY_ME,
            at=moment(at),
        )

    return finishing
