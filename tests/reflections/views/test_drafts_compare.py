"""The page that shows two drafts side by side, and the choice between them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from reflections.drafts.conflicts import conflict_of
from reflections.models import Draft, Reflection
from tests.lost_keys import lose_keys
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from tests.reflections.pages import hidden_inputs, text_of

ENTRY, SECOND = "newentry2345", "secondone234"
COMPARE, LATER = f"/reflections/drafts/{SECOND}/compare/", f"/reflections/drafts/{ENTRY}/later/"
LIST, NEW = "/reflections/", "/reflections/new/"


@pytest.fixture
def first(participant: User, cohort: Cohort) -> Draft:
    return Draft.objects.create(
        author=participant, cohort=cohort, entry=ENTRY, body=MARKER, typed_at=timezone.now()
    )


@pytest.fixture
def second(first: Draft) -> Draft:
    return Draft.objects.create(
        author=first.author,
        cohort=first.cohort,
        entry=SECOND,
        conflicts_with=ENTRY,
        body="The otter",
        experiment="Ask first",
        typed_at=first.typed_at,
    )


def bodies() -> list[str]:
    return [draft.body for draft in Draft.objects.order_by("pk")]


def choose(client: Client, keep: str) -> Any:
    """Open the page and submit its form with this choice of drafts."""
    hidden = hidden_inputs(client.get(COMPARE).content.decode())
    return client.post(COMPARE, hidden | {"keep": keep})


def test_page_shows_both_drafts_and_the_choices(participant_client: Client, second: Draft) -> None:
    text = text_of(participant_client.get(COMPARE))
    for words in (
        MARKER,
        "The otter",
        "Ask first",
        "Keep the first and delete the second",
        "Keep the second and delete the first",
        "Keep both as separate drafts",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("keep", "left", "opens"),
    [
        ("first", [MARKER], f"{NEW}?entry={ENTRY}"),
        ("second", ["The otter"], f"{NEW}?entry={ENTRY}"),
        ("both", [MARKER, "The otter"], LIST),
    ],
)
def test_choice_deletes_the_other_draft_or_neither(
    participant_client: Client, second: Draft, keep: str, left: list[str], opens: str
) -> None:
    assert choose(participant_client, keep)["Location"] == opens
    assert bodies() == left
    assert participant_client.get(opens).status_code == 200


def test_choosing_second_draft_replaces_the_draft_of_a_change(
    participant_client: Client, second: Draft, cohort: Cohort
) -> None:
    now = timezone.now()
    saved = Reflection.objects.create(
        author=second.author,
        cohort=cohort,
        public_id=ENTRY,
        body="As it was",
        written_at=now,
        changed_at=now,
    )
    Draft.objects.filter(entry=ENTRY).update(reflection=saved)
    assert choose(participant_client, "second")["Location"] == f"/reflections/{ENTRY}/edit/"
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body, draft.experiment) == (saved, "The otter", "Ask first")


def test_draft_changed_since_page_was_opened_is_not_deleted(
    participant_client: Client, second: Draft
) -> None:
    hidden = hidden_inputs(participant_client.get(COMPARE).content.decode())
    Draft.objects.filter(pk=second.pk).update(version=2)
    response = participant_client.post(COMPARE, hidden | {"keep": "first"}, follow=True)
    assert (
        "One of these drafts has changed since you opened this page." in response.content.decode()
    )
    assert bodies() == [MARKER, "The otter"]


@pytest.mark.parametrize("keep", ["", "neither", "FIRST", "\0"])
def test_unknown_choice_returns_404(participant_client: Client, second: Draft, keep: str) -> None:
    assert participant_client.post(COMPARE, {"keep": keep}).status_code == 404
    assert bodies() == [MARKER, "The otter"]


@pytest.mark.parametrize(
    "role", ["outsider", "other_facilitator", "facilitator", "administrator", "peer"]
)
def test_page_returns_404_for_other_people(
    role: str, second: Draft, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(role))
    answers = [client.get(COMPARE), client.post(COMPARE, {"keep": "second"})]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies() == [MARKER, "The otter"]


def test_page_without_conflict_redirects_to_the_draft(
    participant_client: Client, second: Draft
) -> None:
    Draft.objects.filter(entry=ENTRY).delete()
    assert participant_client.get(COMPARE)["Location"] == f"{NEW}?entry={SECOND}"


def test_draft_text_is_escaped(participant_client: Client, second: Draft) -> None:
    second.body = "</div><script>alert(1)</script>"
    second.save()
    for address in (COMPARE, LIST, f"{NEW}?entry={SECOND}"):
        assert "<script>alert" not in participant_client.get(address).content.decode()


def test_draft_pages_and_list_link_to_comparison_until_resolved(
    participant_client: Client, second: Draft
) -> None:
    for address in (f"{NEW}?entry={ENTRY}", f"{NEW}?entry={SECOND}", LIST):
        content = participant_client.get(address).content.decode()
        assert f'href="{COMPARE}"' in content
    choose(participant_client, "both")
    for address in (f"{NEW}?entry={ENTRY}", f"{NEW}?entry={SECOND}", LIST):
        content = participant_client.get(address).content.decode()
        assert f'href="{COMPARE}"' not in content
    assert re.search("data-conflict hidden", participant_client.get(NEW).content.decode())


def test_conflicting_draft_saved_without_javascript_redirects_to_comparison(
    participant_client: Client, first: Draft
) -> None:
    words = {"cohort": first.cohort.public_id, "body": "The kingfisher", "version": "0"}
    response = participant_client.post(LATER, words)
    conflict = conflict_of(first)
    assert conflict is not None
    assert response["Location"] == conflict.get_absolute_url()
    assert bodies() == [MARKER, "The kingfisher"]


def test_comparison_of_unreadable_drafts_redirects_to_the_list(
    participant_client: Client, second: Draft, settings: Settings
) -> None:
    lose_keys(settings, participant_client)
    for response in (
        participant_client.get(COMPARE),
        participant_client.post(COMPARE, {"keep": "first"}),
    ):
        assert response["Location"] == LIST
    assert Draft.objects.count() == 2
