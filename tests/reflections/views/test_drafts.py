"""The views with which an author saves, continues and deletes drafts, and who may use them."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.models import DRAFT_LENGTH, Draft, Reflection
from tests.lost_keys import lose_keys
from tests.people import signed_in
from tests.queries import CapturedQueries
from tests.reflections.conftest import MARKER
from tests.reflections.pages import text_of
from workshops.models import Workshop

pytestmark = pytest.mark.both  # saving is an upsert

Entry = Callable[..., Reflection]
ENTRY = "newentry2345"
SAVE, LATER = f"/reflections/drafts/{ENTRY}/", f"/reflections/drafts/{ENTRY}/later/"
COMPARE, DISCARD = f"/reflections/drafts/{ENTRY}/compare/", f"/reflections/drafts/{ENTRY}/discard/"
DEVICE, LIST, NEW = "/reflections/device/", "/reflections/", "/reflections/new/"


@pytest.fixture
def words(cohort: Cohort) -> dict[str, Any]:
    """Return the form data that an open page sends."""
    return {"cohort": cohort.public_id, "body": MARKER, "version": "0", "page": "pagehere2345"}


@pytest.fixture
def draft(participant: User, cohort: Cohort) -> Draft:
    moment = timezone.now()
    return Draft.objects.create(
        author=participant, cohort=cohort, entry=ENTRY, body=MARKER, typed_at=moment
    )


def save_as_draft(client: Client, words: dict[str, Any], **others: Any) -> Any:
    return client.post(LATER, words | others)


# Saving a draft -----------------------------------------------------------------------------------


def test_save_returns_the_state_of_the_draft(
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


def test_typing_time_comes_from_the_page(participant_client: Client, words: dict[str, Any]) -> None:
    typed_at = timezone.now() - timedelta(hours=3)
    milliseconds = int(typed_at.timestamp() * 1000)
    participant_client.post(SAVE, words | {"typed_at": str(milliseconds)})
    assert abs(Draft.objects.get().typed_at - typed_at) < timedelta(milliseconds=2)


def test_conflicting_save_creates_second_draft_and_returns_comparison_url(
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


def test_out_of_order_save_returns_the_later_text(
    participant_client: Client, words: dict[str, Any]
) -> None:
    """A page sends two requests, and the first one arrives last."""
    participant_client.post(SAVE, words | {"experiment": "Ask first", "typed_at": "2000"})
    state = participant_client.post(SAVE, words | {"body": "Half", "typed_at": "1000"}).json()
    assert (state["body"], state["experiment"]) == (MARKER, "Ask first")


def test_save_of_text_already_in_a_reflection_creates_no_draft(
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
def test_text_is_saved_unchanged(
    participant_client: Client, words: dict[str, Any], typed: str, kept: str
) -> None:
    state = participant_client.post(SAVE, words | {"body": typed}).json()
    assert state["version"]
    assert Draft.objects.get().body == kept


def test_text_longer_than_a_draft_is_refused(
    participant_client: Client, words: dict[str, Any]
) -> None:
    participant_client.post(SAVE, words)
    answer = participant_client.post(SAVE, words | {"body": "e" * 1_000_001})
    assert (answer.status_code, answer.json()) == (413, {"too_long": True})
    answer = participant_client.post(SAVE, words | {"experiment": "e" * 1_000_001})
    assert (answer.status_code, answer.json()) == (413, {"too_long": True})
    assert Draft.objects.get().body == MARKER


def test_request_larger_than_any_form_is_refused_without_quoting_it(
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
def test_invalid_fields_are_refused(
    participant_client: Client, words: dict[str, Any], facts: dict[str, str]
) -> None:
    answer = participant_client.post(SAVE, words | facts)
    assert (answer.status_code, answer.json()) == (400, {"refused": True})
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "place", [{}, {"cohort": "\0"}, {"cohort": "nosuchcohort"}, {"workshop": "x"}]
)
def test_new_draft_requires_a_cohort(
    participant_client: Client, words: dict[str, Any], place: dict[str, str]
) -> None:
    del words["cohort"]
    answer = participant_client.post(SAVE, words | place)
    assert (answer.status_code, answer.json()) == (404, {"refused": True})
    assert not Draft.objects.exists()


def test_draft_for_another_cohort_is_refused(
    other_facilitator_client: Client, administrator_client: Client, words: dict[str, Any]
) -> None:
    for client in (other_facilitator_client, administrator_client):
        assert client.post(SAVE, words).status_code == 404
        assert save_as_draft(client, words).status_code == 404
    assert not Draft.objects.exists()


def test_save_of_existing_draft_ignores_the_submitted_cohort(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    answer = participant_client.post(
        SAVE, words | {"cohort": "x", "body": "More", "version": draft.version_token}
    )
    assert (answer.status_code, Draft.objects.get().body) == (200, "More")


def test_visitor_gets_401_and_nothing_is_saved(
    client: Client, words: dict[str, Any], db: None
) -> None:
    for address in (SAVE, DEVICE):
        answer = client.post(address, words)
        assert (answer.status_code, answer.json()) == (401, {"out": True})
    assert save_as_draft(client, words)["Location"].startswith("/sign-in/")
    assert not Draft.objects.exists()


def test_page_of_another_user_saves_nothing(
    facilitator_client: Client, participant: User, words: dict[str, Any]
) -> None:
    """The participant's page is still open when somebody else signs in with the same browser."""
    answer = facilitator_client.post(SAVE, words | {"person": participant.public_id})
    assert (answer.status_code, answer.json()) == (409, {"other": True})
    assert not Draft.objects.exists()


