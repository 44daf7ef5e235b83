import pytest
from django.utils import timezone

from accounts.models import User
from programmes.default_programme import get_or_create_default
from programmes.models import Programme, WorkshopPlan


@pytest.fixture
def default_programme(db: None) -> Programme:
    """Convenor's own programme, Leading Change Together, as its file defines it."""
    return get_or_create_default()


@pytest.fixture
def plans(default_programme: Programme) -> list[WorkshopPlan]:
    return list(default_programme.plans.order_by("position"))


@pytest.fixture
def retired(default_programme: Programme, administrator: User) -> Programme:
    default_programme.retire(by=administrator, at=timezone.now())
    return default_programme
