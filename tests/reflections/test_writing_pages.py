"""The author's own pages: write, find again, change, choose readers, delete."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.models import Audience, Reflection
from reflections.readers import seal_of
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from workshops.models import Workshop

Entry = Callable[..., Reflection]
NEW = "/reflections/new/"


def text_of(response: object) -> str:
    """The page's words, as somebody reads them."""
    content: str = response.content.decode()  # type: ignore[attr-defined]
    body = content.split("<main", 1)[1].split("</main>")[0].split(">", 1)[1]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def chosen(content: str) -> list[str]:
    """The audiences that are ticked."""
    radios = re.findall(r"<input type=\"radio\" name=\"audience\"[^>]*>", content)
    return [re.findall(r'value="(\w+)"', radio)[0] for radio in radios if " checked" in radio]


def offered(content: str) -> list[str]:
    return re.findall(r"<input type=\"radio\" name=\"audience\" value=\"(\w+)\"", content)


def page(client: Client, entry: Reflection, act: str) -> str:
    return reverse(f"reflections:reflection_{act}", args=[entry.public_id])


# Writing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?audience=cohort", "?body=Hello&audience=facilitators&prompt=1"])
def test_only_me_is_chosen_whatever_the_address_says(
    participant_client: Client, facilitator: User, workshop: Workshop, query: str
) -> None:
    content = participant_client.get(NEW + query).content.decode()
    assert chosen(content) == ["me"]
    assert offered(content) == ["me", "facilitators", "cohort"]
    assert "Hello" not in content


def test_cards_name_who_could_read_it(
    participant_client: Client, cohort: Cohort, facilitator: User, peer: User
) -> None:
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    text = text_of(participant_client.get(NEW))
    assert "Only me Not facilitators, not administrators, not any report." in text
    assert "My facilitators Ruth and Tom. Never in a report." in text
    assert "My cohort 3 people, by name. What’s said here stays here." in text
    assert "whoever runs this server and holds that key could read it" in text


def test_entry_is_kept_with_workshop_question_and_audience(
    participant_client: Client, participant: User, facilitator: User, workshop: Workshop
) -> None:
    address = f"{NEW}?workshop={workshop.public_id}&prompt=2"
    content = participant_client.get(address).content.decode()
    assert "After workshop 3 · Trust and conflict" in content
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', content))
    assert hidden["question"] == "What would you do again?"
    response = participant_client.post(NEW, hidden | {"body": MARKER, "audience": "facilitators"})
    entry = Reflection.objects.get()
    assert (response.status_code, response["Location"]) == (302, entry.get_absolute_url())
    assert (entry.author, entry.cohort, entry.workshop, entry.prompt, entry.body, entry.audience) == (
        participant,
        workshop.cohort,
        workshop,
        "What would you do again?",
        MARKER,
        Audience.FACILITATORS,
    )
    participant_client.post(NEW, hidden | {"body": MARKER, "audience": "facilitators"})
    assert Reflection.objects.count() == 1


def test_entry_without_a_choice_is_only_me(participant_client: Client, facilitator: User) -> None:
    participant_client.post(NEW, {"body": MARKER})
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_homes_short_form_is_taken(participant_client: Client, workshop: Workshop) -> None:
    data = {"cohort": workshop.cohort.public_id, "workshop": workshop.public_id, "audience": "me", "body": MARKER}
    assert participant_client.post(NEW, data).status_code == 302
    assert Reflection.objects.get().workshop == workshop


def test_question_that_is_not_asked_any_more_is_not_noted(
    participant_client: Client, workshop: Workshop
) -> None:
    data = {"workshop": workshop.public_id, "question": "An old question?", "body": MARKER}
    participant_client.post(NEW, data)
    entry = Reflection.objects.get()
    assert (entry.workshop, entry.prompt) == (workshop, "")


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "²", "99999999999", "1.0", ""])
def test_question_that_is_not_there_is_no_question(
    participant_client: Client, workshop: Workshop, number: str
) -> None:
    response = participant_client.get(NEW, {"workshop": workshop.public_id, "prompt": number})
    assert response.status_code == 200
    assert 'name="question"' not in response.content.decode()


