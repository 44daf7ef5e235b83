import pytest
from django.utils import timezone

from accounts.models import User
from programmes.default_programme import load_shipped
from programmes.models import Programme, WorkshopPlan


@pytest.fixture
def shipped(db: None) -> Programme:
    """Leading Change Together, as it is shipped."""
    return load_shipped()


@pytest.fixture
def plans(shipped: Programme) -> list[WorkshopPlan]:
    return list(shipped.plans.order_by("position"))


@pytest.fixture
def retired(shipped: Programme, administrator: User) -> Programme:
    shipped.retire(by=administrator, at=timezone.now())
    return shipped
