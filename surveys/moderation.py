"""Moderation: an administrator from outside the cohort reads comments before they are shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.encryption import Unreadable
from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.disclosure import shows_words
from surveys.models import Comment, Response, Survey
from surveys.shortening import first_added_word, quotes, words_in
from ui.version_token import version_token

Decision = Comment.Decision


@dataclass(frozen=True)
class Verdict:
    """What an administrator decides about one comment.

    `seen` is the comment's version token when the page was shown. `shown_text` is what is left
    after shortening, and `reason` says why the comment is hidden.
    """

    comment: Comment
    decision: str
    seen: str
    shown_text: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ToRead:
    """A survey with comments that nobody has decided on yet.

    `others` are the administrators who can read them, if the user can't.
    """

    survey: Survey
    waiting: int
    may_read: bool
    others: list[User] = field(default_factory=list)


def readers(cohort: Cohort) -> QuerySet[User]:
    """Return the administrators who can read the cohort's comments, by name.

    They have never been in the cohort: neither as a facilitator, whom the comments are about, nor
    as a participant, who may know how somebody writes.
    """
    was_in_it = Membership.objects.filter(cohort=cohort, user=OuterRef("pk"))
    administrators = User.objects.filter(is_administrator=True, is_active=True)
    return administrators.filter(~Exists(was_in_it)).order_by("name", "pk")


def may_read(user: User, cohort: Cohort) -> bool:
    return readers(cohort).filter(pk=user.pk).exists()


def comments_to_read(survey: Survey) -> list[Comment]:
    """Return the comments that may be shown once they are read, in random order. Two queries."""
    if not survey.pk:
        return []
    answers = Response.objects.filter(survey=survey).count()
    return showable(survey.comments.select_related("read_by"), answers)


def showable(comments: Iterable[Comment], answers: int) -> list[Comment]:
    """Return the comments on questions that enough people answered in words.

    A named survey also stores its other comments. They are shown only with the person's name.
    """
    found = list(comments)
    numbers = Counter(comment.question for comment in found)
    return [one for one in found if shows_words(numbers[one.question], answers)]


def surveys_to_read(user: User) -> list[ToRead]:
    """Return the surveys with waiting comments, starting with those that the user may read.

    The user must be an administrator. Makes four queries, and one more for each survey of a cohort
    that the user was in.
    """
    waiting = count_waiting()
    surveys = Survey.objects.filter(pk__in=waiting).select_related("workshop__cohort")
    mine = set(Membership.objects.filter(user=user).values_list("cohort", flat=True))
    found = []
    for survey in surveys.order_by("closing_at", "pk"):
        cohort = survey.workshop.cohort
        is_mine = cohort.pk in mine
        others = list(readers(cohort)) if is_mine else []
        found.append(ToRead(survey, waiting[survey.pk], not is_mine, others))
    return sorted(found, key=lambda one: not one.may_read)


def count_waiting() -> dict[int, int]:
    """Return a dict that maps the pks of surveys to how many of their comments wait to be read."""
    waiting = Comment.objects.filter(
        decision=Decision.WAITING, survey__workshop__cancelled_at=None
    ).values("survey")
    answers = Response.objects.filter(survey__in=waiting)
    received = dict(answers.order_by().values_list("survey").annotate(Count("pk")))
    rows = (
        Comment.objects.filter(survey__in=waiting)
        .order_by()
        .values_list("survey", "question")
        .annotate(Count("pk"), waiting=Count("pk", filter=Q(decision=Decision.WAITING)))
    )
    found: defaultdict[int, int] = defaultdict(int)
    for survey, _question, written, number in rows:
        if number and shows_words(written, received.get(survey, 0)):
            found[survey] += number
    return dict(found)


def count_to_read(user: User) -> int:
    """Return how many comments the user can read now. They must be an administrator."""
    return sum(one.waiting for one in surveys_to_read(user) if one.may_read)


def version_of(comment: Comment) -> str:
    return version_token(comment.decision, str(comment.shown_text), comment.reason)


def is_finished(comments: Iterable[Comment]) -> bool:
    """Return whether all comments are decided on, so that people can read those that are shown."""
    return not any(comment.is_waiting for comment in comments)


@transaction.atomic
def decide(*, survey: Survey, verdicts: list[Verdict], by: User, at: datetime) -> list[Comment]:
    """Save decisions about comments. Return the comments that somebody else has decided on.

    Those stay as they are; the other decisions are saved. Raises ValidationError if a verdict is
    not allowed. Locks the survey, so that concurrent decisions are serialised.
    """
    Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    comments = {comment.pk: comment for comment in comments_to_read(survey)}
    was_finished = is_finished(comments.values())
    conflicts = []
    for verdict in verdicts:
        comment = comments.get(verdict.comment.pk)
        if comment is None or is_as_decided(comment, verdict):
            continue
        if version_of(comment) != verdict.seen:
            conflicts.append(comment)
            continue
        check_verdict(comment, verdict, is_finished=was_finished)
        save_verdict(comment, verdict, was_shown=was_finished, by=by, at=at)
    return conflicts


def is_as_decided(comment: Comment, verdict: Verdict) -> bool:
    """Return whether the same decision is stored already, for example after a double click."""
    stored = (comment.decision, str(comment.shown_text), comment.reason)
    return stored == (verdict.decision, verdict.shown_text, verdict.reason)


def check_verdict(comment: Comment, verdict: Verdict, *, is_finished: bool) -> None:
    """Raise ValidationError, for the field that is wrong, if the verdict is not allowed."""
    if is_finished and (comment.is_hidden or verdict.decision != Decision.HIDDEN):
        raise ValidationError(
            {"decision": _("People can read the comments now, so you can only hide one.")}
        )
    if isinstance(comment.text, Unreadable) and verdict.decision != Decision.HIDDEN:
        raise ValidationError({"decision": _("You can’t read this, so you can only hide it.")})
    if verdict.decision == Decision.SHORTENED:
        check_shortened(comment.text, verdict.shown_text)
    if verdict.decision == Decision.HIDDEN:
        check_reason(comment.text, verdict.reason)


def check_shortened(original: str, shortened: str) -> None:
    if not words_in(shortened):
        raise ValidationError({"shown_text": _("Leave some of it, or hide the comment.")})
    added = first_added_word(original, shortened)
    if added is not None:
        message = _("You can only leave words out. “%(word)s” is not in the comment at this place.")
        raise ValidationError({"shown_text": message % {"word": added}})
    if words_in(original) == words_in(shortened):
        raise ValidationError({"shown_text": _("Leave something out, or show it as it is.")})


def check_reason(comment: str, reason: str) -> None:
    if not reason:
        raise ValidationError({"reason": _("Enter why the comment is hidden.")})
    if quotes(reason, comment):
        raise ValidationError(
            {"reason": _("Say why in other words. Everybody reads this, so don’t quote from it.")}
        )


def save_verdict(
    comment: Comment, verdict: Verdict, *, was_shown: bool, by: User, at: datetime
) -> None:
    # An update of these columns alone, because the text can't be saved if its key is lost.
    Comment.objects.filter(pk=comment.pk).update(
        decision=verdict.decision,
        shown_text=verdict.shown_text if verdict.decision == Decision.SHORTENED else "",
        reason=verdict.reason if verdict.decision == Decision.HIDDEN else "",
        was_shown=was_shown,
        read_at=at,
        read_by=by,
    )