def test_blank_page_offers_the_latest_workshops_questions(
    participant_client: Client, workshop: Workshop
) -> None:
    Workshop.objects.create(cohort=workshop.cohort, position=4, title="Later", prompts="Not yet?")
    content = participant_client.get(NEW).content.decode()
    for number in (1, 2):
        assert f'href="{NEW}?workshop={workshop.public_id}&amp;prompt={number}"' in content
    assert "Not yet?" not in content


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"body": ""}, "Write a few words first."),
        ({"body": " \r\n\u200b\u00a0 "}, "Write a few words first."),
        (
            {"body": "é" * 20_001},
            "This has 20,001 characters, and 20,000 is as many as fit. "
            "It is all still here: shorten it, or keep it as two reflections.",
        ),
        ({"body": MARKER, "audience": "employer"}, "Choose one of these: who is in the cohort has changed."),
        ({"body": MARKER, "audience": "facilitators"}, "Choose one of these: who is in the cohort has changed."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    participant_client: Client, data: dict[str, str], sentence: str
) -> None:
    """There is no facilitator here to share with."""
    response = participant_client.post(NEW, data)
    content = html.unescape(response.content.decode())
    assert (response.status_code, Reflection.objects.count()) == (200, 0)
    assert f"</span>{sentence}</p>" in content
    assert data["body"].strip(" \r\n") in content


def test_somebody_in_two_cohorts_chooses(
    participant_client: Client, participant: User, cohort: Cohort, programme: Programme
) -> None:
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    Membership.objects.create(cohort=other, user=participant)
    content = participant_client.get(NEW).content.decode()
    assert re.findall(r'href="/reflections/new/\?cohort=(\w+)"', content) == [other.public_id, cohort.public_id]
    assert "<textarea" not in content
    content = participant_client.get(NEW, {"cohort": cohort.public_id}).content.decode()
    assert f'name="cohort" value="{cohort.public_id}"' in content


