"""The figures of one survey question, and what people wrote in answer to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from programmes.questions import Question
from surveys.disclosure import Detail, detail_of, rounded_mean, shows_words
from surveys.models import Comment

POINTS = range(1, 6)
FAVOURABLE = (4, 5)


@dataclass(frozen=True)
class Item:
    """The figures of one question that is not answered in words.

    `n` is the number of answers, and `total` their sum. Of a scale, `favourable` is how many chose
    4 or 5, and `distribution` how many chose each point from 1 to 5. Of a choice, `chosen` has each
    option with how many chose it. A figure that the question doesn't have, or that may not be
    shown, is None. If the answers are too few for exact figures, only `rounded` is set: the
    `rounded_mean` of a scale or number.

    What may be shown depends on the number of answers to this question, not on the number of
    responses, because people can skip questions.
    """

    question: Question
    n: int | None = None
    total: int | None = None
    favourable: int | None = None
    distribution: tuple[int, ...] | None = None
    chosen: tuple[tuple[str, int], ...] | None = None
    rounded: float | None = None

    @property
    def text(self) -> str:
        return self.question.text

    @property
    def low(self) -> str:
        return self.question.low

    @property
    def high(self) -> str:
        return self.question.high

    @property
    def is_shown(self) -> bool:
        return self.is_exact or self.rounded is not None

    @property
    def is_exact(self) -> bool:
        return self.n is not None

    @property
    def mean(self) -> float | None:
        """Return the mean answer to one decimal place, rounding half up; None if not shown."""
        if self.n is None or self.total is None:
            return None
        return float((Decimal(self.total) / self.n).quantize(Decimal("0.1"), ROUND_HALF_UP))

    @property
    def average(self) -> str:
        """Return the mean as a text such as “3.8”, “3.5” or “4.5 or more”; empty if not shown."""
        if self.rounded is None:
            return "" if self.mean is None else number_format(self.mean)
        least, most = ends_of(self.question)
        texts = {least + 0.5: _("%(mean)s or less"), most - 0.5: _("%(mean)s or more")}
        return texts.get(self.rounded, "%(mean)s") % {"mean": number_format(self.rounded)}

    @property
    def share(self) -> float | None:
        """Return the share of answers that are 4 or 5, from 0 to 1; None if not shown."""
        return None if self.n is None or self.favourable is None else self.favourable / self.n

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        """Return each option with how many chose it, and their share of those who answered."""
        return [(option, count, count / (self.n or 1)) for option, count in self.chosen or ()]


def ends_of(question: Question) -> tuple[int, int]:
    """Return the smallest and the largest answer to a scale or number."""
    return (1, 5) if question.is_scale else (0, question.most or 0)


@dataclass(frozen=True)
class Words:
    """What people wrote in answer to one question.

    `comments` are in random order. They are empty while an administrator is still reading them
    (`is_being_read`) and if too few people wrote one (`hides_some`). `reasons` says why comments
    were hidden, each reason once. `hidden_later` is how many were hidden after people could read
    them.
    """

    question: Question
    comments: tuple[str, ...] = ()
    is_being_read: bool = False
    hides_some: bool = False
    hidden: int = 0
    reasons: tuple[str, ...] = ()
    hidden_later: int = 0


def item_of(question: Question, answers: list[Any], *, is_closed: bool) -> Item:
    """Return the question's figures, as far as they may be shown."""
    detail = detail_of(len(answers), is_closed=is_closed)
    if detail < Detail.EXACT and (detail == Detail.NOTHING or question.is_choice):
        return Item(question)
    if detail < Detail.EXACT:
        least, most = ends_of(question)
        return Item(question, rounded=rounded_mean(answers, least=least, most=most))
    if question.is_choice:
        return Item(question, n=len(answers), chosen=tuple(count_options(question, answers)))
    if question.is_number:
        return Item(question, n=len(answers), total=sum(answers))
    return Item(
        question,
        n=len(answers),
        total=sum(answers),
        favourable=sum(answer in FAVOURABLE for answer in answers),
        distribution=tuple(map(answers.count, POINTS)),
    )


def count_options(question: Question, answers: list[Any]) -> Iterable[tuple[str, int]]:
    """Yield each option of a choice with the number of people who chose it."""
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update(answer if isinstance(answer, list) else [answer])
    for option in question.options:
        yield option, counts[option]


def pool(items: list[Item]) -> Item:
    """Return the sum of those items of one question that are exact and of its latest kind."""
    latest = items[-1].question
    exact = [one for one in items if one.is_exact and one.question.kind == latest.kind]
    if not exact:
        return Item(latest)
    chosen: Counter[str] = Counter()
    for one in exact:
        chosen.update(dict(one.chosen or ()))
    points = [one.distribution for one in exact if one.distribution]
    return Item(
        latest,
        n=sum(one.n or 0 for one in exact),
        total=None if latest.is_choice else sum(one.total or 0 for one in exact),
        favourable=sum(one.favourable or 0 for one in exact) if latest.is_scale else None,
        distribution=tuple(map(sum, zip(*points, strict=True))) if latest.is_scale else None,
        chosen=tuple(chosen.items()) if latest.is_choice else None,
    )


def words_of(
    question: Question, comments: list[Comment], answers: int, *, is_being_read: bool
) -> Words:
    """Return what people wrote in answer to one question, unless comments are still being read."""
    if not shows_words(len(comments), answers):
        return Words(question, hides_some=True)
    if is_being_read:
        return Words(question, is_being_read=True)
    hidden = [comment for comment in comments if comment.is_hidden]
    return Words(
        question,
        comments=tuple(one.visible_text for one in comments if not one.is_hidden),
        hidden=len(hidden),
        reasons=tuple(sorted({comment.reason for comment in hidden})),
        hidden_later=sum(comment.was_shown for comment in hidden),
    )
