"""Tests of the pages about work started together, for people who are signed in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from partnerships.models import Partnership, Party, Ripple
from tests.partnerships.conftest import OUTSIDE, Join, StartWork, party_of
from tests.surveys.pages import page

NOW = datetime(2027, 2, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client_of(member: Membership) -> Client:
    return signed_in(member.user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def path(name: str, thing: Any) -> str:
    return reverse(f"partnerships:{name}", args=[thing.public_id])


def card(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Warm homes",
        "what": "Housing hears of each discharge.",
        "kind": "information",
        "begun_on": "2027-02-10",
        **changes,
    }


OUTSIDE_FIELDS = {
    "outside_name": OUTSIDE.name,
    "outside_email": OUTSIDE.email,
    "outside_organisation": OUTSIDE.organisation,
    "outside_sector": OUTSIDE.sector,
}


def refusal(client: Client, cohort: Cohort, **changes: Any) -> str:
    """POST a card that must be refused; return the page, which shows what was typed."""
    response = client.post(path("partnership_create", cohort), card(**changes))
    assert response.status_code == 200
    text = response.content.decode()
    assert "Housing hears of each discharge." in text
    assert not Partnership.objects.exists()
    return text


def test_card_is_saved_and_its_writer_agrees(
    client_of: Client, cohort: Cohort, member: Membership, other: Membership
) -> None:
    assert "What are you starting together?" in page(client_of, path("partnership_create", cohort))
    given = card(members=[other.public_id], may_be_named="on", **OUTSIDE_FIELDS)
    response = client_of.post(path("partnership_create", cohort), given)
    partnership = Partnership.objects.get()
    assert response["Location"] == partnership.get_absolute_url()
    assert (party_of(partnership, member).agreed_at, partnership.is_confirmed) == (NOW, False)
    assert party_of(partnership, member).may_be_named
    assert not party_of(partnership, other).has_agreed
    assert party_of(partnership, None).organisation.name == "Tyne Homes"
    assert [check.months for check in partnership.checks.all()] == [3, 6, 12]
    assert "Reported by one side" in page(client_of, partnership.get_absolute_url())


def test_card_needs_people_of_two_organisations(
    client_of: Client, cohort: Cohort, member: Membership, join: Join
) -> None:
    colleague = join("Eve Hall", "Tynewick Council")
    sentence = "Choose somebody of another organisation, or enter somebody outside."
    assert sentence in refusal(client_of, cohort)
    assert sentence in refusal(client_of, cohort, members=[colleague.public_id])
    own = {**OUTSIDE_FIELDS, "outside_organisation": "tynewick council."}
    assert sentence in refusal(client_of, cohort, **own)


def test_nobody_can_tick_themselves(client_of: Client, cohort: Cohort, member: Membership) -> None:
    assert "Select a valid choice" in refusal(client_of, cohort, members=[member.public_id])


def test_outside_address_of_a_member_is_refused_with_their_name(
    client_of: Client, cohort: Cohort, member: Membership, other: Membership
) -> None:
    theirs = {**OUTSIDE_FIELDS, "outside_email": "DEV.patel@example.org "}
    text = refusal(client_of, cohort, **theirs)
    assert "Dev Patel is in this cohort. Tick their name instead." in text
    ruth = User.objects.create_user("ruth@example.org", "Ruth Okafor")
    Membership.objects.create(cohort=cohort, user=ruth, role=Membership.Role.FACILITATOR)
    facilitators = {**OUTSIDE_FIELDS, "outside_email": ruth.email}
    assert "Ruth Okafor facilitates this cohort." in refusal(client_of, cohort, **facilitators)
    own = {**OUTSIDE_FIELDS, "outside_email": member.user.email}
    assert "Enter the address of somebody else." in refusal(client_of, cohort, **own)


def test_outside_contact_must_be_whole(client_of: Client, cohort: Cohort) -> None:
    text = refusal(client_of, cohort, outside_name="Chris Webb")
    for sentence in ("Enter their e-mail address.", "Enter the organisation they work for."):
        assert sentence in text
    unknown = {**OUTSIDE_FIELDS, "outside_sector": ""}
    assert "Choose the organisation’s sector." in refusal(client_of, cohort, **unknown)


def test_one_person_can_have_us_write_to_ten_people_outside_a_day(
    client_of: Client, cohort: Cohort, other: Membership
) -> None:
    for number in range(10):
        outside = {**OUTSIDE_FIELDS, "outside_email": f"chris{number}@homes.example"}
        assert (
            client_of.post(path("partnership_create", cohort), card(**outside)).status_code == 302
        )
    more = {**OUTSIDE_FIELDS, "outside_email": "one.more@homes.example"}
    sentence = "You have entered ten people outside the cohort today. Enter this one tomorrow."
    refused = client_of.post(path("partnership_create", cohort), card(**more))
    assert sentence in refused.content.decode()
    assert "one.more@homes.example" in refused.content.decode()
    work = Partnership.objects.latest("pk")
    assert sentence in client_of.post(path("party_add", work), more).content.decode()
    assert Party.objects.filter(membership=None).count() == 10
    # Members can be named as before, and others can still enter somebody.
    named = card(members=[other.public_id])
    assert client_of.post(path("partnership_create", cohort), named).status_code == 302
    another = signed_in(other.user).post(path("partnership_create", cohort), card(**more))
    assert another.status_code == 302


def test_participant_cannot_change_the_sector_of_an_organisation(
    client_of: Client, cohort: Cohort, other: Membership
) -> None:
    given = {**OUTSIDE_FIELDS, "outside_organisation": "Tyne Mind", "outside_sector": "private"}
    client_of.post(path("partnership_create", cohort), card(**given))
    assert Party.objects.get(membership=None).organisation.sector == "voluntary"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"begun_on": "2027-01-03"}, "the cohort began then."),
        ({"begun_on": "2027-02-11"}, "Enter today or an earlier day."),
        ({"begun_on": "tomorrow"}, "Enter a day, for example 14 May 2027."),
        ({"first_step_on": "2027-02-09"}, "that is not before the day it began."),
        ({"title": ""}, "Enter a name for it."),
        ({"kind": ""}, "Choose a kind."),
        ({"kind": "war"}, "Select a valid choice"),
        ({"title": "x" * 121}, "Shorten this to 120 characters"),
    ],
)
def test_wrong_dates_and_texts_are_refused(
    client_of: Client, cohort: Cohort, changes: dict[str, str], sentence: str
) -> None:
    assert sentence in refusal(client_of, cohort, **changes)


def test_member_without_organisation_cannot_take_part_yet(
    client_of: Client, cohort: Cohort, other: Membership
) -> None:
    Membership.objects.filter(pk=other.pk).update(organisation=None)
    text = refusal(client_of, cohort, members=[other.public_id])
    assert "Ask a facilitator to enter the organisation of Dev Patel first" in text
    Membership.objects.exclude(pk=other.pk).update(organisation=None)
    text = refusal(client_of, cohort, **OUTSIDE_FIELDS)
    assert "Ask a facilitator to enter your organisation first" in text


def test_person_is_not_added_twice(
    client_of: Client, partnership: Partnership, other: Membership
) -> None:
    add = path("party_add", partnership)
    assert "Dev Patel" not in page(client_of, add)
    assert (
        "Select a valid choice"
        in client_of.post(add, {"members": [other.public_id]}).content.decode()
    )
    assert client_of.post(add, OUTSIDE_FIELDS).status_code == 302
    again = client_of.post(add, OUTSIDE_FIELDS).content.decode()
    assert "Somebody with this address is already part of it." in again
    assert "Choose somebody, or enter somebody outside." in client_of.post(add, {}).content.decode()


def test_party_is_removed(client_of: Client, partnership: Partnership, other: Membership) -> None:
    there = path("party_remove", party_of(partnership, other))
    assert "Remove Dev Patel?" in page(client_of, there)
    client_of.post(there)
    assert partnership.parties.count() == 1


def test_editing_moves_the_checks(client_of: Client, confirmed: Partnership) -> None:
    there = path("partnership_edit", confirmed)
    assert "Warm homes after hospital" in page(client_of, there)
    given = card(begun_on="2027-01-20", status="trying", first_step_on="2027-02-08")
    assert client_of.post(there, given)["Location"] == confirmed.get_absolute_url()
    confirmed.refresh_from_db()
    assert (confirmed.begun_on, confirmed.dated_at) == (date(2027, 1, 20), NOW)
    assert "Due Tuesday 20 April 2027" in page(client_of, confirmed.get_absolute_url())


def test_stopping_says_what_was_learned(client_of: Client, confirmed: Partnership) -> None:
    there = path("partnership_stop", confirmed)
    empty = client_of.post(there, {"learned": " "}).content.decode()
    assert "Say in a sentence what you learned." in empty
    client_of.post(there, {"learned": "Nobody had asked the ward."})
    shown = page(client_of, confirmed.get_absolute_url())
    assert "Nobody had asked the ward." in shown
    confirmed.refresh_from_db()
    assert confirmed.is_stopped


def test_withdrawn_work_leaves_the_list_and_cannot_be_changed(
    client_of: Client, confirmed: Partnership, cohort: Cohort
) -> None:
    there = path("partnership_withdraw", confirmed)
    assert "Withdraw this work?" in page(client_of, there)
    client_of.post(there)
    assert confirmed.title not in page(client_of, path("partnership_list", cohort))
    client_of.post(path("partnership_edit", confirmed), card(status="idea"))
    client_of.post(path("partnership_stop", confirmed), {"learned": "Much."})
    confirmed.refresh_from_db()
    assert (confirmed.title, confirmed.is_stopped) == ("Warm homes after hospital", False)
    assert "This was withdrawn." in page(client_of, confirmed.get_absolute_url())


def test_others_in_the_cohort_read_but_do_not_change(
    confirmed: Partnership, join: Join, cohort: Cohort
) -> None:
    client = signed_in(join("Eve Hall", "Wear Works").user)
    assert "Tyne Mind" in page(client, path("partnership_list", cohort))
    assert "It has stopped" not in page(client, confirmed.get_absolute_url())
    for name in ("partnership_edit", "partnership_stop", "partnership_withdraw", "party_add"):
        assert client.post(path(name, confirmed)).status_code == 403


def test_former_members_and_outsiders_see_nothing(
    confirmed: Partnership, other: Membership, outsider: User, cohort: Cohort
) -> None:
    pages = [path("partnership_list", cohort), confirmed.get_absolute_url()]
    pages += [path("ripple_list", cohort), path("ripple_screen", cohort)]
    other.leave(by=None, at=NOW)
    assert [signed_in(other.user).get(one).status_code for one in pages] == [403] * 4
    assert [signed_in(outsider).get(one).status_code for one in pages] == [404] * 4


def test_off_there_is_no_page(
    client_of: Client, facilitator_client: Client, confirmed: Partnership, cohort: Cohort
) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(uses_partnerships=False)
    for name in ("partnership_list", "partnership_create", "ripple_list", "ripple_screen"):
        assert client_of.get(path(name, cohort)).status_code == 404
        assert facilitator_client.get(path(name, cohort)).status_code == 404
    assert client_of.get(confirmed.get_absolute_url()).status_code == 404
    for there in (reverse("home:today"), cohort.get_absolute_url()):
        assert "tarted together" not in page(client_of, there)
    assert "tarted together" not in page(facilitator_client, cohort.get_absolute_url())


def test_list_counts_one_sided_work_apart(
    client_of: Client, confirmed: Partnership, start_work: StartWork, cohort: Cohort
) -> None:
    start_work(title="A joint induction")
    shown = page(client_of, path("partnership_list", cohort))
    assert "and 1 reported by one side" in shown
    assert shown.index(confirmed.title) < shown.index("A joint induction")


def test_queries_of_the_list_do_not_grow(
    client_of: Client,
    start_work: StartWork,
    cohort: Cohort,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(6):
        start_work(title=f"Work {number}", agreed=True)
    with django_assert_max_num_queries(12):
        page(client_of, path("partnership_list", cohort))
    with django_assert_max_num_queries(12):
        page(client_of, Partnership.objects.all()[0].get_absolute_url())


def test_timeline_is_filled_in_together(
    client_of: Client, facilitator_client: Client, partnership: Partnership, cohort: Cohort
) -> None:
    there = path("ripple_list", cohort)
    assert "Nothing is on the timeline yet." in page(client_of, there)
    given = {"sentence": "The wards met.", "happened_on": "2027-02-03", "surprise": "expected"}
    assert client_of.post(there, given)["Location"] == there
    first = Ripple.objects.get()
    later = {
        "sentence": "A bed was free.",
        "happened_on": "2027-02-09",
        "surprise": "unexpected",
        "follows": first.public_id,
        "partnership": partnership.public_id,
    }
    assert facilitator_client.post(there, later).status_code == 302
    for name in ("ripple_list", "ripple_screen", "ripple_lines"):
        shown = page(client_of, path(name, cohort))
        assert shown.index("The wards met.") < shown.index("Followed from: The wards met.")
    assert "A bed was free." in page(client_of, partnership.get_absolute_url())
    wrong = client_of.post(there, given | {"happened_on": "2027-02-11"}).content.decode()
    assert "Enter today or an earlier day." in wrong


def test_only_its_writer_and_conveners_delete_a_line(
    client_of: Client, facilitator_client: Client, other: Membership, cohort: Cohort
) -> None:
    there = path("ripple_list", cohort)
    given = {"sentence": "The wards met.", "happened_on": "2027-02-03", "surprise": "expected"}
    for _ in range(2):
        client_of.post(there, given)
    first, second = Ripple.objects.all()
    assert signed_in(other.user).post(path("ripple_delete", first)).status_code == 403
    assert client_of.post(path("ripple_delete", first)).status_code == 302
    assert facilitator_client.post(path("ripple_delete", second)).status_code == 302
    assert not Ripple.objects.exists()