def test_who_left_writes_only_for_themselves(
    participant_client: Client, participant: User, facilitator: User
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    assert offered(participant_client.get(NEW).content.decode()) == ["me"]
    response = participant_client.post(NEW, {"body": MARKER, "audience": "cohort"})
    assert (response.status_code, Reflection.objects.count()) == (200, 0)
    participant_client.post(NEW, {"body": MARKER, "audience": "me"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_facilitators_write_and_share_with_the_other_facilitators(
    facilitator_client: Client, cohort: Cohort
) -> None:
    content = facilitator_client.get(NEW).content.decode()
    assert offered(content) == ["me"]
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    response = facilitator_client.get(NEW)
    assert offered(response.content.decode()) == ["me", "facilitators", "cohort"]
    assert "The other facilitators Tom. Never in a report." in text_of(response)


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_in_no_cohort_is_told_why(
    administrator_client: Client, outsider_client: Client, workshop: Workshop, method: str
) -> None:
    data = {"workshop": workshop.public_id, "body": MARKER}
    administrators, outsiders = (
        getattr(client, method)(NEW, data) for client in (administrator_client, outsider_client)
    )
    assert (administrators.status_code, outsiders.status_code) == (403, 403)
    assert "you neither write here nor read what others write" in text_of(administrators)
    assert "Once somebody has brought you into a cohort" in text_of(outsiders)
    assert not Reflection.objects.exists()


def test_places_of_others_are_not_found(
    other_facilitator_client: Client, cohort: Cohort, workshop: Workshop
) -> None:
    for data in (
        {"workshop": workshop.public_id},
        {"cohort": cohort.public_id},
        {"workshop": "nonsense"},
        {"cohort": "\0"},
    ):
        assert other_facilitator_client.get(NEW, data).status_code == 404
        assert other_facilitator_client.post(NEW, data | {"body": MARKER}).status_code == 404
    assert not Reflection.objects.exists()


# Finding again --------------------------------------------------------------------------------------------------------


def test_list_goes_back_along_the_journey(
    participant_client: Client, entry: Entry, workshop: Workshop, peer: User, facilitator: User
) -> None:
    fourth = Workshop.objects.create(cohort=workshop.cohort, position=4, title="Power and prejudice")
    now = timezone.now()
    entry(body="Of no workshop", at=now)
    entry(body="Of the third, first", workshop=workshop, at=now - timedelta(days=3), audience=Audience.COHORT)
    entry(body="Of the third, second", workshop=workshop, at=now - timedelta(days=2))
    entry(body="Of the fourth", workshop=fourth, at=now - timedelta(days=4), audience=Audience.FACILITATORS)
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
        "Whenever it came to you",
        "Of no workshop",
    ]
    places = [text.find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "Dev’s own" not in text


def test_empty_list_invites(participant_client: Client, administrator_client: Client) -> None:
    assert "Nothing written yet" in text_of(participant_client.get("/reflections/"))
    assert "/reflections/new/" not in administrator_client.get("/reflections/").content.decode()


def test_list_has_pages(participant_client: Client, entry: Entry) -> None:
    for number in range(31):
        entry(body=f"Entry {number}.", at=timezone.now() + timedelta(minutes=number))
    first, second = (text_of(participant_client.get("/reflections/", {"page": one})) for one in (1, 2))
    assert ("Entry 30." in first, "Entry 0." in first, "Entry 0." in second) == (True, False, True)
    assert participant_client.get("/reflections/", {"page": "x"}).status_code == 200


@pytest.mark.parametrize("address", ["/reflections/", "detail", "edit", "share"])
def test_own_pages_ask_as_much_of_one_as_of_thirty(
    participant_client: Client, cohort: Cohort, entry: Entry, facilitator: User, workshop: Workshop, address: str
) -> None:
    kept = entry(workshop=workshop, audience=Audience.COHORT, at=timezone.now() + timedelta(days=1))
    url = address if "/" in address else page(participant_client, kept, address)

    def queries() -> int:
        with CaptureQueriesContext(connection, ) as queries:
            assert participant_client.get(url).status_code == 200
        return len(queries)

    few = queries()
    for number in range(29):
        user = User.objects.create_user(f"more{number}@example.org", f"More {number}")
        Membership.objects.create(cohort=cohort, user=user)
        entry(body="More", workshop=workshop)
        kept.replies.create(author=user, body="Yes", written_at=kept.written_at)
    assert queries() == few
    assert few <= 12


# Changing -------------------------------------------------------------------------------------------------------------


def test_words_are_changed_and_readers_are_not(
    participant_client: Client, entry: Entry, facilitator: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    url = page(participant_client, kept, "edit")
    assert MARKER in participant_client.get(url).content.decode()
    response = participant_client.post(url, {"body": "Better words", "audience": "cohort"})
    assert response["Location"] == kept.get_absolute_url()
    now = Reflection.objects.get()
    assert (now.body, now.audience) == ("Better words", Audience.FACILITATORS)


def test_wrong_change_is_said_and_kept(participant_client: Client, entry: Entry) -> None:
    kept = entry()
    response = participant_client.post(page(participant_client, kept, "edit"), {"body": "x" * 20_001})
    assert "This has 20,001 characters" in response.content.decode()
    assert "x" * 20_001 in response.content.decode()
    assert Reflection.objects.get().body == MARKER


def test_widening_asks_once_naming_the_readers(
    participant_client: Client, entry: Entry, facilitator: User, peer: User
) -> None:
    kept = entry()
    url = page(participant_client, kept, "share")
    assert chosen(participant_client.get(url).content.decode()) == ["me"]
    asked = participant_client.post(url, {"audience": "cohort"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME
    assert "Share this with 2 people?" in text_of(asked)
    assert "Dev Patel, Ruth Okafor" in text_of(asked)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', asked.content.decode()))
    response = participant_client.post(url, {name: hidden[name] for name in ("audience", "agreed")})
    assert response["Location"] == kept.get_absolute_url()
    assert Reflection.objects.get().audience == Audience.COHORT
    text = text_of(participant_client.get(kept.get_absolute_url()))
    assert "Dev and Ruth can read it." in text


def test_widening_asks_again_if_somebody_joined_meanwhile(
    participant_client: Client, cohort: Cohort, entry: Entry, facilitator: User, peer: User
) -> None:
    kept = entry()
    agreed = seal_of("cohort", [peer, facilitator])
    late = User.objects.create_user("late@example.org", "Late Comer")
    Membership.objects.create(cohort=cohort, user=late)
    data = {"audience": "cohort", "agreed": agreed}
    assert "Late Comer" in text_of(participant_client.post(page(participant_client, kept, "share"), data))
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_narrowing_asks_nothing(
    participant_client: Client, facilitator_client: Client, entry: Entry
) -> None:
    kept = entry(audience=Audience.FACILITATORS, at=timezone.now() + timedelta(seconds=1))
    assert facilitator_client.get(kept.get_absolute_url()).status_code == 200
    participant_client.post(page(participant_client, kept, "share"), {"audience": "me"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME
    assert facilitator_client.get(kept.get_absolute_url()).status_code == 404


def test_unknown_audience_is_refused(participant_client: Client, entry: Entry, facilitator: User) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    response = participant_client.post(page(participant_client, kept, "share"), {"audience": "funder"})
    assert "Choose one of these" in text_of(response)
    assert Reflection.objects.get().audience == Audience.FACILITATORS


def test_deleting_asks_then_takes_all_of_it(
    participant_client: Client, entry: Entry, facilitator: User
) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    kept.replies.create(author=facilitator, body="Yes", written_at=kept.written_at)
    url = page(participant_client, kept, "delete")
    assert "Delete this reflection?" in text_of(participant_client.get(url))
    assert Reflection.objects.count() == 1
    assert participant_client.post(url)["Location"] == "/reflections/"
    assert not Reflection.objects.exists()
    assert participant_client.get(kept.get_absolute_url()).status_code == 404


# Doors ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["detail", "edit", "share", "delete"])
def test_pages_of_an_entry_are_closed_to_others(
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
            assert client.get(page(client, kept, act)).status_code == 404
    assert facilitator_client.get(page(facilitator_client, private, act)).status_code == 404
    expected = 200 if act == "detail" else 403
    assert facilitator_client.get(page(facilitator_client, shared, act)).status_code == expected
    if act != "detail":
        data = {"body": "Theirs", "audience": "me"}
        assert facilitator_client.post(page(facilitator_client, shared, act), data).status_code == 403
    assert [one.body for one in Reflection.objects.all()] == [MARKER, MARKER]


@pytest.mark.parametrize(
    ("act", "method"),
    [("detail", "post"), ("edit", "put"), ("share", "delete"), ("delete", "delete"), ("list", "post"), ("create", "put")],
)
def test_wrong_methods_are_refused(participant_client: Client, entry: Entry, act: str, method: str) -> None:
    kept = entry()
    arguments = [] if act in ("list", "create") else [kept.public_id]
    url = reverse(f"reflections:reflection_{act}", args=arguments)
    assert getattr(participant_client, method)(url).status_code == 405


def test_visitors_are_asked_to_sign_in(client: Client, entry: Entry) -> None:
    for url in ("/reflections/", NEW, entry().get_absolute_url()):
        response = client.get(url)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/sign-in/")


def test_what_is_written_is_kept_by_no_browser(participant_client: Client, entry: Entry) -> None:
    kept = entry()
    for url in ("/reflections/", kept.get_absolute_url(), page(participant_client, kept, "edit")):
        assert "no-store" in participant_client.get(url)["Cache-Control"]


def test_administrator_who_takes_part_reads_as_a_member(
    administrator: User, cohort: Cohort, entry: Entry
) -> None:
    Membership.objects.create(cohort=cohort, user=administrator)
    later = timezone.now() + timedelta(seconds=1)
    to_all, to_some = entry(audience=Audience.COHORT, at=later), entry(audience=Audience.FACILITATORS, at=later)
    client = signed_in(administrator)
    assert client.get(to_all.get_absolute_url()).status_code == 200
    assert client.get(to_some.get_absolute_url()).status_code == 404
