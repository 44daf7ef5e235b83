from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from cohorts.models import Cohort
from programmes.feedback import default_questions, ready_questions
from programmes.models import WorkshopPlan
from programmes.questions import Question, QuestionKind
from surveys.editor.questionnaire import question_token
from surveys.opening import get_or_create_survey
from tests.surveys.editor.pages import ADDED, NEW_ID, OPENLY, OWN, TRUST, said, shown, url
from workshops.models import Workshop

pytestmark = pytest.mark.usefixtures("next_day")


# The list


def test_list_shows_questions_in_order_with_their_kind(
    facilitator_client: Client, cohort: Cohort
) -> None:
    cohort.questions = (*default_questions(), ADDED, TRUST)
    cohort.save()
    text = shown(facilitator_client.get(url("question_list", cohort)))

    places = [text.index(f"<h3>{question.text}</h3>") for question in cohort.questions]
    assert places == sorted(places)
    assert "Scale from 1 to 5: “Not at all” to “Completely”" in text
    assert "Choice of one: Yes · No" in text
    assert "Number: 0 to 60" in text
    assert text.count('name="to"') == 12
    assert text.count('name="question"') == len(ready_questions()) - 6


def test_list_says_what_changes_reach(
    facilitator_client: Client, workshop: Workshop, administrator_client: Client, plan: WorkshopPlan
) -> None:
    lists = (
        url("question_list", workshop.cohort),
        url("question_list", workshop, place="workshops"),
    )
    for address in lists:
        text = shown(facilitator_client.get(address))
        assert "Changes reach surveys that nobody has been invited to yet." in text
        assert "already sent" not in text
    get_or_create_survey(workshop)

    assert "1 survey that was already sent keeps its questions." in shown(
        facilitator_client.get(lists[0])
    )
    assert "Changes here don’t reach it." in shown(facilitator_client.get(lists[1]))
    for owner, place in ((plan.programme, "programmes"), (plan, "plans")):
        text = shown(administrator_client.get(url("question_list", owner, place=place)))
        assert "New cohorts copy these questions. Existing cohorts keep their own." in text


def test_full_list_offers_no_more(facilitator_client: Client, workshop: Workshop) -> None:
    address = url("question_list", workshop, place="workshops")
    assert "Ready questions" in shown(facilitator_client.get(address))
    workshop.own_questions = ready_questions()[5:8]
    workshop.save()
    text = shown(facilitator_client.get(address))

    assert "The list is full. Delete a question before you add another." in text
    assert "Ready questions" not in text


# Adding


@pytest.mark.parametrize("place", ["cohorts", "workshops", "programmes", "plans"])
def test_question_is_added_at_the_end_once(
    administrator_client: Client, workshop: Workshop, plan: WorkshopPlan, place: str
) -> None:
    owner: Any = {
        "cohorts": workshop.cohort,
        "workshops": workshop,
        "programmes": plan.programme,
        "plans": plan,
    }[place]
    address = url("question_add", owner, "choice", place=place)
    for _ in range(2):
        response = administrator_client.post(address, OWN)
        assert said(response, administrator_client) == ["Question added."]
        assert response["Location"].endswith(f"#question-{NEW_ID}")
    owner.refresh_from_db()

    before = default_questions() if place in ("cohorts", "programmes") else ()
    field = "questions" if place in ("cohorts", "programmes") else "own_questions"
    assert getattr(owner, field) == (*before, ADDED)


