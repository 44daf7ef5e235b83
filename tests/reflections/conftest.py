"""Fixtures: workshops, another participant, functions that write entries, and browser pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.entries import write
from reflections.experiments.actions import start
from reflections.models import Experiment, Reflection
from tests.people import signed_in
from workshops.models import Workshop

MARKER = "the heron at the weir"


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    """The third workshop, which took place a week ago."""
    began = timezone.now() - timedelta(days=7)
    return Workshop.objects.create(
        cohort=cohort,
        position=3,
        title="Trust and conflict",
        prompts="What did you notice in yourself?\nWhat would you do again?",
        starts_at=began,
        ends_at=began + timedelta(hours=3),
        scheduled_at=began - timedelta(days=30),
    )


@pytest.fixture
def peer(cohort: Cohort) -> User:
    """Another participant of the cohort."""
    user = User.objects.create_user("dev.peer@example.org", "Dev Patel")
    Membership.objects.create(cohort=cohort, user=user)
    return user


@pytest.fixture
def peer_client(peer: User) -> Client:
    return signed_in(peer)


@pytest.fixture
def entry(cohort: Cohort, participant: User) -> Callable[..., Reflection]:
    """A function that writes a reflection, by the participant unless it is given an author."""

    def entry(**facts: Any) -> Reflection:
        given: dict[str, Any] = {
            "author": participant,
            "cohort": cohort,
            "body": MARKER,
            "at": timezone.now(),
        }
        return write(**(given | facts))

    return entry


@pytest.fixture
def experiment(cohort: Cohort, participant: User) -> Callable[..., Experiment]:
    """A function that starts an experiment, of the participant unless it is given an author."""

    def experiment(**facts: Any) -> Experiment:
        given: dict[str, Any] = {
            "author": participant,
            "cohort": cohort,
            "words": MARKER,
            "at": timezone.now(),
        }
        return start(**(given | facts))

    return experiment


@pytest.fixture
def next_workshop(workshop: Workshop) -> Workshop:
    """The fourth workshop, in two weeks."""
    begins = timezone.now() + timedelta(days=14)
    return Workshop.objects.create(
        cohort=workshop.cohort,
        position=4,
        title="Power and prejudice",
        starts_at=begins,
        ends_at=begins + timedelta(hours=3),
        scheduled_at=begins - timedelta(days=60),
    )


@pytest.fixture
def phone(narrow_page: Page, sign_in: Callable[[Page, User], None], participant: User) -> Page:
    """A browser page as wide as a phone, on which the participant is signed in."""
    sign_in(narrow_page, participant)
    return narrow_page


@pytest.fixture
def laptop(wide_page: Page, sign_in: Callable[[Page, User], None], participant: User) -> Page:
    """A browser page as wide as a laptop, on which the participant is signed in."""
    sign_in(wide_page, participant)
    return wide_page
