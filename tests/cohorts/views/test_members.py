from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from cohorts.needs import Need
from tests.queries import CapturedQueries

Role = Membership.Role
NEW = {
    "name": "Dev Rahman",
    "email": "Dev@Example.org",
    "organisation": "Northfold Foodbank",
    "sector": "voluntary",
    "job_title": "Chief Executive",
    "needs": "Step-free access",
    "role": "participant",
}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url(name: str, thing: Cohort | Membership) -> str:
    return reverse(f"cohorts:{name}", args=[thing.public_id])


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.get()


@pytest.fixture
def join(cohort: Cohort) -> Callable[..., Membership]:
    def join(name: str, **facts: object) -> Membership:
        user = User.objects.create_user(f"{name.lower()}@example.org", name)
        return Membership.objects.create(cohort=cohort, user=user, **facts)

    return join


# The list of a cohort's members


def test_list_shows_facilitators_all_columns(
    facilitator_client: Client, cohort: Cohort, member: Membership, join: Callable[..., Membership]
) -> None:
    join("Ceri", needs="Vegan")
    join("Dev", needs="vegan")
    join("Hal", needs="Step-free access").leave(by=None, at=timezone.now())
    page = facilitator_client.get(url("member_list", cohort))
    assert [each.user.name for each in page.context["participants"]] == [
        "Amina Rahman",
        "Ceri",
        "Dev",
    ]
    assert [each.user.name for each in page.context["facilitators"]] == ["Ruth Okafor"]
    assert [each.user.name for each in page.context["left"]] == ["Hal"]
    assert page.context["needs"] == [Need("Vegan", 2, ())]
    assert page.context["sectors"] == [("public", 1)]
    assert "amina.participant@example.org" in text(page)
    assert "3 participants · 1 organisation · 22 places" in text(page)


def test_list_shows_members_names_and_organisations_only(
    participant_client: Client, cohort: Cohort, facilitator: User, join: Callable[..., Membership]
) -> None:
    join("Dev", needs="Vegan", job_title="Trustee")
    page = text(participant_client.get(url("member_list", cohort)))
    assert [
        words in page for words in ("Amina Rahman", "Tynewick Council", "Dev", "Ruth Okafor")
    ] == [True] * 4
    assert [
        words in page for words in ("@example.org", "Vegan", "Trustee", "/members/", "Add one")
    ] == [False] * 5


def test_list_is_not_found_for_former_members(
    participant_client: Client, cohort: Cohort, member: Membership
) -> None:
    member.leave(by=None, at=timezone.now())
    assert participant_client.get(url("member_list", cohort)).status_code == 403


def test_empty_list_offers_the_upload_first(facilitator_client: Client, cohort: Cohort) -> None:
    page = text(facilitator_client.get(url("member_list", cohort)))
    assert f'<a class="button primary" href="{url("people_file_upload", cohort)}">' in page
    assert "No participants yet" in page


def test_list_warns_when_there_are_more_people_than_places(
    facilitator_client: Client, cohort: Cohort, member: Membership
) -> None:
    page = url("member_list", cohort)
    assert "than the" not in text(facilitator_client.get(page))
    Cohort.objects.update(capacity=1)
    Membership.objects.create(cohort=cohort, user=User.objects.create_user("x@example.org", "X"))
    assert "There is 1 person more than the number of places, 1." in text(
        facilitator_client.get(page)
    )


@pytest.mark.parametrize("role", ["facilitator", "participant"])
def test_list_makes_a_constant_number_of_queries(
    role: str, request: pytest.FixtureRequest, cohort: Cohort, facilitator: User, member: Membership
) -> None:
    client = request.getfixturevalue(f"{role}_client")
    counts = []
    for many in (0, 30):
        for number in range(many):
            organisation = Organisation.objects.create(
                name=f"Firm {number}", name_key=f"firm {number}"
            )
            user = User.objects.create_user(f"{number}@example.org", f"Person {number}")
            member = Membership.objects.create(cohort=cohort, user=user, organisation=organisation)
            if number % 2:
                member.leave(by=facilitator, at=timezone.now())
        with CapturedQueries() as queries:
            client.get(url("member_list", cohort))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


# Adding a member


def test_add_creates_a_member(facilitator_client: Client, cohort: Cohort) -> None:
    response = facilitator_client.post(url("member_add", cohort), NEW)
    assert response.headers["Location"] == url("member_list", cohort)
    member = cohort.memberships.participating().select_related("user", "organisation").get()
    assert (member.user.email, member.user.name) == ("dev@example.org", "Dev Rahman")
    assert member.organisation is not None
    assert (member.organisation.name, member.organisation.sector) == (
        "Northfold Foodbank",
        Sector.VOLUNTARY,
    )
    assert (member.job_title, member.needs) == ("Chief Executive", "Step-free access")


def test_add_removes_invisible_characters(facilitator_client: Client, cohort: Cohort) -> None:
    facilitator_client.post(url("member_add", cohort), {**NEW, "name": "De\x00v \u202eRahman"})
    assert cohort.memberships.participating().get().user.name == "Dev Rahman"


