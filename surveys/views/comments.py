"""Views in which administrators read the comments of surveys before they are shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from programmes.questions import Question
from surveys.forms import CommentForm
from surveys.models import Comment, Survey
from surveys.moderation import (
    comments_to_read,
    decide,
    is_finished,
    may_read,
    readers,
    surveys_to_read,
)
from workshops.access import visible_workshop


@require_safe
def comment_list(request: AuthenticatedRequest) -> HttpResponse:
    """List the surveys with comments that administrators have yet to read."""
    if not request.user.is_administrator:
        raise PermissionDenied
    found = surveys_to_read(request.user)
    context = {
        "mine": [one for one in found if one.may_read],
        "not_mine": [one for one in found if not one.may_read],
    }
    return render(request, "surveys/comment_list.html", context)


@require_get_or_post
def comment_review(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a survey's comments to an administrator; on POST, save what they decided about each."""
    workshop = visible_workshop(request.user, public_id)
    if not request.user.is_administrator:
        raise PermissionDenied
    context: dict[str, Any] = {"workshop": workshop, "cohort": workshop.cohort}
    if not may_read(request.user, workshop.cohort):
        context["others"] = readers(workshop.cohort)
        return render(request, "surveys/comment_review_forbidden.html", context, status=403)
    survey = Survey.objects.about(workshop)
    forms = forms_for(request, comments_to_read(survey))
    if request.method == "POST" and forms and all(form.is_valid() for form in forms):
        forms = save(request, survey, forms)
        if not any(form.errors for form in forms):
            return redirect("surveys:comment_review", public_id=workshop.public_id)
    comments = [form.comment for form in forms]
    context |= {
        "is_finished": is_finished(comments),
        "groups": groups_of(survey, forms),
        "wrong": [form for form in forms if form.errors],
        "waiting": sum(comment.is_waiting for comment in comments),
    }
    return render(request, "surveys/comment_review.html", context)


def forms_for(request: AuthenticatedRequest, comments: list[Comment]) -> list[CommentForm]:
    finished = is_finished(comments)
    return [
        CommentForm(post_data(request), comment=comment, is_finished=finished)
        for comment in comments
    ]


def groups_of(survey: Survey, forms: list[CommentForm]) -> list[tuple[Question, list[CommentForm]]]:
    """Return each question that was answered in words, with the forms of its comments."""
    groups = [
        (question, [form for form in forms if form.comment.question == question.id])
        for question in survey.questions
    ]
    return [(question, found) for question, found in groups if found]


def save(
    request: AuthenticatedRequest, survey: Survey, forms: list[CommentForm]
) -> list[CommentForm]:
    """Save the decisions, and show a success message. Return new forms with what is stored now.

    If another administrator has decided on a comment meanwhile, its form has an error.
    """
    verdicts = [form.verdict for form in forms if form.verdict]
    conflicts = decide(survey=survey, verdicts=verdicts, by=request.user, at=timezone.now())
    taken = {comment.pk for comment in conflicts}
    comments = comments_to_read(survey)
    if not taken:
        messages.success(request, said(sum(comment.is_waiting for comment in comments)))
    finished = is_finished(comments)
    found = []
    for comment in comments:
        data = post_data(request) if comment.pk in taken else None
        form = CommentForm(data, comment=comment, is_finished=finished)
        if comment.pk in taken:
            form.errors.pop("decision", None)
            form.add_error("decision", decided_meanwhile(comment))
        found.append(form)
    return found


def said(waiting: int) -> str:
    if waiting:
        return ngettext(
            "Saved. %(count)d comment is still waiting.",
            "Saved. %(count)d comments are still waiting.",
            waiting,
        ) % {"count": waiting}
    return _("Saved. All comments are read, and people can read those that you show.")


def decided_meanwhile(comment: Comment) -> str:
    """Return a sentence that says what another administrator has decided about the comment."""
    name, decision = str(comment.read_by), comment.decision
    said = {
        Comment.Decision.SHOWN: _("%(name)s has decided meanwhile to show it as it is."),
        Comment.Decision.SHORTENED: _("%(name)s has shortened it meanwhile, to “%(text)s”."),
        Comment.Decision.HIDDEN: _("%(name)s has hidden it meanwhile, because: “%(reason)s”."),
    }[Comment.Decision(decision)]
    facts = {"name": name, "text": comment.shown_text, "reason": comment.reason}
    return " ".join((said % facts, _("Nothing was changed. Save again if you’d still decide so.")))
