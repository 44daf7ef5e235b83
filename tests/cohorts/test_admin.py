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


def test_address_can_be_missing_but_not_removed(
    administrator_client: Client, participant: User
) -> None:
    page, new = (
        f"/back-office/accounts/user/{participant.pk}/change/",
        "/back-office/accounts/user/add/",
    )
    facts = {"name": "Zoe Walker", "email": "", "is_active": "on"}
    for path in (page, new):
        form = administrator_client.post(path, facts).context["adminform"].form
        assert form.errors == {"email": ["Enter the person’s e-mail address."]}
    walk_in = User.objects.create_user("", "Zoe Walk-in")
    page = f"/back-office/accounts/user/{walk_in.pk}/change/"
    assert administrator_client.post(page, facts).status_code == 302
    assert str(User.objects.get(pk=walk_in.pk)) == "Zoe Walker"
    administrator_client.post(page, facts | {"email": "Zoe@example.org"})
    walk_in.refresh_from_db()
    assert (walk_in.email, walk_in.email_added_at is None) == ("zoe@example.org", False)
