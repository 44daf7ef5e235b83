"""Fixtures of one cohort, its users by role, and a signed-in client for each user."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.recent_sign_in import SESSION_KEY as SIGNED_IN_AT
from cohorts.models import Cohort, Membership, Organisation, Sector
from programmes.models import Programme


def signed_in(user: User) -> Client:
    """Return a client that is signed in as this user, but not recently.

    For actions that require a recent sign-in, use `just_signed_in`.
    """
    client = Client()
    client.force_login(user)
    return client


def just_signed_in(user: User) -> Client:
    client = signed_in(user)
    session = client.session
    session[SIGNED_IN_AT] = timezone.now().isoformat()
    session.save()
    return client


@pytest.fixture
def programme(db: None) -> Programme:
    return Programme.objects.create(
        name="Leading Change Together", purpose="People of one place learn to lead together."
    )


@pytest.fixture
def cohort(programme: Programme) -> Cohort:
    return Cohort.objects.create(
        programme=programme, name="North East, spring 2027", place="North East"
    )


@pytest.fixture
def council(db: None) -> Organisation:
    organisation = Organisation(name="Tynewick Council", sector=Sector.PUBLIC)
    organisation.full_clean()
    organisation.save()
    return organisation


@pytest.fixture
def facilitator(cohort: Cohort) -> User:
    """A facilitator of the cohort."""
    user = User.objects.create_user("ruth.facilitator@example.org", "Ruth Okafor")
    Membership.objects.create(cohort=cohort, user=user, role=Membership.Role.FACILITATOR)
    return user


@pytest.fixture
def participant(cohort: Cohort, council: Organisation) -> User:
    """A participant of the cohort."""
    user = User.objects.create_user("amina.participant@example.org", "Amina Rahman")
    Membership.objects.create(cohort=cohort, user=user, organisation=council)
    return user


@pytest.fixture
def outsider(db: None) -> User:
    """A user who is in no cohort."""
    return User.objects.create_user("olly.outsider@example.org", "Olly Grant")


@pytest.fixture
def other_facilitator(programme: Programme) -> User:
    """A facilitator of another cohort of the same programme."""
    user = User.objects.create_user("tom.elsewhere@example.org", "Tom Elsewhere")
    elsewhere = Cohort.objects.create(programme=programme, name="Essex, spring 2027", place="Essex")
    Membership.objects.create(cohort=elsewhere, user=user, role=Membership.Role.FACILITATOR)
    return user


@pytest.fixture
def administrator(db: None) -> User:
    """A site administrator."""
    return User.objects.create_superuser("ada.administrator@example.org", "Ada Administrator")


@pytest.fixture
def facilitator_client(facilitator: User) -> Client:
    return signed_in(facilitator)


@pytest.fixture
def participant_client(participant: User) -> Client:
    return signed_in(participant)


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    return signed_in(outsider)


@pytest.fixture
def other_facilitator_client(other_facilitator: User) -> Client:
    return signed_in(other_facilitator)


@pytest.fixture
def administrator_client(administrator: User) -> Client:
    return signed_in(administrator)
