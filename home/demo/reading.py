"""The demo's comments of surveys: read by the administrator, and answered by a facilitator."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cohorts.models import Cohort
from surveys.models import Comment, Survey
from surveys.moderation import Decision, Verdict, comments_to_read, decide, version_of
from surveys.replies import save_reply
from surveys.replies import version_of as reply_version


def read_comments(
    cohort: Cohort, *, reason: str, leave_one: bool, by: User, at: datetime
) -> list[Survey]:
    """Read the comments of the cohort's closed surveys. Return the surveys that have comments.

    In the first survey, the longest comment is shortened to its first sentence, and the shortest is
    hidden for `reason`. With `leave_one`, one comment of the last survey is left unread.
    """
    surveys = Survey.objects.filter(workshop__cohort=cohort).order_by("workshop__position")
    found = [survey for survey in surveys if comments_to_read(survey)]
    for survey in found:
        comments = comments_to_read(survey)
        waits = leave_one and survey == found[-1]
        verdicts = shorten_and_hide(comments, reason) if survey == found[0] else []
        decided = {verdict.comment for verdict in verdicts}
        verdicts += [
            Verdict(one, Decision.SHOWN, version_of(one))
            for one in comments[waits:]
            if one not in decided
        ]
        decide(survey=survey, verdicts=verdicts, by=by, at=at)
    return found


def shorten_and_hide(comments: list[Comment], reason: str) -> list[Verdict]:
    """Return verdicts on the longest comment and on the shortest one, if there are two."""
    *_, longest = ordered = sorted(comments, key=lambda one: len(one.text))
    sentence, end, rest = longest.text.partition(". ")
    verdicts = []
    if rest:
        short = f"{sentence}{end}…"
        verdicts.append(Verdict(longest, Decision.SHORTENED, version_of(longest), shown_text=short))
    if len(ordered) > 1:
        verdicts.append(Verdict(ordered[0], Decision.HIDDEN, version_of(ordered[0]), reason=reason))
    return verdicts


def reply(survey: Survey, text: str, *, by: User, at: datetime) -> None:
    """Save the facilitator's reply to the results of the survey."""
    save_reply(survey=survey, text=text, seen=reply_version(None), by=by, at=at)