def test_saving_requires_a_csrf_token(participant: User, words: dict[str, Any]) -> None:
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


# Continuing and deleting a draft ------------------------------------------------------------------


def test_saved_draft_can_be_continued(
    participant_client: Client, words: dict[str, Any], workshop: Workshop
) -> None:
    place = {"workshop": workshop.public_id, "question": "What would you do again?"}
    response = save_as_draft(participant_client, words, **place)
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


def test_new_page_may_be_cached_for_going_back(participant_client: Client, cohort: Cohort) -> None:
    assert participant_client.get(NEW)["Cache-Control"] == "private, no-cache"


def test_saving_replaces_the_draft_with_the_reflection(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    version = draft.version_token
    data = words | {"entry": ENTRY, "audience": "me", "version": version, "body": f"{MARKER}, kept"}
    for _ in range(2):
        response = participant_client.post(NEW, data)
        assert response["Location"] == f"/reflections/{ENTRY}/"
    assert (Reflection.objects.get().body, Draft.objects.count()) == (f"{MARKER}, kept", 0)
    assert participant_client.get(f"{NEW}?entry={ENTRY}")["Location"] == f"/reflections/{ENTRY}/"


def test_saving_without_an_entry_id_deletes_no_draft(
    participant_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    """A page of an older release sends no entry id. The draft stays, with the same text."""
    response = participant_client.post(NEW, words | {"audience": "me"}, follow=True)
    assert Reflection.objects.get().body == MARKER
    assert Draft.objects.get() == draft
    assert "different draft" not in response.content.decode()


def test_blank_draft_is_not_saved(participant_client: Client, words: dict[str, Any]) -> None:
    assert save_as_draft(participant_client, words, body=" ").status_code == 302
    assert not Draft.objects.exists()


def test_too_long_draft_is_shown_again(participant_client: Client, words: dict[str, Any]) -> None:
    long = "é" * (DRAFT_LENGTH + 1)
    content = html.unescape(save_as_draft(participant_client, words, body=long).content.decode())
    assert "This has 500,001 characters; the limit is 20,000." in content
    assert long in content
    assert not Draft.objects.exists()


def test_deleting_a_draft_requires_confirmation(participant_client: Client, draft: Draft) -> None:
    text = text_of(participant_client.get(DISCARD))
    assert "Delete this draft?" in text
    assert MARKER in text
    assert Draft.objects.exists()
    assert participant_client.post(DISCARD)["Location"] == LIST
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "role", ["outsider", "other_facilitator", "facilitator", "administrator", "peer"]
)
def test_drafts_of_others_are_not_found(
    role: str, draft: Draft, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(role))
    answers = [client.get(DISCARD), client.post(DISCARD), client.post(COMPARE, {"keep": "second"})]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert MARKER not in client.get(f"{NEW}?entry={ENTRY}").content.decode()
    assert MARKER not in client.get(LIST).content.decode()
    assert Draft.objects.get() == draft


def test_entry_id_of_another_user_reveals_nothing(
    facilitator_client: Client, draft: Draft, words: dict[str, Any]
) -> None:
    assert facilitator_client.post(SAVE, words | {"body": "Mine"}).status_code == 200
    assert sorted(draft.body for draft in Draft.objects.filter(entry=ENTRY)) == ["Mine", MARKER]


# Drafts whose encryption key is lost, and query counts --------------------------------------------


def test_draft_whose_key_is_lost_is_shown_as_unreadable(
    participant_client: Client, draft: Draft, words: dict[str, Any], settings: Settings
) -> None:
    lose_keys(settings, participant_client)
    assert "can’t be read at the moment" in text_of(participant_client.get(LIST))
    response = participant_client.get(f"{NEW}?entry={ENTRY}")
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert participant_client.post(SAVE, words).status_code == 404
    assert participant_client.get(DISCARD).status_code == 200


def test_list_of_drafts_makes_a_constant_number_of_queries(
    participant_client: Client, participant: User, cohort: Cohort, draft: Draft
) -> None:
    def queries() -> int:
        with CapturedQueries() as counted:
            participant_client.get(LIST)
        return len(counted)

    first = queries()
    for _ in range(29):
        Draft.objects.create(author=participant, cohort=cohort, body="One", typed_at=timezone.now())
    assert queries() == first


def test_former_member_saves_drafts_and_private_reflections(
    participant_client: Client, participant: User, draft: Draft, words: dict[str, Any]
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    typed = words | {"body": "More", "version": draft.version_token}
    version = participant_client.post(SAVE, typed).json()["version"]
    data = words | {"entry": ENTRY, "audience": "me", "body": "More", "version": version}
    assert participant_client.post(NEW, data).status_code == 302
    assert Reflection.objects.get().body == "More"
