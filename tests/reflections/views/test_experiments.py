"""The author's pages of experiments: start, answer, edit, share and delete."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.experiments.follow_ups import LookBack, look_back_of
from reflections.models import Audience, Experiment
from tests.people import signed_in
from tests.reflections.conftest import MARKER
from tests.reflections.pages import checked_audiences, hidden_inputs, new_page_inputs, text_of
from workshops.models import Workshop

Begin = Callable[..., Experiment]
NEW = "/experiments/new/"


def experiment_url(experiment: Experiment, act: str) -> str:
    return reverse(f"reflections:experiment_{act}", args=[experiment.public_id])


# Starting an experiment ---------------------------------------------------------------------------


def test_new_page_selects_next_workshop_and_private_audience(
    participant_client: Client, next_workshop: Workshop, facilitator: User
) -> None:
    content = participant_client.get(NEW).content.decode()
    assert checked_audiences(content) == ["me"]
    assert re.findall(r'<option value="(\w+)" selected>Before workshop 4', content) == [
        next_workshop.public_id
    ]


def test_experiment_is_saved_with_its_look_back_workshop(
    participant_client: Client, workshop: Workshop, next_workshop: Workshop
) -> None:
    response = participant_client.post(
        NEW, {"words": MARKER, "before": next_workshop.public_id, "audience": "me"}
    )
    kept = Experiment.objects.get()
    assert response["Location"] == kept.get_absolute_url()
    assert (kept.words, kept.workshop, look_back_of(kept)) == (
        MARKER,
        workshop,
        LookBack(workshop=next_workshop),
    )
    text = text_of(participant_client.get(kept.get_absolute_url()))
    for words in (
        MARKER,
        "Since workshop 3 · look back before workshop 4",
        "Only you can read this",
    ):
        assert words in text


def test_chosen_date_takes_precedence_over_workshop(
    participant_client: Client, next_workshop: Workshop
) -> None:
    day = timezone.now().date() + timedelta(days=5)
    participant_client.post(
        NEW, {"words": MARKER, "before": next_workshop.public_id, "on": day.isoformat()}
    )
    assert look_back_of(Experiment.objects.get()) == LookBack(on=day)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": " \n"}, "Write a few words."),
        ({"words": "x" * 1001}, "This has 1,001 characters; the limit is 1,000."),
        ({"on": "2020-01-01"}, "Choose a day between tomorrow and a year from now."),
        ({"on": "soon"}, "Enter a date, such as 18/03/2027."),
        ({"before": "nonesuchone2"}, "Choose again: the dates have changed."),
        ({"audience": "funder"}, "Choose again"),
    ],
)
def test_invalid_form_shows_error_and_typed_text(
    wrong: dict[str, str], said: str, participant_client: Client, next_workshop: Workshop
) -> None:
    response = participant_client.post(NEW, {"words": MARKER, **wrong})
    assert said in text_of(response)
    assert wrong.get("words", MARKER).strip() in response.content.decode()
    assert not Experiment.objects.exists()


def test_form_sent_twice_saves_one_experiment(participant_client: Client) -> None:
    entry = re.findall(r'name="entry" value="(\w+)"', participant_client.get(NEW).content.decode())[
        0
    ]
    for _ in range(2):
        participant_client.post(NEW, {"words": MARKER, "entry": entry})
    assert Experiment.objects.get().public_id == entry


def test_experiment_saved_with_a_shared_reflection_is_private(
    participant_client: Client, facilitator: User, workshop: Workshop, next_workshop: Workshop
) -> None:
    here = f"/reflections/new/?workshop={workshop.public_id}"
    content = participant_client.get(here).content.decode()
    assert "One thing I’ll try before workshop 4 (optional)" in content
    said = {
        **hidden_inputs(content),
        "body": "I waited",
        "experiment": f" {MARKER} ",
        "audience": "facilitators",
    }
    too_long = participant_client.post(
        "/reflections/new/", said | {"experiment": MARKER + "x" * 1000}
    )
    assert ("This has 1,021 characters" in text_of(too_long), Experiment.objects.exists()) == (
        True,
        False,
    )
    for _ in range(2):
        participant_client.post("/reflections/new/", said)
    kept = Experiment.objects.select_related("reflection").get()
    assert kept.reflection
    assert (kept.words, kept.workshop, kept.audience) == (MARKER, workshop, Audience.ONLY_ME)
    assert (kept.reflection.body, kept.reflection.audience) == ("I waited", Audience.FACILITATORS)
    assert look_back_of(kept) == LookBack(workshop=next_workshop)


def test_member_of_several_cohorts_chooses_one(
    participant_client: Client, participant: User, cohort: Cohort
) -> None:
    other = Cohort.objects.create(
        programme=cohort.programme, name="Essex, spring 2027", place="Essex"
    )
    Membership.objects.create(cohort=other, user=participant)
    assert "Which cohort is this about?" in text_of(participant_client.get(NEW))
    participant_client.post(NEW, {"cohort": cohort.public_id, "words": MARKER})
    assert Experiment.objects.get().cohort == cohort


def test_new_reader_since_page_was_opened_requires_confirmation(
    participant_client: Client, facilitator: User, cohort: Cohort
) -> None:
    typed = new_page_inputs(participant_client, NEW) | {"words": MARKER, "audience": "facilitators"}
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    asked = participant_client.post(NEW, typed)
    assert not Experiment.objects.exists()
    assert "Since you opened this page, Tom Reed joined and could read it too" in text_of(asked)
    content = asked.content.decode()
    assert (MARKER in content, checked_audiences(content)) == (True, ["facilitators"])
    participant_client.post(NEW, typed | hidden_inputs(content))
    assert signed_in(tom).get(Experiment.objects.get().get_absolute_url()).status_code == 200


def test_resubmitted_page_narrows_immediately_and_confirms_widening(
    participant_client: Client, facilitator: User, peer_client: Client
) -> None:
    typed = new_page_inputs(participant_client, NEW) | {"words": MARKER}
    participant_client.post(NEW, typed | {"audience": "cohort"})
    kept = Experiment.objects.get()
    assert peer_client.get(kept.get_absolute_url()).status_code == 200
    narrowed = participant_client.post(NEW, typed | {"audience": "me"})
    assert narrowed["Location"] == kept.get_absolute_url()
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert peer_client.get(kept.get_absolute_url()).status_code == 404
    content = participant_client.post(NEW, typed | {"audience": "cohort"}).content.decode()
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert f'<form method="post" action="{experiment_url(kept, "share")}"' in content
    participant_client.post(experiment_url(kept, "share"), hidden_inputs(content))
    assert Experiment.objects.get().audience == Audience.COHORT


# Saying how an experiment went --------------------------------------------------------------------


def test_opening_the_answer_page_saves_nothing(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    text = text_of(participant_client.get(experiment_url(kept, "answer")))
    assert ("How did it go?" in text, MARKER in text) == (True, True)
    assert Experiment.objects.get().outcome == ""


def test_answer_is_shown_and_can_be_revised(participant_client: Client, experiment: Begin) -> None:
    kept = experiment()
    said = {"outcome": "tried", "happened": "They laughed.", "learned": "To wait."}
    assert (
        participant_client.post(experiment_url(kept, "answer"), said)["Location"]
        == kept.get_absolute_url()
    )
    text = text_of(participant_client.get(kept.get_absolute_url()))
    for words in ("Tried", "What happened They laughed.", "What I learned To wait."):
        assert words in text
    again = participant_client.get(experiment_url(kept, "answer")).content.decode()
    assert ("They laughed." in again, 'value="tried" ' in again) == (True, True)
    participant_client.post(
        experiment_url(kept, "answer"), said | {"outcome": "let-go", "on": "rubbish"}
    )
    assert Experiment.objects.get().outcome == "let-go"


def test_not_yet_schedules_another_follow_up(
    participant_client: Client, experiment: Begin, next_workshop: Workshop
) -> None:
    kept = experiment(look_back=LookBack(on=timezone.now().date()))
    said = {"outcome": "not-yet", "before": next_workshop.public_id}
    wrong = participant_client.post(
        experiment_url(kept, "answer"), said | {"on": "2020-01-01", "happened": MARKER}
    )
    assert (
        "Choose a day between tomorrow" in text_of(wrong),
        MARKER in wrong.content.decode(),
    ) == (
        True,
        True,
    )
    participant_client.post(experiment_url(kept, "answer"), said)
    now = Experiment.objects.get()
    assert (now.outcome, look_back_of(now), now.follow_up_number) == (
        "not-yet",
        LookBack(workshop=next_workshop),
        2,
    )


def answer_from_two_pages(client: Client, kept: Experiment, **choice: str) -> Any:
    """Answer on a laptop, then on a phone that opened the page before the laptop's answer."""
    seen = re.findall(
        r'name="seen" value="([^"]*)"', client.get(experiment_url(kept, "answer")).content.decode()
    )[0]
    laptops = {
        "outcome": "let-go",
        "happened": "They laughed.",
        "learned": "To wait.",
        "seen": seen,
    }
    client.post(experiment_url(kept, "answer"), laptops)
    phones = {"outcome": "tried", "happened": "It went\r\nwell.", "seen": seen}
    return client.post(experiment_url(kept, "answer"), phones)


