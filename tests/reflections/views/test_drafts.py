"""What an open page sends and is answered, and the pages of the unfinished: their writer's, and nobody else's."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.models import DRAFT_LENGTH, Draft, Reflection
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from tests.reflections.pages import text_of
from workshops.models import Workshop

Entry = Callable[..., Reflection]
ENTRY = "newentry2345"
SAVE, LATER = f"/reflections/drafts/{ENTRY}/", f"/reflections/drafts/{ENTRY}/later/"
COMPARE, DISCARD = f"/reflections/drafts/{ENTRY}/compare/", f"/reflections/drafts/{ENTRY}/discard/"
DEVICE, LIST, NEW = "/reflections/device/", "/reflections/", "/reflections/new/"


@pytest.fixture
def words(cohort: Cohort) -> dict[str, Any]:
    """What a page that is open sends."""
    return {"cohort": cohort.public_id, "body": MARKER, "version": "0", "page": "pagehere2345"}


@pytest.fixture
def draft(participant: User, cohort: Cohort) -> Draft:
    moment = timezone.now()
    return Draft.objects.create(
        author=participant, cohort=cohort, entry=ENTRY, body=MARKER, typed_at=moment
    )


def posted_later(client: Client, words: dict[str, Any], **others: Any) -> Any:
    return client.post(LATER, words | others)


# Saving --------------------------------------------------------------------------------------------------------------


def test_saving_answers_how_the_draft_stands(
    participant_client: Client, participant: User, words: dict[str, Any]
) -> None:
    answer = participant_client.post(SAVE, words | {"person": participant.public_id})
    state = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")
    assert {key: state[key] for key in ("me", "version", "kept", "at", "discard")} == {
        "me": participant.public_id,
        "version": Draft.objects.get().version_token,
        "kept": "",
        "at": f"{NEW}?entry={ENTRY}",
        "discard": DISCARD,
    }
    assert set(state) == {"me", "clock", "token", "version", "kept", "at", "discard", "typed_at"}
    assert Draft.objects.get().body == MARKER


def test_moment_of_typing_is_the_pages_by_the_servers_clock(
    participant_client: Client, words: dict[str, Any]
) -> None:
    typed_at = timezone.now() - timedelta(hours=3)
    milliseconds = int(typed_at.timestamp() * 1000)
    participant_client.post(SAVE, words | {"typed_at": str(milliseconds)})
    assert abs(Draft.objects.get().typed_at - typed_at) < timedelta(milliseconds=2)


def test_conflicting_save_answers_with_the_page_that_compares_the_two_drafts(
    participant_client: Client, words: dict[str, Any]
) -> None:
    participant_client.post(SAVE, words)
    other = words | {"body": "From the tunnel", "page": "pagethere234", "typed_at": "1000"}
    second = participant_client.post(SAVE, other).json()
    draft = Draft.objects.get(conflicts_with=ENTRY)
    compare = f"/reflections/drafts/{draft.entry}/compare/"
    assert (second["version"], second["second"], second["compare"], second["at"]) == (
        draft.version_token,
        True,
        compare,
        f"{NEW}?entry={draft.entry}",
    )
    assert "body" not in second
    first = participant_client.post(SAVE, words | {"body": "And on"}).json()
    assert (first["compare"], "second" in first) == (compare, False)
    assert [one.body for one in Draft.objects.order_by("pk")] == ["And on", "From the tunnel"]


def test_text_typed_later_on_the_same_page_comes_back(
    participant_client: Client, words: dict[str, Any]
) -> None:
    """An earlier request of the page arrives last."""
    participant_client.post(SAVE, words | {"experiment": "Ask first", "typed_at": "2000"})
    state = participant_client.post(SAVE, words | {"body": "Half", "typed_at": "1000"}).json()
    assert (state["body"], state["experiment"]) == (MARKER, "Ask first")


def test_kept_words_are_no_draft(
    participant_client: Client, words: dict[str, Any], entry: Entry
) -> None:
    kept = entry(public_id=ENTRY)
    state = participant_client.post(SAVE, words).json()
    assert (state["kept"], state["version"]) == (kept.get_absolute_url(), "")
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("One line\r\nand another\r\n", "One line\nand another\n"),
        ("👩🏽‍🚒 🏳️‍🌈", "👩🏽‍🚒 🏳️‍🌈"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("•\tpasted “Word” – text", "•\tpasted “Word” – text"),
        (" half a sentence ", " half a sentence "),
        ("a NUL\0 goes", "a NUL goes"),
        ("é" * DRAFT_LENGTH, "é" * DRAFT_LENGTH),
    ],
)
def test_words_are_saved_to_the_letter(
    participant_client: Client, words: dict[str, Any], typed: str, kept: str
) -> None:
    state = participant_client.post(SAVE, words | {"body": typed}).json()
    assert state["version"]
    assert Draft.objects.get().body == kept


def test_words_longer_than_a_draft_are_refused_and_what_is_saved_stays(
    participant_client: Client, words: dict[str, Any]
) -> None:
    participant_client.post(SAVE, words)
    answer = participant_client.post(SAVE, words | {"body": "e" * 1_000_001})
    assert (answer.status_code, answer.json()) == (413, {"too_long": True})
    answer = participant_client.post(SAVE, words | {"experiment": "e" * 1_000_001})
    assert (answer.status_code, answer.json()) == (413, {"too_long": True})
    assert Draft.objects.get().body == MARKER


def test_words_longer_than_any_form_are_refused_without_a_word_of_them(
    participant_client: Client, words: dict[str, Any], settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = participant_client.post(
        SAVE, words | {"body": MARKER * 100}, "application/x-www-form-urlencoded"
    )
    assert answer.status_code in (400, 404)
    assert MARKER not in answer.content.decode()


@pytest.mark.parametrize(
    "facts",
    [
        {"version": "-1"},
        {"version": "9" * 30},
        {"version": "x"},
        {"version": "1.5"},
        {"typed_at": "-1"},
        {"typed_at": "9" * 30},
        {"typed_at": "now"},
        {"page": "x"},
        {"page": "\0" * 12},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(
    participant_client: Client, words: dict[str, Any], facts: dict[str, str]
) -> None:
    answer = participant_client.post(SAVE, words | facts)
    assert (answer.status_code, answer.json()) == (400, {"refused": True})
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "place", [{}, {"cohort": "\0"}, {"cohort": "nosuchcohort"}, {"workshop": "x"}]
)
def test_draft_without_a_place_of_the_persons_is_refused(
    participant_client: Client, words: dict[str, Any], place: dict[str, str]
) -> None:
    del words["cohort"]
    answer = participant_client.post(SAVE, words | place)
    assert (answer.status_code, answer.json()) == (404, {"refused": True})
    assert not Draft.objects.exists()


def test_draft_for_a_cohort_of_others_is_refused(
    other_facilitator_client: Client, administrator_client: Client, words: dict[str, Any]
) -> None:
    for client in (other_facilitator_client, administrator_client):
        assert client.post(SAVE, words).status_code == 404
        assert posted_later(client, words).status_code == 404
    assert not Draft.objects.exists()


def test_draft_that_is_begun_has_its_place_whatever_the_page_says(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    answer = participant_client.post(
        SAVE, words | {"cohort": "x", "body": "More", "version": draft.version_token}
    )
    assert (answer.status_code, Draft.objects.get().body) == (200, "More")


def test_visitor_is_told_and_nothing_is_saved(
    client: Client, words: dict[str, Any], db: None
) -> None:
    for address in (SAVE, DEVICE):
        answer = client.post(address, words)
        assert (answer.status_code, answer.json()) == (401, {"out": True})
    assert posted_later(client, words)["Location"].startswith("/sign-in/")
    assert not Draft.objects.exists()


def test_page_of_somebody_else_saves_nothing_under_another_name(
    facilitator_client: Client, participant: User, words: dict[str, Any]
) -> None:
    """Somebody signed in, in another window of the browser in which this page is open."""
    answer = facilitator_client.post(SAVE, words | {"person": participant.public_id})
    assert (answer.status_code, answer.json()) == (409, {"other": True})
    assert not Draft.objects.exists()


def test_saving_needs_the_pages_token(participant: User, words: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(participant)
    for address in (SAVE, LATER, COMPARE, DISCARD, DEVICE):
        assert client.post(address, words).status_code == 403
    token = client.get(DEVICE).json()["token"]
    assert client.post(SAVE, words, headers={"X-CSRFToken": token}).status_code == 200


def test_wrong_methods_are_refused(participant_client: Client, draft: Draft) -> None:
    assert [participant_client.get(address).status_code for address in (SAVE, LATER)] == [405, 405]
    assert participant_client.put(COMPARE).status_code == 405
    assert participant_client.put(DISCARD).status_code == 405
    assert participant_client.delete(DEVICE).status_code == 405


# Left for later, found again, thrown away ----------------------------------------------------------------------------


def test_it_is_left_and_found_again(
    participant_client: Client, words: dict[str, Any], workshop: Workshop
) -> None:
    place = {"workshop": workshop.public_id, "question": "What would you do again?"}
    response = posted_later(participant_client, words, **place)
    assert (response.status_code, response["Location"]) == (302, LIST)
    for address in (LIST, "/", NEW):
        content = participant_client.get(address).content.decode()
        assert f'href="{NEW}?entry={ENTRY}">Continue writing</a>' in content
    response = participant_client.get(f"{NEW}?entry={ENTRY}")
    content = response.content.decode()
    assert f">\n{MARKER}</textarea>" in content
    assert "What would you do again?" in content
    assert f'name="entry" value="{ENTRY}"' in content
    assert f'name="version" value="{Draft.objects.get().version_token}"' in content
    assert response["Cache-Control"] == "no-store, private"


def test_page_without_words_may_be_gone_back_to(participant_client: Client, cohort: Cohort) -> None:
    assert participant_client.get(NEW)["Cache-Control"] == "private, no-cache"


def test_kept_draft_is_the_reflection_and_no_draft(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    version = draft.version_token
    data = words | {"entry": ENTRY, "audience": "me", "version": version, "body": f"{MARKER}, kept"}
    for _ in range(2):
        response = participant_client.post(NEW, data)
        assert response["Location"] == f"/reflections/{ENTRY}/"
    assert (Reflection.objects.get().body, Draft.objects.count()) == (f"{MARKER}, kept", 0)
    assert participant_client.get(f"{NEW}?entry={ENTRY}")["Location"] == f"/reflections/{ENTRY}/"


def test_reflection_without_an_entry_leaves_every_draft(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    """The short form of an older page sends none. The draft has the same text."""
    response = participant_client.post(NEW, words | {"audience": "me"}, follow=True)
    assert Reflection.objects.get().body == MARKER
    assert Draft.objects.get() == draft
    assert "different draft" not in response.content.decode()


def test_nothing_written_is_nothing_left(participant_client: Client, words: dict[str, Any]) -> None:
    assert posted_later(participant_client, words, body=" ").status_code == 302
    assert not Draft.objects.exists()


def test_leaving_what_is_too_long_shows_it_again(
    participant_client: Client, words: dict[str, Any]
) -> None:
    long = "é" * (DRAFT_LENGTH + 1)
    content = html.unescape(posted_later(participant_client, words, body=long).content.decode())
    assert "This has 500,001 characters; the limit is 20,000." in content
    assert long in content
    assert not Draft.objects.exists()


def test_throwing_away_asks_first(participant_client: Client, draft: Draft) -> None:
    text = text_of(participant_client.get(DISCARD))
    assert "Delete this draft?" in text
    assert MARKER in text
    assert Draft.objects.exists()
    assert participant_client.post(DISCARD)["Location"] == LIST
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "role", ["outsider", "other_facilitator", "facilitator", "administrator", "peer"]
)
def test_drafts_are_nobody_elses(role: str, draft: Draft, request: pytest.FixtureRequest) -> None:
    client = signed_in(request.getfixturevalue(role))
    answers = [client.get(DISCARD), client.post(DISCARD), client.post(COMPARE, {"keep": "second"})]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert MARKER not in client.get(f"{NEW}?entry={ENTRY}").content.decode()
    assert MARKER not in client.get(LIST).content.decode()
    assert Draft.objects.get() == draft


def test_name_that_another_has_taken_tells_nothing_of_them(
    facilitator_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    assert facilitator_client.post(SAVE, words | {"body": "Mine"}).status_code == 200
    assert sorted(draft.body for draft in Draft.objects.filter(entry=ENTRY)) == ["Mine", MARKER]


# A lost key, and the many --------------------------------------------------------------------------------------------


def test_draft_whose_key_is_lost_is_said_to_be_unreadable(
    participant_client: Client, draft: Draft, words: dict[str, Any], settings: Settings
) -> None:
    settings.REFLECTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    assert "can’t be read at the moment" in text_of(participant_client.get(LIST))
    response = participant_client.get(f"{NEW}?entry={ENTRY}")
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert participant_client.post(SAVE, words).status_code == 404
    assert participant_client.get(DISCARD).status_code == 200


def test_many_drafts_cost_the_list_no_more_queries(
    participant_client: Client, participant: User, cohort: Cohort, draft: Draft
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            participant_client.get(LIST)
        return len(counted)

    first = queries()
    for _ in range(29):
        Draft.objects.create(author=participant, cohort=cohort, body="One", typed_at=timezone.now())
    assert queries() == first


def test_who_left_goes_on_writing_for_themselves(
    participant_client: Client, participant: User, draft: Draft, words: dict[str, Any]
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    typed = words | {"body": "More", "version": draft.version_token}
    version = participant_client.post(SAVE, typed).json()["version"]
    data = words | {"entry": ENTRY, "audience": "me", "body": "More", "version": version}
    assert participant_client.post(NEW, data).status_code == 302
    assert Reflection.objects.get().body == "More"