def test_facilitator_can_add_a_facilitator(
    facilitator_client: Client, cohort: Cohort, outsider: User
) -> None:
    facilitator_client.post(
        url("member_add", cohort), {**NEW, "email": outsider.email, "role": "facilitator"}
    )
    assert cohort.is_convened_by(outsider)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter the person’s name."),
        ("name", "\u202e\u200b", "Enter the person’s name."),
        (
            "name",
            "=cmd()",
            "Enter the person’s name. This starts with “=”, like a spreadsheet formula.",
        ),
        ("name", "x" * 151, "Shorten this to 150 characters; it has 151."),
        (
            "email",
            "dev@",
            "Enter a valid e-mail address, for example amina@example.org.",
        ),
        ("email", "", "Enter the person’s e-mail address."),
        (
            "email",
            "ruth.facilitator@example.org",
            "Ruth Okafor is already in North East, spring 2027.",
        ),
        ("sector", "", "Choose a sector for Northfold Foodbank, which is new here."),
        ("organisation", "...", "Enter the organisation’s name in letters or numbers."),
        ("role", "king", "Select a valid choice. king is not one of the available choices."),
    ],
)
def test_invalid_add_shows_errors_with_the_input(
    facilitator_client: Client, cohort: Cohort, field: str, value: str, sentence: str
) -> None:
    before = Organisation.objects.count()
    response = facilitator_client.post(url("member_add", cohort), {**NEW, field: value})
    form = response.context["form"]
    assert form.errors == {field: [sentence]}
    assert (form["job_title"].value(), form[field].value()) == ("Chief Executive", value)
    assert not cohort.memberships.participating().exists()
    assert Organisation.objects.count() == before  # nothing is saved


# Editing a member


def test_edit_shows_saved_values(facilitator_client: Client, member: Membership) -> None:
    form = facilitator_client.get(url("member_edit", member)).context["form"]
    assert [form[name].value() for name in ("name", "email", "organisation", "role")] == [
        "Amina Rahman",
        "amina.participant@example.org",
        "Tynewick Council",
        "participant",
    ]


def test_edit_saves(facilitator_client: Client, cohort: Cohort, member: Membership) -> None:
    changed = {**NEW, "name": "Amina Ali", "email": "amina@example.org"}
    response = facilitator_client.post(url("member_edit", member), changed)
    assert response.headers["Location"] == url("member_list", cohort)
    member = Membership.objects.select_related("user", "organisation").get(pk=member.pk)
    assert (member.user.name, member.user.email) == ("Amina Ali", "amina@example.org")
    assert (str(member.organisation), member.needs) == ("Northfold Foodbank", "Step-free access")


def test_edit_shows_the_sector_and_saves_another(
    facilitator_client: Client, member: Membership, council: Organisation
) -> None:
    form = facilitator_client.get(url("member_edit", member)).context["form"]
    assert form["sector"].value() == "public"
    facts = {**form.initial, "sector": "private"}
    facilitator_client.post(url("member_edit", member), facts)
    council.refresh_from_db()
    assert council.sector == "private"


def test_another_organisation_keeps_its_sector_unless_one_is_chosen(
    facilitator_client: Client, member: Membership
) -> None:
    moor = Organisation.objects.create(name="Moor Trust", name_key="moor trust", sector="private")
    facts = facilitator_client.get(url("member_edit", member)).context["form"].initial
    facilitator_client.post(url("member_edit", member), {**facts, "organisation": "Moor Trust"})
    moor.refresh_from_db()
    member.refresh_from_db()
    assert (member.organisation, moor.sector) == (moor, "private")


def test_add_saves_the_sector_of_an_organisation_that_is_here(
    facilitator_client: Client, cohort: Cohort, council: Organisation
) -> None:
    facilitator_client.post(
        url("member_add", cohort), {**NEW, "organisation": council.name, "sector": "private"}
    )
    council.refresh_from_db()
    assert council.sector == "private"


def test_edit_refuses_an_address_in_use(
    facilitator_client: Client, member: Membership, outsider: User
) -> None:
    response = facilitator_client.post(url("member_edit", member), {**NEW, "email": outsider.email})
    assert response.context["form"].errors == {
        "email": [
            "Enter another e-mail address. Somebody else already uses olly.outsider@example.org."
        ]
    }
    assert response.context["form"]["name"].value() == "Dev Rahman"
    assert "<h1>Amina Rahman</h1>" in text(response)
    member.user.refresh_from_db()
    assert member.user.name == "Amina Rahman"


def test_edit_disables_the_address_of_a_claimed_account(
    facilitator_client: Client, participant_client: Client, member: Membership
) -> None:
    User.objects.filter(pk=member.user_id).update(last_login=timezone.now())
    page = facilitator_client.get(url("member_edit", member))
    assert page.context["form"].fields["email"].disabled
    facilitator_client.post(url("member_edit", member), {**NEW, "email": "mine@example.org"})
    member.user.refresh_from_db()
    assert (member.user.email, member.user.name) == ("amina.participant@example.org", "Dev Rahman")