def test_conflicting_answer_is_shown_beside_the_saved_one(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    response = answer_from_two_pages(participant_client, kept)
    text = text_of(response)
    for words in (
        "You answered this on another page",
        "Let go",
        "They laughed.",
        "To wait.",
        "It went well.",
    ):
        assert words in text
    now = Experiment.objects.get()
    assert (now.outcome, now.happened, now.learned) == ("let-go", "They laughed.", "To wait.")


@pytest.mark.parametrize(
    ("choice", "happened", "learned"),
    [
        ({}, "It went\nwell.", ""),
        ({"choice": "both"}, "It went\nwell.\n\nThey laughed.", "To wait."),
    ],
)
def test_answer_conflict_is_resolved_by_replacing_or_combining(
    participant_client: Client,
    experiment: Begin,
    choice: dict[str, str],
    happened: str,
    learned: str,
) -> None:
    kept = experiment()
    content = answer_from_two_pages(participant_client, kept).content.decode()
    seen = re.findall(r'name="seen" value="([^"]*)"', content)[0]
    typed = {"outcome": "tried", "happened": "It went\r\nwell.", "seen": seen}
    for _ in range(2):  # pressed twice
        participant_client.post(experiment_url(kept, "answer"), typed | choice)
    now = Experiment.objects.get()
    assert (now.outcome, now.happened, now.learned) == ("tried", happened, learned)


def test_combined_answers_over_the_limit_show_an_error(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    participant_client.post(
        experiment_url(kept, "answer"), {"outcome": "tried", "happened": MARKER}
    )
    long = {"outcome": "tried", "happened": "x" * 990, "choice": "both"}
    text = text_of(participant_client.post(experiment_url(kept, "answer"), long))
    assert ("This has 1,013 characters" in text, MARKER in text, "x" * 990 in text) == (
        True,
        True,
        True,
    )
    assert Experiment.objects.get().happened == MARKER


def test_answer_without_an_outcome_shows_an_error(
    participant_client: Client, experiment: Begin
) -> None:
    response = participant_client.post(
        experiment_url(experiment(), "answer"), {"learned": "To wait."}
    )
    assert ("Choose one." in text_of(response), "To wait." in response.content.decode()) == (
        True,
        True,
    )


# Changing, sharing and deleting an experiment -----------------------------------------------------


def test_edit_saves_text_and_look_back(
    participant_client: Client, experiment: Begin, next_workshop: Workshop
) -> None:
    kept = experiment(look_back=LookBack(on=timezone.now().date() + timedelta(days=2)))
    assert MARKER in participant_client.get(experiment_url(kept, "edit")).content.decode()
    participant_client.post(
        experiment_url(kept, "edit"), {"words": "Better", "before": next_workshop.public_id}
    )
    now = Experiment.objects.get()
    assert (now.words, look_back_of(now)) == ("Better", LookBack(workshop=next_workshop))
    assert "Write a few words" in text_of(
        participant_client.post(experiment_url(kept, "edit"), {"words": ""})
    )


def test_widening_requires_confirmation_naming_the_readers(
    participant_client: Client, experiment: Begin, facilitator: User, peer: User
) -> None:
    kept = experiment()
    asked = participant_client.post(experiment_url(kept, "share"), {"audience": "cohort"})
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert "Share this with 2 people?" in text_of(asked)
    assert "Dev Patel, Ruth Okafor" in text_of(asked)
    agreed = re.findall(r'name="agreed" value="(\w+)"', asked.content.decode())[0]
    participant_client.post(experiment_url(kept, "share"), {"audience": "cohort", "agreed": agreed})
    assert Experiment.objects.get().audience == Audience.COHORT
    assert "Dev and Ruth can read it." in text_of(participant_client.get(kept.get_absolute_url()))
    participant_client.post(experiment_url(kept, "share"), {"audience": "me"})
    assert Experiment.objects.get().audience == Audience.ONLY_ME


def test_deletion_requires_confirmation(participant_client: Client, experiment: Begin) -> None:
    kept = experiment()
    assert "Delete this experiment?" in text_of(
        participant_client.get(experiment_url(kept, "delete"))
    )
    assert Experiment.objects.count() == 1
    assert participant_client.post(experiment_url(kept, "delete"))["Location"] == "/reflections/"
    assert not Experiment.objects.exists()


def test_unreadable_experiment_is_not_overwritten(
    participant_client: Client, experiment: Begin, settings: object
) -> None:
    kept = experiment()
    Experiment.objects.filter(pk=kept.pk).update(outcome="")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reflections_experiment SET words = 'lost'")
    assert "can’t be read at the moment" in text_of(participant_client.get(kept.get_absolute_url()))
    for act in ("edit", "answer"):
        said = {"words": "x", "outcome": "tried"}
        assert (
            participant_client.post(experiment_url(kept, act), said)["Location"]
            == kept.get_absolute_url()
        )
    assert "can’t be read at the moment" in text_of(participant_client.get("/"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM reflections_experiment")
        assert cursor.fetchone()[0] == "lost"
