"""What the figures of questions tell about a single person's answers."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.questions import Question, QuestionKind
from surveys.items import Item, item_of, pool

SCALE = Question("openly", QuestionKind.SCALE, "I could speak openly", "Not at all", "Completely")
NUMBER = Question("help", QuestionKind.NUMBER, "With how many people?", most=30)
CHOICE = Question("part", QuestionKind.CHOICE, "Which part?", options=("Pairs", "Fours", "All"))
CHOICES = Question("parts", QuestionKind.CHOICES, "Which parts?", options=("Pairs", "Fours"))

ANSWERS = {
    SCALE: st.integers(1, 5),
    NUMBER: st.integers(0, 30),
    CHOICE: st.sampled_from(CHOICE.options),
    CHOICES: st.lists(st.sampled_from(CHOICES.options), min_size=1, unique=True),
}
FIGURES = ("n", "total", "favourable", "distribution", "chosen", "rounded", "mean", "share")


def figures_of(item: Item) -> dict[str, Any]:
    """Return every figure of the item that is shown."""
    shown = {name: getattr(item, name) for name in FIGURES}
    return {name: figure for name, figure in shown.items() if figure is not None}


def asked(question: Question, answers: list[Any]) -> Item:
    return item_of(question, answers, is_closed=True)


@pytest.mark.parametrize("question", ANSWERS, ids=lambda question: question.kind)
@given(data=st.data())
def test_no_figure_is_about_fewer_than_five_answers(question: Question, data: Any) -> None:
    answers = data.draw(st.lists(ANSWERS[question], max_size=4))

    assert figures_of(asked(question, answers)) == {}


@pytest.mark.parametrize("question", ANSWERS, ids=lambda question: question.kind)
@given(data=st.data())
def test_five_to_seven_answers_show_a_rounded_mean_and_nothing_else(
    question: Question, data: Any
) -> None:
    answers = data.draw(st.lists(ANSWERS[question], min_size=5, max_size=7))

    shown = figures_of(asked(question, answers))
    assert set(shown) == (set() if question.is_choice else {"rounded"})


@pytest.mark.parametrize("question", ANSWERS, ids=lambda question: question.kind)
@given(data=st.data())
def test_figures_do_not_depend_on_who_gave_which_answer(question: Question, data: Any) -> None:
    answers = data.draw(st.lists(ANSWERS[question], max_size=12))

    assert asked(question, answers) == asked(question, data.draw(st.permutations(answers)))


@pytest.mark.parametrize("question", ANSWERS, ids=lambda question: question.kind)
@given(data=st.data())
def test_pool_is_the_sum_of_what_is_shown_exactly_anyway(question: Question, data: Any) -> None:
    """So subtracting shown figures from a pool leaves nothing about a survey that is not shown."""
    surveys = data.draw(st.lists(st.lists(ANSWERS[question], max_size=12), min_size=1, max_size=6))
    items = [asked(question, answers) for answers in surveys]
    exact = [item for item in items if item.is_exact]

    pooled = pool(items)

    assert pooled.n == (sum(item.n or 0 for item in exact) if exact else None)
    if question.is_choice:
        assert Counter(dict(pooled.chosen or ())) == sum(
            (Counter(dict(item.chosen or ())) for item in exact), Counter()
        )
    elif exact:
        assert pooled.total == sum(item.total or 0 for item in exact)


@pytest.mark.parametrize("people", [5, 6, 7])
def test_rounded_number_never_tells_how_everybody_answered(people: int) -> None:
    """Every rounded mean of numbers from 0 to 4 fits at least five sets of answers."""
    question = Question("help", QuestionKind.NUMBER, "With how many people?", most=4)
    fitting: Counter[float] = Counter()
    for answers in combinations_with_replacement(range(5), people):
        rounded = asked(question, list(answers)).rounded
        assert rounded is not None
        fitting[rounded] += 1

    assert min(fitting.values()) >= 5


@pytest.mark.parametrize(
    ("answers", "average"),
    [([0] * 5, "0.5 or less"), ([30] * 5, "29.5 or more"), ([3, 4, 4, 2, 5], "3.5")],
)
def test_rounded_number_is_given_as_a_limit_at_its_ends(answers: list[int], average: str) -> None:
    assert asked(NUMBER, answers).average == average


def test_choice_of_several_counts_each_option_once_a_person() -> None:
    answers = [["Pairs", "Fours"]] * 3 + [["Pairs"]] * 5

    item = asked(CHOICES, answers)

    assert (item.n, item.chosen) == (8, (("Pairs", 8), ("Fours", 3)))
    assert item.shares == [("Pairs", 8, 1.0), ("Fours", 3, 0.375)]
