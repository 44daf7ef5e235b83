import pytest
from django.test import Client
from django.urls import reverse

from programmes.models import Programme, WorkshopPlan
from tests.programmes.pages import PLAN


@pytest.mark.parametrize("page", ["programme_changelist", "workshopplan_changelist"])
def test_admin_lists_programmes(
    administrator_client: Client, default_programme: Programme, page: str
) -> None:
    response = administrator_client.get(reverse(f"admin:programmes_{page}"))
    assert default_programme.name in response.content.decode()


def test_admin_can_edit_a_plan(administrator_client: Client, plans: list[WorkshopPlan]) -> None:
    page = reverse("admin:programmes_workshopplan_change", args=[plans[0].pk])
    assert administrator_client.get(page).status_code == 200
    response = administrator_client.post(page, PLAN)
    plans[0].refresh_from_db()
    assert (response.status_code, plans[0].title, plans[0].position) == (302, "Listening", 1)


def test_admin_cannot_add_plans(administrator_client: Client) -> None:
    assert administrator_client.get(reverse("admin:programmes_workshopplan_add")).status_code == 403
