"""The pages of an author's own reflections: list, edit, share and delete; and permissions."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.audience.readers import readers_token
from reflections.models import Audience, Reflection
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.reflections.conftest import MARKER
from tests.reflections.pages import checked_audiences, reflection_url, text_of
from workshops.models import Workshop

pytestmark = pytest.mark.both  # it searches

Entry = Callable[..., Reflection]
NEW = "/reflections/new/"


# The list of an author's reflections --------------------------------------------------------------


def test_list_groups_entries_by_workshop_latest_first(
    participant_client: Client, entry: Entry, workshop: Workshop, peer: User, facilitator: User
) -> None:
    fourth = Workshop.objects.create(
        cohort=workshop.cohort, position=4, title="Power and prejudice"
    )
    now = timezone.now()
    entry(body="Of no workshop", at=now)
    entry(
        body="Of the third, first",
        workshop=workshop,
        at=now - timedelta(days=3),
        audience=Audience.COHORT,
    )
    entry(body="Of the third, second", workshop=workshop, at=now - timedelta(days=2))
    entry(
        body="Of the fourth",
        workshop=fourth,
        at=now - timedelta(days=4),
        audience=Audience.FACILITATORS,
    )
    entry(body="Dev’s own", author=peer)
    text = text_of(participant_client.get("/reflections/"))
    words = [
        "4 · Power and prejudice",
        "Shared with your facilitators",
        "Of the fourth",
        "3 · Trust and conflict",
        "Only you can read this",
        "Of the third, second",
        "Shared with your cohort",
        "Of the third, first",
        "At other times",
        "Of no workshop",
    ]
    places = [text.find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "Dev’s own" not in text


def test_empty_list_says_so_and_offers_administrators_no_new_page(
    participant_client: Client, administrator_client: Client
) -> None:
    assert "Nothing written yet" in text_of(participant_client.get("/reflections/"))
    assert "/reflections/new/" not in administrator_client.get("/reflections/").content.decode()


def test_list_is_paginated(participant_client: Client, entry: Entry) -> None:
    for number in range(31):
        entry(body=f"Entry {number}.", at=timezone.now() + timedelta(minutes=number))
    first, second = (
        text_of(participant_client.get("/reflections/", {"page": one})) for one in (1, 2)
    )
    assert ("Entry 30." in first, "Entry 0." in first, "Entry 0." in second) == (True, False, True)
    assert participant_client.get("/reflections/", {"page": "x"}).status_code == 200


@pytest.mark.parametrize("address", ["/reflections/", "detail", "edit", "share"])
def test_page_query_counts_are_constant(
    participant_client: Client,
    cohort: Cohort,
    entry: Entry,
    facilitator: User,
    workshop: Workshop,
    address: str,
) -> None:
    kept = entry(workshop=workshop, audience=Audience.COHORT, at=timezone.now() + timedelta(days=1))
    url = address if "/" in address else reflection_url(kept, address)

    def queries() -> int:
        with CapturedQueries() as queries:
            assert participant_client.get(url).status_code == 200
        return len(queries)

    few = queries()
    for number in range(29):
        user = User.objects.create_user(f"more{number}@example.org", f"More {number}")
        Membership.objects.create(cohort=cohort, user=user)
        entry(body="More", workshop=workshop)
        kept.replies.create(author=user, body="Yes", written_at=kept.written_at)
    participant_client.get(url)  # the first visit records that the replies were seen
    assert queries() == few
    assert few <= 12


# Editing and sharing a reflection -----------------------------------------------------------------


def test_edit_changes_text_but_not_audience(
    participant_client: Client, entry: Entry, facilitator: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    url = reflection_url(kept, "edit")
    assert MARKER in participant_client.get(url).content.decode()
    response = participant_client.post(url, {"body": "Better words", "audience": "cohort"})
    assert response["Location"] == kept.get_absolute_url()
    now = Reflection.objects.get()
    assert (now.body, now.audience) == ("Better words", Audience.FACILITATORS)


def test_invalid_edit_shows_error_and_typed_text(participant_client: Client, entry: Entry) -> None:
    kept = entry()
    response = participant_client.post(reflection_url(kept, "edit"), {"body": "x" * 20_001})
    assert "This has 20,001 characters" in response.content.decode()
    assert "x" * 20_001 in response.content.decode()
    assert Reflection.objects.get().body == MARKER


def test_widening_requires_confirmation_naming_the_readers(
    participant_client: Client, entry: Entry, facilitator: User, peer: User
) -> None:
    kept = entry()
    url = reflection_url(kept, "share")
    assert checked_audiences(participant_client.get(url).content.decode()) == ["me"]
    asked = participant_client.post(url, {"audience": "cohort"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME
    assert "Share this with 2 people?" in text_of(asked)
    assert "Dev Patel, Ruth Okafor" in text_of(asked)
    hidden = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', asked.content.decode())
    )
    response = participant_client.post(url, {name: hidden[name] for name in ("audience", "agreed")})
    assert response["Location"] == kept.get_absolute_url()
    assert Reflection.objects.get().audience == Audience.COHORT
    text = text_of(participant_client.get(kept.get_absolute_url()))
    assert "Dev and Ruth can read it." in text


def test_widening_requires_confirmation_again_after_somebody_joins(
    participant_client: Client, cohort: Cohort, entry: Entry, facilitator: User, peer: User
) -> None:
    kept = entry()
    agreed = readers_token("cohort", [peer, facilitator])
    late = User.objects.create_user("late@example.org", "Late Comer")
    Membership.objects.create(cohort=cohort, user=late)
    data = {"audience": "cohort", "agreed": agreed}
    assert "Late Comer" in text_of(participant_client.post(reflection_url(kept, "share"), data))
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_narrowing_requires_no_confirmation(
    participant_client: Client, facilitator_client: Client, entry: Entry
) -> None:
    kept = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    assert facilitator_client.get(kept.get_absolute_url()).status_code == 200
    participant_client.post(reflection_url(kept, "share"), {"audience": "me"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME
    assert facilitator_client.get(kept.get_absolute_url()).status_code == 404


def test_unknown_audience_is_refused(
    participant_client: Client, entry: Entry, facilitator: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    response = participant_client.post(reflection_url(kept, "share"), {"audience": "funder"})
    assert "Choose again" in text_of(response)
    assert Reflection.objects.get().audience == Audience.FACILITATORS


def test_deletion_requires_confirmation(
    participant_client: Client, entry: Entry, facilitator: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    kept.replies.create(author=facilitator, body="Yes", written_at=kept.written_at)
    url = reflection_url(kept, "delete")
    assert "Delete this reflection?" in text_of(participant_client.get(url))
    assert Reflection.objects.count() == 1
    assert participant_client.post(url)["Location"] == "/reflections/"
    assert not Reflection.objects.exists()
    assert participant_client.get(kept.get_absolute_url()).status_code == 404


# Permissions of the pages of reflections ----------------------------------------------------------


@pytest.mark.parametrize("act", ["detail", "edit", "share", "delete"])
def test_entry_pages_enforce_permissions(
    entry: Entry,
    act: str,
    facilitator_client: Client,
    other_facilitator_client: Client,
    administrator_client: Client,
    outsider_client: Client,
    peer_client: Client,
) -> None:
    private = entry()
    shared = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    strangers = (other_facilitator_client, administrator_client, outsider_client, peer_client)
    for kept in (private, shared):
        for client in strangers:
            assert client.get(reflection_url(kept, act)).status_code == 404
    assert facilitator_client.get(reflection_url(private, act)).status_code == 404
    expected = 200 if act == "detail" else 403
    assert facilitator_client.get(reflection_url(shared, act)).status_code == expected
    if act != "detail":
        data = {"body": "Theirs", "audience": "me"}
        assert facilitator_client.post(reflection_url(shared, act), data).status_code == 403
    assert [one.body for one in Reflection.objects.all()] == [MARKER, MARKER]


@pytest.mark.parametrize(
    ("act", "method"),
    [
        ("detail", "post"),
        ("edit", "put"),
        ("share", "delete"),
        ("delete", "delete"),
        ("list", "post"),
        ("create", "put"),
    ],
)
def test_wrong_methods_are_refused(
    participant_client: Client, entry: Entry, act: str, method: str
) -> None:
    kept = entry()
    arguments = [] if act in ("list", "create") else [kept.public_id]
    url = reverse(f"reflections:reflection_{act}", args=arguments)
    assert getattr(participant_client, method)(url).status_code == 405


def test_anonymous_user_is_redirected_to_sign_in(client: Client, entry: Entry) -> None:
    for url in ("/reflections/", NEW, entry().get_absolute_url()):
        response = client.get(url)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/sign-in/")


def test_pages_with_text_are_not_cached(participant_client: Client, entry: Entry) -> None:
    kept = entry()
    for url in ("/reflections/", kept.get_absolute_url(), reflection_url(kept, "edit")):
        assert "no-store" in participant_client.get(url)["Cache-Control"]


def test_new_page_may_be_cached_for_going_back(participant_client: Client) -> None:
    assert participant_client.get(NEW)["Cache-Control"] == "private, no-cache"


def test_administrator_who_is_a_participant_reads_as_a_participant(
    administrator: User, cohort: Cohort, entry: Entry
) -> None:
    Membership.objects.create(cohort=cohort, user=administrator)
    later = timezone.now() + timedelta(seconds=1)
    to_all, to_some = (
        entry(audience=Audience.COHORT, at=later),
        entry(audience=Audience.FACILITATORS, at=later),
    )
    client = signed_in(administrator)
    assert client.get(to_all.get_absolute_url()).status_code == 200
    assert client.get(to_some.get_absolute_url()).status_code == 404
