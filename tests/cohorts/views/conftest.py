"""Fixtures of the views of cohorts."""

import pytest

from accounts.models import User
from cohorts.models import Membership, Organisation


@pytest.fixture
def stranger_at_work(other_facilitator: User) -> User:
    """A participant of another cohort, with an organisation that no member of this cohort has."""
    user = User.objects.create_user("una@example.org", "Una Elsewhere")
    harbour = Organisation.objects.create(
        name="Harbour Home Care", name_key="harbour home care", sector="private"
    )
    cohort = other_facilitator.memberships.get().cohort
    Membership.objects.create(cohort=cohort, user=user, organisation=harbour)
    return user
