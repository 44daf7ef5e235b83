"""The release of a closed survey's answers: from its ballot box into responses and comments."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from cohorts.models import Membership
from programmes.feedback import SurveyKind
from surveys.disclosure import shows_words
from surveys.models import (
    MEMBER,
    PSEUDONYM,
    RANDOM,
    Answers,
    BallotBox,
    Comment,
    Response,
    Survey,
    UnreadableBoxError,
)

logger = logging.getLogger(__name__)


def release_due(*, at: datetime) -> int:
    """Release the answers of every survey that has closed. Return the number of surveys released.

    If one survey fails, the error is logged and the other surveys are released.
    """
    released = 0
    for pk in list(BallotBox.objects.filter(survey__closing_at__lte=at).values_list("pk")):
        try:
            released += release(*pk, at=at)
        except UnreadableBoxError:
            logger.error(
                "The answers to survey %d can't be decrypted: its key is not in REFLECTION_KEYS.",
                *pk,
            )
        except Exception:
            logger.exception("The answers to survey %d could not be released.", *pk)
    return released


@transaction.atomic
def release(survey: int, *, at: datetime) -> bool:
    """Save the answers in a closed survey's ballot box as responses and comments; delete the box.

    Both are in random order, and independent of each other. `survey` is a pk. Does nothing and
    returns False if the survey has not closed, or its answers have been released. Raises
    UnreadableBoxError if the encryption key is missing. If the workshop is cancelled, the answers
    are deleted with the box, because nobody can see them.
    """
    closed = Survey.objects.filter(pk=survey, closing_at__lte=at)
    # The row lock serialises the release with submissions and with other releases.
    locked = closed.select_for_update(of=("self",)).select_related("workshop").first()
    box = BallotBox.objects.filter(survey=locked).first() if locked else None
    if locked is None or box is None:
        return False
    if not locked.workshop.is_cancelled:
        save_answers(locked, box.read())
    box.delete()
    transaction.on_commit(truncate_write_ahead_log, robust=True)
    return True


def save_answers(survey: Survey, answers: list[Answers]) -> None:
    """Save the answers as responses, and what people wrote as comments in another random order."""
    authors = [author_of(survey, one) for one in answers]
    Response.objects.bulk_create(
        Response(survey=survey, answers=without_words(survey, one), **author)
        for one, author in zip(answers, authors, strict=True)
    )
    comments = list(comments_among(survey, answers, authors))
    RANDOM.shuffle(comments)
    Comment.objects.bulk_create(comments)


def author_of(survey: Survey, answers: Answers) -> dict[str, Any]:
    """Return the fields of a response that say whose answers these are, as the kind allows.

    The kind may have become more anonymous since the person answered, and the person may have been
    erased.
    """
    if survey.kind == SurveyKind.NAMED:
        named = Membership.objects.filter(pk=answers.get(MEMBER, 0), user__erased_at=None)
        return {"membership": named.first()}
    if survey.kind == SurveyKind.LINKED:
        return {"pseudonym": answers.get(PSEUDONYM)}
    return {}


def without_words(survey: Survey, answers: Answers) -> Answers:
    """Return the answers to the questions that are not answered in words."""
    asked = {question.id for question in survey.questions if not question.is_text}
    return {name: answer for name, answer in answers.items() if name in asked}


def comments_among(
    survey: Survey, answers: list[Answers], authors: list[dict[str, Any]]
) -> Iterator[Comment]:
    """Yield the comments to save. Leaves out those that could never be shown."""
    for question in survey.questions:
        if not question.is_text:
            continue
        wrote = [
            (one[question.id], author.get("membership"))
            for one, author in zip(answers, authors, strict=True)
            if one.get(question.id) and (author.get("membership") or not survey.is_named)
        ]
        if survey.is_named or shows_words(len(wrote), len(answers)):
            for text, member in wrote:
                yield Comment(survey=survey, question=question.id, text=text, membership=member)


def truncate_write_ahead_log() -> None:
    """Empty SQLite's write-ahead log, which contains earlier versions of the ballot box.

    Somebody with the encryption keys could compare those versions, and learn in which order the
    answers came. If other connections are busy, SQLite leaves the log as it is, and overwrites it
    later.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
