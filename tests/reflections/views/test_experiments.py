"""The pages of what people try: begun, changed, shared, answered, deleted; and that they are closed to others."""

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
from tests.reflections.pages import chosen, named, text_of, unseen
from workshops.models import Workshop

Begin = Callable[..., Experiment]
NEW = "/experiments/new/"


def page(experiment: Experiment, act: str) -> str:
    return reverse(f"reflections:experiment_{act}", args=[experiment.public_id])


# Beginning ----------------------------------------------------------------------------------------


def test_page_offers_the_workshops_ahead_and_only_me(
    participant_client: Client, following: Workshop, facilitator: User
) -> None:
    content = participant_client.get(NEW).content.decode()
    assert chosen(content) == ["me"]
    assert re.findall(r'<option value="(\w+)" selected>Before workshop 4', content) == [
        following.public_id
    ]


def test_kept_with_the_usual_time_to_look_back(
    participant_client: Client, workshop: Workshop, following: Workshop
) -> None:
    response = participant_client.post(
        NEW, {"words": MARKER, "before": following.public_id, "audience": "me"}
    )
    kept = Experiment.objects.get()
    assert response["Location"] == kept.get_absolute_url()
    assert (kept.words, kept.workshop, look_back_of(kept)) == (
        MARKER,
        workshop,
        LookBack(workshop=following),
    )
    text = text_of(participant_client.get(kept.get_absolute_url()))
    for words in (
        MARKER,
        "Since workshop 3 · look back before workshop 4",
        "Only you can read this",
    ):
        assert words in text


