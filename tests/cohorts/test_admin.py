import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Membership, Organisation

BACK_OFFICE = "/back-office/cohorts"


@pytest.mark.parametrize("model", ["organisation", "cohort", "membership"])
def test_administrator_can_search_and_edit(
    model: str, administrator_client: Client, participant: User
) -> None:
    thing = apps.get_model("cohorts", model)._default_manager.all()[0]
    assert (
        str(thing)
        in administrator_client.get(f"{BACK_OFFICE}/{model}/{thing.pk}/change/").content.decode()
    )
    assert administrator_client.get(f"{BACK_OFFICE}/{model}/", {"q": "north"}).status_code == 200


@pytest.mark.parametrize(
    ("model", "status"), [("organisation", 200), ("cohort", 403), ("membership", 403)]
)
def test_related_objects_cannot_be_deleted(
    model: str, status: int, administrator_client: Client, participant: User
) -> None:
    thing = apps.get_model("cohorts", model)._default_manager.all()[0]
    page = f"{BACK_OFFICE}/{model}/{thing.pk}/delete/"
    assert administrator_client.get(page).status_code == status


def test_page_of_a_membership_shows_a_silent_removal(
    administrator_client: Client, participant: User
) -> None:
    member = Membership.objects.get(user=participant)
    member.leave(by=None, at=timezone.now(), silently=True)
    page = administrator_client.get(f"{BACK_OFFICE}/membership/{member.pk}/change/")
    shown = page.content.decode().partition("Left silently:")[2]
    assert 'alt="True"' in shown[:200]


def test_renaming_an_organisation_updates_its_key(
    administrator_client: Client, council: Organisation
) -> None:
    page = f"{BACK_OFFICE}/organisation/{council.pk}/change/"
    administrator_client.post(page, {"name": "Tynewick  BOROUGH", "sector": "public"})
    council.refresh_from_db()
    assert council.name_key == "tynewick borough"


def test_facilitators_cannot_open_the_admin_site(facilitator_client: Client) -> None:
    assert facilitator_client.get(f"{BACK_OFFICE}/cohort/").status_code == 302
