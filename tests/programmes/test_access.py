"""Permissions and HTTP methods of the pages of programmes."""

import pytest
from django.test import Client

from programmes.default_programme import default_content, plan_from
from programmes.models import Programme, WorkshopPlan
from tests.programmes.pages import PLAN, url, words

pytestmark = pytest.mark.either

NOWHERE = "222222222222"


@pytest.fixture
def default_beside_cohort(programme: Programme) -> Programme:
    """The cohort's programme with the default programme's plans.

    The default programme itself can't be created, because both would have the same name.
    """
    programme.add(*(plan_from(workshop) for workshop in default_content()["workshops"]))
    return programme


READING = ["programme_list", "programme_detail"]
ACTS = ["programme_start", "programme_duplicate", "programme_bring_back", "plan_move"]
FORMS = [
    "programme_create",
    "programme_edit",
    "programme_retire",
    "plan_create",
    "plan_edit",
    "plan_delete",
]
WITHOUT_ID = ["programme_list", "programme_create", "programme_start"]
OF_A_PLAN = ["plan_edit", "plan_move", "plan_delete"]


def address(name: str, programme: Programme) -> str:
    if name in WITHOUT_ID:
        return url(name)
    return url(name, programme.plans.order_by("position")[0] if name in OF_A_PLAN else programme)


@pytest.mark.parametrize("name", READING + ACTS + FORMS)
def test_anonymous_user_is_redirected_to_sign_in(
    client: Client, default_programme: Programme, name: str
) -> None:
    path = address(name, default_programme)
    for response in (client.get(path), client.post(path)):
        assert (response.status_code, response.headers["Location"]) == (
            302,
            f"/sign-in/?next={path}",
        )


@pytest.mark.parametrize("who", ["outsider", "participant", "facilitator"])
@pytest.mark.parametrize("name", READING)
def test_signed_in_users_can_read(
    request: pytest.FixtureRequest, default_beside_cohort: Programme, name: str, who: str
) -> None:
    client = request.getfixturevalue(f"{who}_client")
    response = client.get(address(name, default_beside_cohort))
    assert response.status_code == 200
    assert default_beside_cohort.name in words(response)


@pytest.mark.parametrize("who", ["outsider", "participant", "facilitator"])
@pytest.mark.parametrize("name", ACTS + FORMS)
def test_only_administrators_can_change(
    request: pytest.FixtureRequest, default_beside_cohort: Programme, name: str, who: str
) -> None:
    client = request.getfixturevalue(f"{who}_client")
    before = list(Programme.objects.values()), list(WorkshopPlan.objects.values())
    path = address(name, default_beside_cohort)
    assert (
        client.post(path, PLAN | {"name": "Mine", "workshops": "6", "to": "3"}).status_code == 403
    )
    if name in FORMS:
        assert client.get(path).status_code == 403
    assert (list(Programme.objects.values()), list(WorkshopPlan.objects.values())) == before


@pytest.mark.parametrize(
    "name", [name for name in READING + ACTS + FORMS if name not in WITHOUT_ID]
)
@pytest.mark.parametrize("who", ["administrator", "outsider"])
def test_unknown_programmes_and_plans_are_not_found(
    request: pytest.FixtureRequest, db: None, name: str, who: str
) -> None:
    client = request.getfixturevalue(f"{who}_client")
    method = client.post if name in ACTS else client.get
    assert method(url(name, NOWHERE)).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_actions_require_post(
    administrator_client: Client, default_programme: Programme, name: str
) -> None:
    assert administrator_client.get(address(name, default_programme)).status_code == 405


@pytest.mark.parametrize("name", READING)
def test_read_only_pages_refuse_post(
    administrator_client: Client, default_programme: Programme, name: str
) -> None:
    assert administrator_client.post(address(name, default_programme)).status_code == 405


@pytest.mark.parametrize("name", FORMS)
def test_form_refuses_other_methods(
    administrator_client: Client, default_programme: Programme, name: str
) -> None:
    assert administrator_client.put(address(name, default_programme)).status_code == 405