def test_edit_disables_the_address_of_a_member_of_another_cohort(
    facilitator_client: Client, other_facilitator: User, cohort: Cohort
) -> None:
    """A facilitator must not be able to take over the account of another cohort's facilitator.

    They could add the other as a member, replace the address by their own, and sign in with it.
    """
    facilitator_client.post(url("member_add", cohort), {**NEW, "email": other_facilitator.email})
    member = Membership.objects.get(cohort=cohort, user=other_facilitator)
    page = facilitator_client.get(url("member_edit", member))
    assert page.context["form"].fields["email"].disabled
    assert "Only an administrator can change the address that Tom Elsewhere signs in with." in text(
        page
    )
    facilitator_client.post(url("member_edit", member), {**NEW, "email": "mine@example.org"})
    other_facilitator.refresh_from_db()
    assert other_facilitator.email == "tom.elsewhere@example.org"


def test_pages_of_a_former_member_say_that_they_left(
    facilitator_client: Client, member: Membership
) -> None:
    member.leave(by=None, at=timezone.now())
    for name in ("member_edit", "member_move", "member_leave"):
        page = facilitator_client.get(url(name, member), follow=True)
        assert "No longer in this cohort." in text(page)


# Moving members to another cohort, and recording that they left


def test_move_offers_only_cohorts_that_the_user_runs(
    facilitator_client: Client,
    administrator_client: Client,
    other_facilitator: User,
    member: Membership,
) -> None:
    essex = other_facilitator.memberships.get().cohort
    assert "You don’t run another cohort" in text(
        facilitator_client.get(url("member_move", member))
    )
    response = facilitator_client.post(url("member_move", member), {"to": essex.public_id})
    assert response.context["form"].errors == {"to": ["Choose a cohort that you run."]}
    response = administrator_client.post(url("member_move", member), {"to": essex.public_id})
    assert response.headers["Location"] == url("member_list", essex)
    assert [each.cohort for each in member.user.memberships.active()] == [essex]


@pytest.mark.parametrize("to", ["", "\x00", "nonsense"])
def test_move_without_a_cohort_is_refused(
    facilitator_client: Client, member: Membership, to: str
) -> None:
    response = facilitator_client.post(url("member_move", member), {"to": to})
    assert list(response.context["form"].errors) == ["to"]
    member.refresh_from_db()
    assert member.is_active


def test_leave_asks_for_confirmation_and_retains_the_row(
    facilitator_client: Client, facilitator: User, member: Membership
) -> None:
    page = text(facilitator_client.get(url("member_leave", member)))
    assert "Remove Amina Rahman from this cohort?" in page
    member.refresh_from_db()
    assert member.is_active
    facilitator_client.post(url("member_leave", member))
    member.refresh_from_db()
    assert (member.is_active, member.left_by) == (False, facilitator)


def test_leave_refuses_the_only_facilitator(facilitator_client: Client, facilitator: User) -> None:
    response = facilitator_client.post(url("member_leave", facilitator.memberships.get()))
    assert "Ruth Okafor is the only facilitator of North East, spring 2027." in text(response)
    assert facilitator.memberships.get().is_active


def test_facilitator_who_leaves_is_redirected_to_the_home_page(
    facilitator_client: Client, facilitator: User, cohort: Cohort
) -> None:
    other = User.objects.create_user("tom@example.org", "Tom")
    Membership.objects.create(cohort=cohort, user=other, role=Role.FACILITATOR)
    response = facilitator_client.post(url("member_leave", facilitator.memberships.get()))
    assert response.headers["Location"] == reverse("home:today")


# Permissions of the pages of members


@pytest.mark.parametrize("name", ["cohort_edit", "member_add", "people_file_upload"])
def test_cohort_pages_require_permission(
    name: str,
    cohort: Cohort,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
) -> None:
    people = (participant_client, outsider_client, other_facilitator_client)
    assert [each.get(url(name, cohort)).status_code for each in people] == [403, 404, 404]
    assert [each.post(url(name, cohort), NEW).status_code for each in people] == [403, 404, 404]
    assert cohort.memberships.count() == 1


@pytest.mark.parametrize("name", ["member_edit", "member_move", "member_leave"])
def test_member_pages_require_permission(
    name: str,
    member: Membership,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
) -> None:
    people = (participant_client, outsider_client, other_facilitator_client)
    assert [each.get(url(name, member)).status_code for each in people] == [403, 404, 404]
    assert [each.post(url(name, member), NEW).status_code for each in people] == [403, 404, 404]
    member.refresh_from_db()
    assert member.is_active


def test_list_refuses_post(facilitator_client: Client, cohort: Cohort) -> None:
    assert facilitator_client.post(url("member_list", cohort)).status_code == 405