def test_form_that_is_used_again_adds_another_question(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_add", cohort, "choice")
    for text in ("Was the room warm?", "Was the room light?"):
        facilitator_client.post(address, OWN | {"text": text})
    *_, first, second = Cohort.objects.get().questions

    assert first == ADDED
    assert second == replace(ADDED, id=second.id, text="Was the room light?")
    assert second.id != first.id


def test_wrong_question_is_shown_again_with_what_was_typed(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_add", cohort, "choice")
    text = shown(facilitator_client.post(address, OWN | {"options": "Only this"}))

    assert "Enter from 2 to 10 options, one on each line." in text
    assert 'value="Was the room warm?"' in text
    assert "Only this</textarea>" in text
    assert Cohort.objects.get().questions == default_questions()


@pytest.mark.parametrize(("place", "most"), [("cohorts", 12), ("workshops", 3)])
def test_question_too_many_is_refused_with_what_was_typed(
    facilitator_client: Client, workshop: Workshop, place: str, most: int
) -> None:
    many = [Question(f"q{n}", QuestionKind.LONG_TEXT, f"What {n}?") for n in range(most)]
    Cohort.objects.update(questions=many)
    Workshop.objects.update(own_questions=many[:3])
    owner: Any = workshop.cohort if place == "cohorts" else workshop
    text = shown(facilitator_client.post(url("question_add", owner, "choice", place=place), OWN))

    assert f"There can be {most} questions at most. Delete one before you add another." in text
    assert 'value="Was the room warm?"' in text
    ready = facilitator_client.post(
        url("question_add_ready", owner, place=place), {"question": TRUST.id}
    )
    assert said(ready, facilitator_client) == [
        f"There can be {most} questions at most. Delete one before you add another."
    ]


def test_ready_question_is_added_by_one_click(facilitator_client: Client, cohort: Cohort) -> None:
    for _ in range(2):
        response = facilitator_client.post(
            url("question_add_ready", cohort), {"question": TRUST.id}
        )
        assert said(response, facilitator_client) == ["Question added."]

    assert Cohort.objects.get().questions == (*default_questions(), TRUST)


def test_unknown_ready_question_or_kind_is_refused(
    facilitator_client: Client, cohort: Cohort
) -> None:
    response = facilitator_client.post(url("question_add_ready", cohort), {"question": "x\0"})
    assert said(response, facilitator_client) == ["Choose one of the ready questions."]
    assert facilitator_client.get(url("question_add", cohort, "essay")).status_code == 404
    assert (
        facilitator_client.get(url("question_edit", cohort, "change") + "?kind=essay").status_code
        == 404
    )


# Editing


def edited(question: Question = OPENLY, **changed: str) -> dict[str, str]:
    data = {"text": question.text, "low": question.low, "high": question.high}
    return {**data, "new_id": NEW_ID, "version": question_token(question), **changed}


def test_reworded_question_keeps_its_id_and_place(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_edit", cohort, OPENLY.id)
    assert 'value="I could speak openly"' in shown(facilitator_client.get(address))
    response = facilitator_client.post(address, edited(text="I spoke openly"))

    assert said(response, facilitator_client) == ["Question saved."]
    [first, *rest] = Cohort.objects.get().questions
    assert (first.id, first.text) == (OPENLY.id, "I spoke openly")
    assert rest == list(default_questions()[1:])


def test_question_of_another_kind_is_a_new_question(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_edit", cohort, OPENLY.id) + "?kind=short_text"
    text = shown(facilitator_client.get(address))
    assert "This changes the kind of question, which is “Scale from 1 to 5” now." in text
    facilitator_client.post(address, edited(text="Where?"))

    [first, *rest] = Cohort.objects.get().questions
    assert first == Question(NEW_ID, "short_text", "Where?")
    assert rest == list(default_questions()[1:])


def test_edit_shows_what_somebody_else_has_saved_and_then_replaces_it(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_edit", cohort, OPENLY.id)
    facilitator_client.post(address, edited(text="Theirs"))
    text = shown(facilitator_client.post(address, edited(text="Mine")))
    [theirs, *_] = Cohort.objects.get().questions

    assert theirs.text == "Theirs"
    assert "It is now: “Theirs” (Scale from 1 to 5)." in text
    assert 'value="Mine"' in text
    assert f'value="{question_token(theirs)}"' in text
    facilitator_client.post(address, edited(text="Mine", version=question_token(theirs)))
    assert Cohort.objects.get().questions[0].text == "Mine"


def test_edit_of_a_deleted_question_keeps_what_was_typed(
    facilitator_client: Client, cohort: Cohort
) -> None:
    Cohort.objects.update(questions=default_questions()[1:])
    address = url("question_edit", cohort, OPENLY.id)
    text = shown(facilitator_client.post(address + "?kind=scale", edited(text="Mine")))

    assert "Somebody else has deleted this question." in text
    assert 'value="Mine"' in text
    assert facilitator_client.get(address).status_code == 404


# Moving and deleting


@pytest.mark.parametrize(
    ("moved", "to", "position", "button"),
    [
        ("change", 4, 4, "up"),
        ("change", 1, 1, "down"),
        ("spoke_openly", 2, 2, "down"),
        ("spoke_openly", 5, 5, "up"),
    ],
)
def test_moved_question_gets_the_focus(
    facilitator_client: Client, cohort: Cohort, moved: str, to: int, position: int, button: str
) -> None:
    response = facilitator_client.post(url("question_move", cohort, moved), {"to": to})

    assert response["Location"].endswith(f"#{button}-{moved}")
    assert said(response, facilitator_client) == [f"The question is now number {position}."]
    assert [one.id for one in Cohort.objects.get().questions].index(moved) + 1 == position


@pytest.mark.parametrize(("moved", "to"), [("change", "up"), ("change", ""), ("unknown", "1")])
def test_move_that_makes_no_sense_changes_nothing(
    facilitator_client: Client, cohort: Cohort, moved: str, to: str
) -> None:
    response = facilitator_client.post(url("question_move", cohort, moved), {"to": to})

    assert said(response, facilitator_client) == ["Use the arrow buttons to move a question."]
    assert Cohort.objects.get().questions == default_questions()


def test_question_is_deleted_after_a_confirmation(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_delete", cohort, OPENLY.id)
    assert "Delete “I could speak openly”?" in shown(facilitator_client.get(address))
    assert Cohort.objects.get().questions == default_questions()
    for _ in range(2):
        response = facilitator_client.post(address, {"version": question_token(OPENLY)})
        assert said(response, facilitator_client) == ["Question deleted."]

    assert Cohort.objects.get().questions == default_questions()[1:]


def test_changed_or_last_question_is_not_deleted(
    facilitator_client: Client, cohort: Cohort
) -> None:
    address = url("question_delete", cohort, OPENLY.id)
    stale = facilitator_client.post(address, {"version": "old"})
    assert said(stale, facilitator_client) == [
        "Somebody else has changed this question. Read it before you delete it."
    ]
    Cohort.objects.update(questions=[OPENLY])
    last = facilitator_client.post(address, {"version": question_token(OPENLY)})
    assert said(last, facilitator_client) == [
        "A survey needs at least one question. Add another before you delete this one."
    ]
    assert Cohort.objects.get().questions == (OPENLY,)
