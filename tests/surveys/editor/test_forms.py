from __future__ import annotations

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from programmes.questions import Question, QuestionKind
from surveys.editor.forms import FeedbackSettingsForm, QuestionForm

UNSEEN = "This contains a character that can’t be shown. Type it again."
TURNED = "This contains an invisible character that changes the direction of text. Type it again."
GIVEN: dict[QuestionKind, dict[str, str]] = {
    QuestionKind.SCALE: {"low": "Not at all", "high": "Completely"},
    QuestionKind.CHOICE: {"options": "Yes\nNo"},
    QuestionKind.CHOICES: {"options": "Yes\nNo"},
    QuestionKind.NUMBER: {"most": "60"},
    QuestionKind.SHORT_TEXT: {},
    QuestionKind.LONG_TEXT: {},
}
STORED: dict[QuestionKind, dict[str, Any]] = {
    QuestionKind.SCALE: {"low": "Not at all", "high": "Completely"},
    QuestionKind.CHOICE: {"options": ("Yes", "No")},
    QuestionKind.CHOICES: {"options": ("Yes", "No")},
    QuestionKind.NUMBER: {"most": 60},
}
NEW_ID = "0123456789abcdef0123456789abcdef"


def form(kind: QuestionKind, *, question: Question | None = None, **given: Any) -> QuestionForm:
    data = {"text": "How was it?", **GIVEN[kind], "new_id": NEW_ID, **given}
    return QuestionForm(data, kind=kind, question=question)


def errors(form: Any) -> dict[str, list[str]]:
    return {name: form[name].problems for name in form.errors}


@pytest.mark.parametrize("kind", QuestionKind)
def test_form_makes_a_question_of_each_kind(kind: QuestionKind) -> None:
    filled = form(kind, is_required="on")

    assert errors(filled) == {}
    assert filled.value() == Question(
        NEW_ID, kind.value, "How was it?", is_required=True, **STORED.get(kind, {})
    )


@pytest.mark.parametrize("kind", QuestionKind)
def test_form_of_a_question_shows_and_saves_it_unchanged(kind: QuestionKind) -> None:
    question = Question("known", kind.value, "How?", **STORED.get(kind, {}))
    shown = QuestionForm(kind=kind, question=question)
    data = {name: shown[name].value() for name in shown.fields}
    again = QuestionForm({**data, "is_required": ""}, kind=kind, question=question)

    assert errors(again) == {}
    assert again.value() == question


def test_question_of_another_kind_gets_another_id() -> None:
    question = Question("known", QuestionKind.LONG_TEXT, "How was it?")

    assert form(QuestionKind.LONG_TEXT, question=question).is_valid()
    for kind, expected in ((QuestionKind.LONG_TEXT, "known"), (QuestionKind.SHORT_TEXT, NEW_ID)):
        filled = form(kind, question=question)
        assert filled.is_valid()
        assert filled.value().id == expected


@pytest.mark.parametrize("sent", ["", "spoke_openly", "../x", "\0"])
def test_id_that_no_page_has_sent_is_replaced(sent: str) -> None:
    filled = form(QuestionKind.LONG_TEXT, new_id=sent)
    assert filled.is_valid() or sent == "\0"
    if sent != "\0":
        assert len(filled.value().id) == len(NEW_ID)
        assert filled.value().id != sent


@pytest.mark.parametrize(
    ("kind", "given", "field", "problem"),
    [
        ("long_text", {"text": "  "}, "text", "Enter the question."),
        (
            "long_text",
            {"text": "x" * 201},
            "text",
            "Shorten this to 200 characters; it has 201.",
        ),
        ("long_text", {"text": "a\0b"}, "text", UNSEEN),
        ("long_text", {"text": "a\u202eb"}, "text", TURNED),
        ("scale", {"low": ""}, "low", "Enter what 1 means."),
        ("scale", {"high": " "}, "high", "Enter what 5 means."),
        ("scale", {"low": "x" * 61}, "low", "Shorten this to 60 characters; it has 61."),
        ("scale", {"high": "a\u2066b"}, "high", TURNED),
        ("choice", {"options": ""}, "options", "Enter at least two answers, one on each line."),
        (
            "choice",
            {"options": "Only this"},
            "options",
            "Enter from 2 to 10 options, one on each line.",
        ),
        (
            "choices",
            {"options": "\n".join(map(str, range(11)))},
            "options",
            "Enter from 2 to 10 options, one on each line.",
        ),
        ("choices", {"options": "Yes\nyes"}, "options", "Enter each option once."),
        (
            "choice",
            {"options": "Yes\n" + "x" * 101},
            "options",
            "Shorten “xxxxxxxxxxxxxxxxxxxx…” to 100 characters.",
        ),
        ("choice", {"options": "Yes\nN\0o"}, "options", UNSEEN),
        ("number", {"most": "0"}, "most", "Enter a whole number from 1 to 1000."),
        ("number", {"most": "10000"}, "most", "Enter a whole number from 1 to 1000."),
        ("number", {"most": "some"}, "most", "Enter a whole number from 1 to 1000."),
        ("number", {"most": ""}, "most", "Enter a whole number from 1 to 1000."),
    ],
)
def test_wrong_input_has_an_error_beside_its_field(
    kind: str, given: dict[str, Any], field: str, problem: str
) -> None:
    assert errors(form(QuestionKind(kind), **given)) == {field: [problem]}


def test_options_lose_bullets_empty_lines_and_spaces() -> None:
    filled = form(QuestionKind.CHOICE, options="• Yes,  please \r\n\r\n- No")

    assert filled.is_valid()
    assert filled.value().options == ("Yes, please", "No")


@pytest.mark.parametrize("days", ["2", "29", "x", ""])
def test_days_outside_3_to_28_have_an_error(days: str) -> None:
    data = MultiValueDict({"survey_kind": ["named"], "survey_days": [days]})
    assert errors(FeedbackSettingsForm(data)) == {
        "survey_days": ["Enter a number of days from 3 to 28."]
    }


@pytest.mark.parametrize("kind", ["", "secret"])
def test_unknown_kind_of_survey_has_an_error(kind: str) -> None:
    data = MultiValueDict({"survey_kind": [kind], "survey_days": ["10"]})
    assert errors(FeedbackSettingsForm(data)) == {"survey_kind": ["Choose a kind of survey."]}
