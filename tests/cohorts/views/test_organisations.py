"""The pages of organisations: the list, its sectors, and the form of one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.merging import UNDOABLE_FOR
from cohorts.models import Organisation, Sector

pytestmark = pytest.mark.both  # it searches

ORGANISATIONS = "/organisations/"


def shown(response: Any) -> list[str]:
    return [organisation.name for organisation in response.context["page"]]


def test_facilitator_sees_the_organisations_of_their_cohorts(
    facilitator_client: Client,
    administrator_client: Client,
    participant: User,
    stranger_at_work: User,
) -> None:
    assert shown(facilitator_client.get(ORGANISATIONS)) == ["Tynewick Council"]
    assert shown(administrator_client.get(ORGANISATIONS)) == [
        "Harbour Home Care",
        "Tynewick Council",
    ]
    assert shown(administrator_client.get(ORGANISATIONS, {"q": "har"})) == ["Harbour Home Care"]


def save_sectors(client: Client, sector: str, *organisations: Organisation) -> Any:
    posted = {"chosen": [one.public_id for one in organisations], "sector": sector}
    return client.post(f"{ORGANISATIONS}sectors/?q=a", posted)


def test_ticked_organisations_get_one_sector(
    administrator_client: Client, council: Organisation, stranger_at_work: User
) -> None:
    harbour = Organisation.objects.get(name="Harbour Home Care")
    untouched = Organisation.objects.create(name="Firm", name_key="firm")
    response = save_sectors(administrator_client, "voluntary", council, harbour)
    assert response["Location"] == f"{ORGANISATIONS}?q=a"
    page = administrator_client.get(response["Location"]).content.decode()
    assert "Sector of 2 organisations saved." in page
    sectors = dict(Organisation.objects.values_list("name", "sector"))
    assert sectors == {
        council.name: Sector.VOLUNTARY,
        harbour.name: Sector.VOLUNTARY,
        untouched.name: Sector.OTHER,
    }


def test_facilitator_cannot_change_sectors_of_other_cohorts(
    facilitator_client: Client, participant: User, stranger_at_work: User
) -> None:
    harbour = Organisation.objects.get(name="Harbour Home Care")
    response = save_sectors(facilitator_client, "public", harbour)
    assert response.context["form"].errors == {
        "chosen": ["Choose again. The list has changed."],
    }
    harbour.refresh_from_db()
    assert harbour.sector == Sector.PRIVATE


@pytest.mark.parametrize(
    ("posted", "errors"),
    [
        ({"sector": "public"}, {"chosen": ["Tick at least one organisation."]}),
        ({"sector": "royal"}, {"sector": ["Choose a sector."]}),
        ({"sector": ""}, {"sector": ["Choose a sector."]}),
        (
            {"sector": "public", "chosen": "no\x00ne"},
            {"chosen": ["Choose again. The list has changed."]},
        ),
    ],
)
def test_invalid_sectors_are_refused_and_ticks_stay(
    facilitator_client: Client,
    participant: User,
    council: Organisation,
    posted: dict[str, str],
    errors: dict[str, list[str]],
) -> None:
    if "chosen" in errors:
        expected_tick = False
    else:
        posted, expected_tick = {**posted, "chosen": council.public_id}, True
    response = facilitator_client.post(f"{ORGANISATIONS}sectors/", posted)
    assert response.context["form"].errors == errors
    assert ("checked" in response.content.decode()) == expected_tick
    council.refresh_from_db()
    assert council.sector == Sector.PUBLIC


def test_search_of_organisations_ignores_accents_and_filters_by_sector(
    administrator_client: Client, council: Organisation
) -> None:
    larder = Organisation.objects.create(
        name="Zoë’s Larder", name_key="zoë's larder", sector=Sector.VOLUNTARY
    )
    assert shown(administrator_client.get(ORGANISATIONS, {"q": "ZOE'S lard"})) == [larder.name]
    assert shown(administrator_client.get(ORGANISATIONS, {"sector": "public"})) == [council.name]
    assert len(shown(administrator_client.get(ORGANISATIONS, {"sector": "royal"}))) == 2
    empty = administrator_client.get(ORGANISATIONS, {"q": "nowhere"}).content.decode()
    assert "No organisations found" in empty


def test_organisations_without_a_sector_come_first(
    administrator_client: Client, council: Organisation
) -> None:
    Organisation.objects.create(name="Zebra", name_key="zebra", sector=Sector.OTHER)
    assert shown(administrator_client.get(ORGANISATIONS)) == ["Zebra", "Tynewick Council"]


def edit_url(organisation: Organisation) -> str:
    return reverse("cohorts:organisation_edit", args=[organisation.public_id])


def test_organisation_is_renamed(
    facilitator_client: Client, participant: User, council: Organisation
) -> None:
    facilitator_client.post(
        edit_url(council), {"name": " Tynewick  Borough Council ", "sector": "public"}
    )
    council.refresh_from_db()
    assert (council.name, council.name_key) == (
        "Tynewick Borough Council",
        "tynewick borough council",
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "HARBOUR home care.",
            "Enter another name. There is already an organisation with this name.",
        ),
        ("...", "Enter the organisation’s name in letters or numbers."),
        ("", "Enter a name for the organisation."),
        ("x" * 201, "Shorten this to 200 characters; it has 201."),
    ],
)
def test_invalid_organisation_name_shows_an_error_at_the_field(
    administrator_client: Client,
    council: Organisation,
    stranger_at_work: User,
    name: str,
    sentence: str,
) -> None:
    response = administrator_client.post(edit_url(council), {"name": name, "sector": "public"})
    assert response.context["form"].errors == {"name": [sentence]}
    assert response.context["form"]["name"].value() == name
    assert "<h1>Tynewick Council</h1>" in response.content.decode()


def test_organisation_requires_permission(
    council: Organisation,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
    facilitator_client: Client,
) -> None:
    people = (participant_client, outsider_client, other_facilitator_client, facilitator_client)
    assert [each.get(edit_url(council)).status_code for each in people] == [403, 403, 404, 200]


# Merging


@pytest.fixture
def duplicate(stranger_at_work: User) -> Organisation:
    return Organisation.objects.get(name="Harbour Home Care")


def merge_url(into: Organisation, duplicate: Organisation) -> str:
    return reverse("cohorts:organisation_merge", args=[into.public_id, duplicate.public_id])


def test_duplicates_suggests_similar_names_and_searches(
    administrator_client: Client, council: Organisation, duplicate: Organisation
) -> None:
    similar = Organisation.objects.create(name="TYNEWICK C.C.", name_key="tynewick c.c")
    address = reverse("cohorts:organisation_duplicates", args=[council.public_id])
    rows = administrator_client.get(address).context["rows"]
    assert rows == [(similar, 0)]
    found = administrator_client.get(address, {"q": "harb"})
    assert found.context["rows"] == [(duplicate, 1)]
    assert merge_url(council, duplicate) in found.content.decode()


def test_merge_shows_what_moves_first_and_then_moves_it(
    administrator_client: Client, council: Organisation, duplicate: Organisation
) -> None:
    page = " ".join(
        administrator_client.get(merge_url(council, duplicate)).content.decode().split()
    )
    assert "<strong>1 person moves</strong> to “Tynewick Council”" in page
    assert merge_url(duplicate, council) in page
    duplicate.refresh_from_db()
    assert duplicate.merged_into is None  # GET shows

    done = administrator_client.post(merge_url(council, duplicate), follow=True)
    assert shown(done) == ["Tynewick Council"]
    page = done.content.decode()
    assert "You can undo it for a day." in page
    undo = reverse("cohorts:organisation_merge_undo", args=[duplicate.public_id])
    assert f'href="{undo}"' in page

    assert "moves back" in administrator_client.get(undo).content.decode()
    back = administrator_client.post(undo, follow=True)
    assert shown(back) == ["Harbour Home Care", "Tynewick Council"]
    assert User.objects.get(name="Una Elsewhere").memberships.get().organisation == duplicate


def test_merge_cannot_be_undone_after_a_day(
    administrator_client: Client, council: Organisation, duplicate: Organisation
) -> None:
    administrator_client.post(merge_url(council, duplicate))
    Organisation.objects.filter(pk=duplicate.pk).update(merged_at=timezone.now() - UNDOABLE_FOR)
    undo = reverse("cohorts:organisation_merge_undo", args=[duplicate.public_id])
    page = administrator_client.get(undo).content.decode()
    assert "can’t be undone any more" in page
    assert "Undo the merge</button>" not in page
    assert (
        "can’t be undone any more" in administrator_client.post(undo, follow=True).content.decode()
    )
    assert undo not in administrator_client.get(ORGANISATIONS).content.decode()


def test_merged_organisation_has_no_pages(
    administrator_client: Client, council: Organisation, duplicate: Organisation
) -> None:
    administrator_client.post(merge_url(council, duplicate))
    for address in (
        edit_url(duplicate),
        merge_url(council, duplicate),
        merge_url(council, council),
    ):
        assert administrator_client.get(address).status_code == 404


def test_only_administrators_merge(
    facilitator_client: Client, participant: User, council: Organisation, duplicate: Organisation
) -> None:
    duplicates = reverse("cohorts:organisation_duplicates", args=[council.public_id])
    undo = reverse("cohorts:organisation_merge_undo", args=[duplicate.public_id])
    for address in (duplicates, merge_url(council, duplicate), undo):
        assert facilitator_client.get(address).status_code == 403
    assert facilitator_client.post(merge_url(council, duplicate)).status_code == 403
    assert duplicates not in facilitator_client.get(edit_url(council)).content.decode()
