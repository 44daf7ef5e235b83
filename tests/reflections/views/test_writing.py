"""The page for a new reflection: its audience, its workshop and question, and its errors."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.models import Audience, Reflection
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from tests.reflections.pages import (
    checked_audiences,
    hidden_inputs,
    new_page_inputs,
    offered_audiences,
    reflection_url,
    text_of,
)
from workshops.models import Workshop

Entry = Callable[..., Reflection]
NEW = "/reflections/new/"


@pytest.mark.parametrize(
    "query", ["", "?audience=cohort", "?body=Hello&audience=facilitators&prompt=1"]
)
def test_query_string_cannot_set_audience_or_text(
    participant_client: Client, facilitator: User, workshop: Workshop, query: str
) -> None:
    content = participant_client.get(NEW + query).content.decode()
    assert checked_audiences(content) == ["me"]
    assert offered_audiences(content) == ["me", "facilitators", "cohort"]
    assert "Hello" not in content


def test_audience_choices_name_the_readers(
    participant_client: Client, cohort: Cohort, facilitator: User, peer: User
) -> None:
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    text = text_of(participant_client.get(NEW))
    assert "Only me Not facilitators, not administrators, not any report." in text
    assert "My facilitators Ruth and Tom. Never in a report." in text
    assert "My cohort 3 people, by name. What’s said here stays here." in text
    assert "anybody who runs this server and has that key could read it" in text


@pytest.mark.parametrize("url", [NEW, "/experiments/new/"])
def test_new_page_names_the_cohort_behind_a_fold(
    participant_client: Client, facilitator: User, peer: User, url: str
) -> None:
    fold = re.search(
        r"<details class=\"fold\">\s*<summary>Who is in your cohort</summary>(.*?)</details>",
        participant_client.get(url).content.decode(),
        re.DOTALL,
    )
    assert fold
    assert "Dev Patel, Ruth Okafor" in fold[1]


def test_share_page_counts_only_those_who_can_read_it(
    participant_client: Client, cohort: Cohort, facilitator: User, peer: User
) -> None:
    typed = new_page_inputs(participant_client) | {"body": MARKER, "audience": "cohort"}
    participant_client.post(NEW, typed)
    kept = Reflection.objects.get()
    late = User.objects.create_user("late@example.org", "Late Comer")
    Membership.objects.create(cohort=cohort, user=late, role=Membership.Role.FACILITATOR)
    text = text_of(participant_client.get(reflection_url(kept, "share")))
    assert "My facilitators Ruth. Never in a report." in text
    assert "My cohort 2 people, by name." in text
    assert "3 people, by name." in text_of(participant_client.get(NEW))


def test_reflection_is_saved_with_workshop_question_and_audience(
    participant_client: Client, participant: User, facilitator: User, workshop: Workshop
) -> None:
    address = f"{NEW}?workshop={workshop.public_id}&prompt=2"
    content = participant_client.get(address).content.decode()
    assert "After workshop 3 · Trust and conflict" in content
    hidden = hidden_inputs(content)
    assert hidden["question"] == "What would you do again?"
    response = participant_client.post(NEW, hidden | {"body": MARKER, "audience": "facilitators"})
    entry = Reflection.objects.get()
    assert (response.status_code, response["Location"]) == (302, entry.get_absolute_url())
    assert (
        entry.author,
        entry.cohort,
        entry.workshop,
        entry.prompt,
        entry.body,
        entry.audience,
    ) == (
        participant,
        workshop.cohort,
        workshop,
        "What would you do again?",
        MARKER,
        Audience.FACILITATORS,
    )
    participant_client.post(NEW, hidden | {"body": MARKER, "audience": "facilitators"})
    assert Reflection.objects.count() == 1


def test_audience_defaults_to_only_me(participant_client: Client, facilitator: User) -> None:
    participant_client.post(NEW, {"body": MARKER})
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_short_form_of_the_today_page_is_accepted(
    participant_client: Client, workshop: Workshop
) -> None:
    data = {
        "cohort": workshop.cohort.public_id,
        "workshop": workshop.public_id,
        "audience": "me",
        "body": MARKER,
    }
    assert participant_client.post(NEW, data).status_code == 302
    assert Reflection.objects.get().workshop == workshop


def test_question_that_no_longer_exists_is_not_saved(
    participant_client: Client, workshop: Workshop
) -> None:
    data = {"workshop": workshop.public_id, "question": "An old question?", "body": MARKER}
    participant_client.post(NEW, data)
    entry = Reflection.objects.get()
    assert (entry.workshop, entry.prompt) == (workshop, "")


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "²", "99999999999", "1.0", ""])
def test_unknown_question_number_is_ignored(
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
        ({"body": ""}, "Write a few words."),
        ({"body": " \r\n\u200b\u00a0 "}, "Write a few words."),
        (
            {"body": "é" * 20_001},
            "This has 20,001 characters; the limit is 20,000. "
            "Nothing is lost: shorten it, or save it as two reflections.",
        ),
        (
            {"body": MARKER, "audience": "employer"},
            "Choose again: the people in the cohort have changed.",
        ),
        (
            {"body": MARKER, "audience": "facilitators"},
            "Choose again: the people in the cohort have changed.",
        ),
    ],
)
def test_invalid_form_shows_error_and_typed_text(
    participant_client: Client, data: dict[str, str], sentence: str
) -> None:
    """Sharing with facilitators is invalid here, because the cohort has no facilitator."""
    response = participant_client.post(NEW, data)
    content = html.unescape(response.content.decode())
    assert (response.status_code, Reflection.objects.count()) == (200, 0)
    assert f"</span>{sentence}</p>" in content
    assert data["body"].strip(" \r\n") in content


# Readers who were added while the page was open ---------------------------------------------------


@pytest.fixture
def tom(cohort: Cohort) -> User:
    """A participant, who becomes a facilitator in some tests."""
    user = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=user)
    return user


def make_facilitator(user: User) -> None:
    Membership.objects.filter(user=user).update(role=Membership.Role.FACILITATOR)


def test_new_reader_since_page_was_opened_requires_confirmation(
    participant_client: Client, facilitator: User, tom: User
) -> None:
    typed = new_page_inputs(participant_client) | {
        "body": MARKER,
        "experiment": "To ask",
        "audience": "facilitators",
    }
    make_facilitator(tom)
    asked = participant_client.post(NEW, typed)
    content = html.unescape(asked.content.decode())
    sentence = (
        "Since you opened this page, Tom Reed joined and could read it too. "
        "Save again if that’s right, or choose fewer people."
    )
    assert (asked.status_code, Reflection.objects.count()) == (200, 0)
    assert f"</span>{sentence}</p>" in content
    assert f"Who can read this? {sentence}" in text_of(asked)
    assert "My facilitators Ruth and Tom. Never in a report." in text_of(asked)
    assert (MARKER in content, 'value="To ask"' in content, checked_audiences(content)) == (
        True,
        True,
        ["facilitators"],
    )
    assert hidden_inputs(content)["entry"] == typed["entry"]
    assert participant_client.post(NEW, typed | hidden_inputs(content)).status_code == 302
    kept = Reflection.objects.get()
    assert (kept.public_id, kept.audience) == (typed["entry"], Audience.FACILITATORS)
    assert signed_in(tom).get(kept.get_absolute_url()).status_code == 200


def test_new_reader_since_confirmation_page_requires_another_confirmation(
    participant_client: Client, facilitator: User, tom: User, peer: User
) -> None:
    typed = new_page_inputs(participant_client) | {"body": MARKER, "audience": "facilitators"}
    make_facilitator(tom)
    once = participant_client.post(NEW, typed)
    make_facilitator(peer)
    again = participant_client.post(NEW, typed | hidden_inputs(once.content.decode()))
    assert "Since you opened this page, Dev Patel joined and could read it too" in text_of(again)
    participant_client.post(NEW, typed | hidden_inputs(again.content.decode()) | {"audience": "me"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_reader_whose_role_changed_requires_no_confirmation(
    participant_client: Client, facilitator: User, tom: User
) -> None:
    """Tom becomes a facilitator, but was already among the readers when the page was opened."""
    typed = new_page_inputs(participant_client) | {"body": MARKER, "audience": "cohort"}
    make_facilitator(tom)
    assert participant_client.post(NEW, typed).status_code == 302
    assert Reflection.objects.get().audience == Audience.COHORT


def test_reader_who_left_requires_no_confirmation(
    participant_client: Client, facilitator: User, tom: User
) -> None:
    typed = new_page_inputs(participant_client) | {"body": MARKER, "audience": "cohort"}
    Membership.objects.get(user=tom).leave(by=None, at=timezone.now())
    assert participant_client.post(NEW, typed).status_code == 302


def test_page_without_reader_token_must_confirm_every_reader(
    participant_client: Client, facilitator: User, tom: User
) -> None:
    asked = participant_client.post(NEW, {"body": MARKER, "audience": "cohort"})
    assert (
        "Since you opened this page, Ruth Okafor and Tom Reed joined and could read it too"
        in text_of(asked)
    )
    assert not Reflection.objects.exists()


# Submitting the form again after going back -------------------------------------------------------


def test_going_back_narrows_the_audience_without_confirmation(
    participant_client: Client, facilitator: User, peer_client: Client
) -> None:
    typed = new_page_inputs(participant_client) | {"body": MARKER}
    participant_client.post(NEW, typed | {"audience": "cohort"})
    kept = Reflection.objects.get()
    assert peer_client.get(kept.get_absolute_url()).status_code == 200
    response = participant_client.post(NEW, typed | {"audience": "me"})
    assert response["Location"] == kept.get_absolute_url()
    assert Reflection.objects.get().audience == Audience.ONLY_ME
    assert peer_client.get(kept.get_absolute_url()).status_code == 404


def test_going_back_requires_confirmation_of_a_wider_audience(
    participant_client: Client, facilitator: User, peer: User
) -> None:
    typed = new_page_inputs(participant_client) | {"body": MARKER}
    participant_client.post(NEW, typed | {"audience": "facilitators"})
    asked = participant_client.post(NEW, typed | {"audience": "cohort"})
    kept = Reflection.objects.get()
    assert kept.audience == Audience.FACILITATORS
    text = text_of(asked)
    assert ("Share this with 2 people?" in text, "Dev Patel, Ruth Okafor" in text) == (True, True)
    content = asked.content.decode()
    answer = reflection_url(kept, "share")
    assert f'<form method="post" action="{answer}"' in content
    assert (
        participant_client.post(answer, hidden_inputs(content))["Location"]
        == kept.get_absolute_url()
    )
    assert Reflection.objects.get().audience == Audience.COHORT


def test_member_of_two_cohorts_chooses_one(
    participant_client: Client, participant: User, cohort: Cohort, programme: Programme
) -> None:
    other = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    Membership.objects.create(cohort=other, user=participant)
    content = participant_client.get(NEW).content.decode()
    assert re.findall(r'href="/reflections/new/\?cohort=(\w+)"', content) == [
        other.public_id,
        cohort.public_id,
    ]
    assert "<textarea" not in content
    content = participant_client.get(NEW, {"cohort": cohort.public_id}).content.decode()
    assert f'name="cohort" value="{cohort.public_id}"' in content


def test_former_member_can_write_only_privately(
    participant_client: Client, participant: User, facilitator: User
) -> None:
    Membership.objects.get(user=participant).leave(by=None, at=timezone.now())
    assert offered_audiences(participant_client.get(NEW).content.decode()) == ["me"]
    response = participant_client.post(NEW, {"body": MARKER, "audience": "cohort"})
    assert (response.status_code, Reflection.objects.count()) == (200, 0)
    participant_client.post(NEW, {"body": MARKER, "audience": "me"})
    assert Reflection.objects.get().audience == Audience.ONLY_ME


def test_facilitator_is_offered_audiences_with_other_members(
    facilitator_client: Client, cohort: Cohort
) -> None:
    content = facilitator_client.get(NEW).content.decode()
    assert offered_audiences(content) == ["me"]
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    response = facilitator_client.get(NEW)
    assert offered_audiences(response.content.decode()) == ["me", "facilitators", "cohort"]
    assert "The other facilitators Tom. Never in a report." in text_of(response)


@pytest.mark.parametrize("method", ["get", "post"])
def test_user_without_a_cohort_cannot_write_and_sees_why(
    administrator_client: Client, outsider_client: Client, workshop: Workshop, method: str
) -> None:
    data = {"workshop": workshop.public_id, "body": MARKER}
    administrators, outsiders = (
        getattr(client, method)(NEW, data) for client in (administrator_client, outsider_client)
    )
    assert (administrators.status_code, outsiders.status_code) == (403, 403)
    assert "you don’t write here and can’t read what others write" in text_of(administrators)
    assert "Once a facilitator has added you to a cohort" in text_of(outsiders)
    assert not Reflection.objects.exists()


def test_workshops_and_cohorts_of_others_are_not_found(
    other_facilitator_client: Client, cohort: Cohort, workshop: Workshop
) -> None:
    for data in (
        {"workshop": workshop.public_id},
        {"cohort": cohort.public_id},
        {"workshop": "nonsense"},
    ):
        assert other_facilitator_client.get(NEW, data).status_code == 404
        assert other_facilitator_client.post(NEW, data | {"body": MARKER}).status_code == 404
    assert other_facilitator_client.get(NEW, {"cohort": "\0"}).status_code == 400
    assert other_facilitator_client.post(NEW, {"cohort": "\0", "body": MARKER}).status_code == 404
    assert not Reflection.objects.exists()
