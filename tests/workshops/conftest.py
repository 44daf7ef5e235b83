"""Fixtures: workshops, functions that add dates and members, and servers for calendar e-mails."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from outbox.rules import all_rules
from programmes.models import Programme, WorkshopPlan
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.entries import PLANNED, VENUE, turn_at
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

TITLES = [
    "Leadership and authority",
    "Seeing the whole system",
    "Trust and conflict",
    "Power and prejudice",
    "Learning by trying",
    "Leading change together",
]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def plans(programme: Programme) -> list[WorkshopPlan]:
    return [
        WorkshopPlan.objects.create(
            programme=programme,
            position=position,
            title=title,
            purpose=f"Why we meet for {title.lower()}.",
            outcomes="Name one thing\nTry another",
            prework="Read the two pages.",
            prework_minutes=20,
            prompts="What did you notice?\nWhat will you try?",
        )
        for position, title in enumerate(TITLES, 1)
    ]


@pytest.fixture
def workshops(cohort: Cohort, plans: list[WorkshopPlan]) -> list[Workshop]:
    """The cohort's six workshops, without dates."""
    return [Workshop.objects.create(cohort=cohort, **plan.content()) for plan in plans]


@pytest.fixture
def schedule() -> Callable[[Workshop, datetime], Workshop]:
    """A function that gives a workshop a date.

    The date counts as set long ago, unless `at` is given.
    """

    def schedule(workshop: Workshop, starts_at: datetime, at: datetime = LONG_AGO) -> Workshop:
        slot = Slot(starts_at, starts_at + timedelta(minutes=210))
        workshop.arrange(Arrangement(slot, workshop.venue, workshop.joining_link), at=at)
        return workshop

    return schedule


@pytest.fixture
def join(cohort: Cohort, council: Organisation) -> Callable[..., Membership]:
    """A function that adds a participant to the cohort, who joined long ago by default."""

    def join(
        name: str, joined_at: datetime = LONG_AGO, left_at: datetime | None = None
    ) -> Membership:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        return Membership.objects.create(
            cohort=cohort,
            user=User.objects.create_user(email, name),
            organisation=council,
            joined_at=joined_at,
            left_at=left_at,
        )

    return join


@pytest.fixture
def second_facilitator(cohort: Cohort) -> User:
    """A second facilitator of the cohort."""
    user = User.objects.create_user("tom.facilitator@example.org", "Tom Sallow")
    Membership.objects.create(cohort=cohort, user=user, role=Membership.Role.FACILITATOR)
    return user


# Fixtures for calendar e-mails


@pytest.fixture
def calendar_mail_server(smtp_server: Letterbox, settings: Settings) -> Iterator[Letterbox]:
    """A mail server. Only the rules of calendar e-mails are enabled."""
    settings.BASE_URL = "https://convenor.example.org"
    settings.DEFAULT_FROM_EMAIL = "Convenor <calendar@convenor.example.org>"
    settings.MESSAGE_RULES = [
        "workshops.calendar.entries.ENTRIES",
        "workshops.calendar.invites.CALENDAR",
        "workshops.calendar.invites.CALENDAR_CANCELLED",
    ]
    all_rules.cache_clear()
    yield smtp_server
    all_rules.cache_clear()


@pytest.fixture
def dated_workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    """The third workshop, with a date in March that was set in January."""
    workshops[2].venue = VENUE
    workshops[2].save()
    return schedule(workshops[2], STARTS, at=PLANNED)


@pytest.fixture
def amina(join: Callable[..., Membership]) -> Membership:
    return join("Amina Rahman")


@pytest.fixture
def invited_server(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> Letterbox:
    """A mail server, after Amina has received the first calendar entry of `dated_workshop`."""
    assert turn_at(PLANNED).sent == 1
    calendar_mail_server.messages.clear()
    return calendar_mail_server