def test_day_of_ones_own_goes_before_a_workshop(
    participant_client: Client, following: Workshop
) -> None:
    day = timezone.now().date() + timedelta(days=5)
    participant_client.post(
        NEW, {"words": MARKER, "before": following.public_id, "on": day.isoformat()}
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
def test_wrong_is_said_and_what_was_typed_is_kept(
    wrong: dict[str, str], said: str, participant_client: Client, following: Workshop
) -> None:
    response = participant_client.post(NEW, {"words": MARKER, **wrong})
    assert said in text_of(response)
    assert wrong.get("words", MARKER).strip() in response.content.decode()
    assert not Experiment.objects.exists()


def test_form_sent_twice_keeps_one(participant_client: Client) -> None:
    entry = re.findall(r'name="entry" value="(\w+)"', participant_client.get(NEW).content.decode())[
        0
    ]
    for _ in range(2):
        participant_client.post(NEW, {"words": MARKER, "entry": entry})
    assert Experiment.objects.get().public_id == entry


def test_one_thing_to_try_is_kept_with_a_reflection_and_stays_with_its_author(
    participant_client: Client, facilitator: User, workshop: Workshop, following: Workshop
) -> None:
    here = f"/reflections/new/?workshop={workshop.public_id}"
    content = participant_client.get(here).content.decode()
    assert "One thing I’ll try before workshop 4 (optional)" in content
    said = {
        **unseen(content),
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
    assert look_back_of(kept) == LookBack(workshop=following)


def test_where_there_are_several_cohorts_one_is_chosen(
    participant_client: Client, participant: User, cohort: Cohort
) -> None:
    other = Cohort.objects.create(
        programme=cohort.programme, name="Essex, spring 2027", place="Essex"
    )
    Membership.objects.create(cohort=other, user=participant)
    assert "Which cohort is this about?" in text_of(participant_client.get(NEW))
    participant_client.post(NEW, {"cohort": cohort.public_id, "words": MARKER})
    assert Experiment.objects.get().cohort == cohort


def test_whoever_came_while_the_page_was_open_is_asked_about(
    participant_client: Client, facilitator: User, cohort: Cohort
) -> None:
    typed = named(participant_client, NEW) | {"words": MARKER, "audience": "facilitators"}
    tom = User.objects.create_user("tom@example.org", "Tom Reed")
    Membership.objects.create(cohort=cohort, user=tom, role=Membership.Role.FACILITATOR)
    asked = participant_client.post(NEW, typed)
    assert not Experiment.objects.exists()
    assert "Since you opened this page, Tom Reed joined and could read it too" in text_of(asked)
    content = asked.content.decode()
    assert (MARKER in content, chosen(content)) == (True, ["facilitators"])
    participant_client.post(NEW, typed | unseen(content))
    assert signed_in(tom).get(Experiment.objects.get().get_absolute_url()).status_code == 200


def test_page_gone_back_to_narrows_at_once_and_asks_before_it_widens(
    participant_client: Client, facilitator: User, peer_client: Client
) -> None:
    typed = named(participant_client, NEW) | {"words": MARKER}
    participant_client.post(NEW, typed | {"audience": "cohort"})
    kept = Experiment.objects.get()
    assert peer_client.get(kept.get_absolute_url()).status_code == 200
    narrowed = participant_client.post(NEW, typed | {"audience": "me"})
    assert narrowed["Location"] == kept.get_absolute_url()
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert peer_client.get(kept.get_absolute_url()).status_code == 404
    content = participant_client.post(NEW, typed | {"audience": "cohort"}).content.decode()
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert f'<form method="post" action="{page(kept, "share")}"' in content
    participant_client.post(page(kept, "share"), unseen(content))
    assert Experiment.objects.get().audience == Audience.COHORT


# How it went --------------------------------------------------------------------------------------


def test_looking_at_the_question_answers_nothing(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    text = text_of(participant_client.get(page(kept, "answer")))
    assert ("How did it go?" in text, MARKER in text) == (True, True)
    assert Experiment.objects.get().outcome == ""


def test_answer_stands_on_its_page_and_is_revised(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    said = {"outcome": "tried", "happened": "They laughed.", "learned": "To wait."}
    assert (
        participant_client.post(page(kept, "answer"), said)["Location"] == kept.get_absolute_url()
    )
    text = text_of(participant_client.get(kept.get_absolute_url()))
    for words in ("Tried", "What happened They laughed.", "What I learned To wait."):
        assert words in text
    again = participant_client.get(page(kept, "answer")).content.decode()
    assert ("They laughed." in again, 'value="tried" ' in again) == (True, True)
    participant_client.post(page(kept, "answer"), said | {"outcome": "let-go", "on": "rubbish"})
    assert Experiment.objects.get().outcome == "let-go"


def test_not_yet_asks_when_again(
    participant_client: Client, experiment: Begin, following: Workshop
) -> None:
    kept = experiment(look_back=LookBack(on=timezone.now().date()))
    said = {"outcome": "not-yet", "before": following.public_id}
    wrong = participant_client.post(
        page(kept, "answer"), said | {"on": "2020-01-01", "happened": MARKER}
    )
    assert (
        "Choose a day between tomorrow" in text_of(wrong),
        MARKER in wrong.content.decode(),
    ) == (
        True,
        True,
    )
    participant_client.post(page(kept, "answer"), said)
    now = Experiment.objects.get()
    assert (now.outcome, look_back_of(now), now.follow_up_number) == (
        "not-yet",
        LookBack(workshop=following),
        2,
    )


def answered_twice(client: Client, kept: Experiment, **choice: str) -> Any:
    """On the laptop, and then on a phone on which the page was opened before."""
    seen = re.findall(
        r'name="seen" value="([^"]*)"', client.get(page(kept, "answer")).content.decode()
    )[0]
    laptops = {
        "outcome": "let-go",
        "happened": "They laughed.",
        "learned": "To wait.",
        "seen": seen,
    }
    client.post(page(kept, "answer"), laptops)
    phones = {"outcome": "tried", "happened": "It went\r\nwell.", "seen": seen}
    return client.post(page(kept, "answer"), phones)


def test_answer_that_another_page_kept_meanwhile_is_shown_beside_what_was_typed(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    response = answered_twice(participant_client, kept)
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
def test_of_two_answers_their_writer_keeps_the_one_or_both(
    participant_client: Client,
    experiment: Begin,
    choice: dict[str, str],
    happened: str,
    learned: str,
) -> None:
    kept = experiment()
    content = answered_twice(participant_client, kept).content.decode()
    seen = re.findall(r'name="seen" value="([^"]*)"', content)[0]
    typed = {"outcome": "tried", "happened": "It went\r\nwell.", "seen": seen}
    for _ in range(2):  # pressed twice
        participant_client.post(page(kept, "answer"), typed | choice)
    now = Experiment.objects.get()
    assert (now.outcome, now.happened, now.learned) == ("tried", happened, learned)


def test_two_answers_too_long_for_one_are_both_in_the_box(
    participant_client: Client, experiment: Begin
) -> None:
    kept = experiment()
    participant_client.post(page(kept, "answer"), {"outcome": "tried", "happened": MARKER})
    long = {"outcome": "tried", "happened": "x" * 990, "choice": "both"}
    text = text_of(participant_client.post(page(kept, "answer"), long))
    assert ("This has 1,013 characters" in text, MARKER in text, "x" * 990 in text) == (
        True,
        True,
        True,
    )
    assert Experiment.objects.get().happened == MARKER


def test_nothing_chosen_is_asked_for(participant_client: Client, experiment: Begin) -> None:
    response = participant_client.post(page(experiment(), "answer"), {"learned": "To wait."})
    assert ("Choose one." in text_of(response), "To wait." in response.content.decode()) == (
        True,
        True,
    )


# Changing, sharing, deleting ----------------------------------------------------------------------


def test_words_and_time_are_changed(
    participant_client: Client, experiment: Begin, following: Workshop
) -> None:
    kept = experiment(look_back=LookBack(on=timezone.now().date() + timedelta(days=2)))
    assert MARKER in participant_client.get(page(kept, "edit")).content.decode()
    participant_client.post(page(kept, "edit"), {"words": "Better", "before": following.public_id})
    now = Experiment.objects.get()
    assert (now.words, look_back_of(now)) == ("Better", LookBack(workshop=following))
    assert "Write a few words" in text_of(
        participant_client.post(page(kept, "edit"), {"words": ""})
    )


def test_widening_asks_once_naming_the_readers(
    participant_client: Client, experiment: Begin, facilitator: User, peer: User
) -> None:
    kept = experiment()
    asked = participant_client.post(page(kept, "share"), {"audience": "cohort"})
    assert Experiment.objects.get().audience == Audience.ONLY_ME
    assert "Share this with 2 people?" in text_of(asked)
    assert "Dev Patel, Ruth Okafor" in text_of(asked)
    agreed = re.findall(r'name="agreed" value="(\w+)"', asked.content.decode())[0]
    participant_client.post(page(kept, "share"), {"audience": "cohort", "agreed": agreed})
    assert Experiment.objects.get().audience == Audience.COHORT
    assert "Dev and Ruth can read it." in text_of(participant_client.get(kept.get_absolute_url()))
    participant_client.post(page(kept, "share"), {"audience": "me"})
    assert Experiment.objects.get().audience == Audience.ONLY_ME


def test_deleting_asks_then_takes_it(participant_client: Client, experiment: Begin) -> None:
    kept = experiment()
    assert "Delete this experiment?" in text_of(participant_client.get(page(kept, "delete")))
    assert Experiment.objects.count() == 1
    assert participant_client.post(page(kept, "delete"))["Location"] == "/reflections/"
    assert not Experiment.objects.exists()


def test_what_cannot_be_read_is_not_written_over(
    participant_client: Client, experiment: Begin, settings: object
) -> None:
    kept = experiment()
    Experiment.objects.filter(pk=kept.pk).update(outcome="")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reflections_experiment SET words = 'lost'")
    assert "can’t be read at the moment" in text_of(participant_client.get(kept.get_absolute_url()))
    for act in ("edit", "answer"):
        said = {"words": "x", "outcome": "tried"}
        assert participant_client.post(page(kept, act), said)["Location"] == kept.get_absolute_url()
    assert "can’t be read at the moment" in text_of(participant_client.get("/"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM reflections_experiment")
        assert cursor.fetchone()[0] == "lost"
