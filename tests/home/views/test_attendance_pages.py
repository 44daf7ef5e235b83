"""The attendance table on a cohort's page, which comes in pages."""

from django.test import Client

from accounts.models import User
from cohorts.models import Cohort, Membership


def test_attendance_is_shown_fifty_people_to_a_page(
    facilitator_client: Client, cohort: Cohort
) -> None:
    users = User.objects.bulk_create(
        User(email=f"{number}@example.org", name=f"Person {number:02}") for number in range(60)
    )
    Membership.objects.bulk_create(Membership(cohort=cohort, user=user) for user in users)
    first = facilitator_client.get(cohort.get_absolute_url())
    assert len(first.context["grid"]) == 50
    second = facilitator_client.get(cohort.get_absolute_url(), {"page": "2"})
    assert [row.membership.user.name for row in second.context["grid"]] == [
        f"Person {number}" for number in range(50, 60)
    ]
    assert "60 participants" in " ".join(second.content.decode().split())
