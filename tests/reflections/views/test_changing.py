"""Editing a reflection: the draft of the change, and text that another page saves or deletes."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from reflections.models import DRAFT_LENGTH, Audience, Draft, Experiment, Reflection
from tests.reflections.conftest import MARKER

Entry = Callable[..., Reflection]
LIST, NEW = "/reflections/", "/reflections/new/"


def test_too_long_draft_of_a_change_is_shown_again(
    participant_client: Client, entry: Entry
) -> None:
    kept = entry()
    long = "é" * (DRAFT_LENGTH + 1)
    response = participant_client.post(
        f"/reflections/drafts/{kept.public_id}/later/", {"body": long}
    )
    content = html.unescape(response.content.decode())
    assert "<h1>Edit reflection</h1>" in content
    assert long in content
    assert (Reflection.objects.get().body, Draft.objects.count()) == (MARKER, 0)


def test_change_is_saved_as_draft_continued_and_saved(
    participant_client: Client, entry: Entry
) -> None:
    kept = entry(audience=Audience.ONLY_ME)
    edit = f"/reflections/{kept.public_id}/edit/"
    participant_client.post(f"/reflections/drafts/{kept.public_id}/later/", {"body": "Changed"})
    assert f'href="{edit}">Continue writing</a>' in participant_client.get(LIST).content.decode()
    assert participant_client.get(f"{NEW}?entry={kept.public_id}")["Location"] == edit
    response = participant_client.get(edit)
    assert ">\nChanged</textarea>" in response.content.decode()
    assert Reflection.objects.get().body == MARKER
    version = Draft.objects.get().version_token
    participant_client.post(edit, {"body": "Changed, and kept", "version": version})
    assert (Reflection.objects.get().body, Draft.objects.count()) == ("Changed, and kept", 0)


def test_change_to_a_deleted_reflection_becomes_a_new_draft(
    participant_client: Client, entry: Entry
) -> None:
    kept = entry()
    kept.delete()
    edit = f"/reflections/{kept.public_id}/edit/"
    response = participant_client.post(edit, {"cohort": kept.cohort.public_id, "body": "Changed"})
    assert response["Location"] == f"{NEW}?entry={kept.public_id}"
    assert (Draft.objects.get().body, Reflection.objects.count()) == ("Changed", 0)
    assert participant_client.post(edit, {"body": "Changed"}).status_code == 404


def test_edit_based_on_outdated_text_saves_the_replaced_text_as_a_draft(
    participant_client: Client, participant: User, entry: Entry
) -> None:
    kept = entry()
    edit = f"/reflections/{kept.public_id}/edit/"
    name = 'name="seen" value="{}"'
    assert name.format(kept.changed_at.isoformat()) in participant_client.get(edit).content.decode()
    early = kept.changed_at - timedelta(hours=1)
    facts = {
        "author": participant,
        "cohort": kept.cohort,
        "reflection": kept,
        "entry": kept.public_id,
    }
    draft = Draft.objects.create(body="Begun before", typed_at=early, **facts)
    assert name.format("") in participant_client.get(edit).content.decode()
    response = participant_client.post(
        edit, {"body": "Mine", "version": draft.version_token, "seen": ""}, follow=True
    )
    assert "You also wrote a different draft of this on another page" in response.content.decode()
    assert (Reflection.objects.get().body, Draft.objects.get().body) == ("Mine", MARKER)


def test_experiment_from_another_page_is_shown_and_saved_with_the_change(
    participant_client: Client, entry: Entry
) -> None:
    """The edit page hides the field for an experiment, unless a draft contains one."""
    kept = entry()
    edit = f"/reflections/{kept.public_id}/edit/"
    assert "<div data-to-try hidden>" in participant_client.get(edit).content.decode()
    typed = {"body": MARKER, "experiment": "Ask first"}
    participant_client.post(f"/reflections/drafts/{kept.public_id}/later/", typed)
    content = participant_client.get(edit).content.decode()
    assert ("<div data-to-try>" in content, 'value="Ask first"' in content) == (True, True)
    version = Draft.objects.get().version_token
    participant_client.post(edit, typed | {"version": version})
    experiment = Experiment.objects.get()
    assert (experiment.words, experiment.reflection) == ("Ask first", kept)
    assert (Reflection.objects.get().body, Draft.objects.count()) == (MARKER, 0)


def test_change_to_a_deleted_reflection_does_not_overwrite_another_pages_draft(
    participant_client: Client, participant: User, entry: Entry
) -> None:
    kept = entry()
    name = kept.public_id
    kept.delete()
    facts = {"author": participant, "cohort": kept.cohort, "entry": name}
    Draft.objects.create(body="Mine", typed_at=timezone.now(), **facts)
    typed = {"cohort": kept.cohort.public_id, "entry": name, "body": "Changed"}
    participant_client.post(f"/reflections/{name}/edit/", typed)
    assert [draft.body for draft in Draft.objects.order_by("pk")] == ["Mine", "Changed"]
    assert not Reflection.objects.exists()
