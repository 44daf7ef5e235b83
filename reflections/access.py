"""Permission checks for reflections, experiments, replies and drafts.

All checks raise Http404 if the user can't read the object. The `own_…` functions raise
PermissionDenied if the user can read the object but did not write it. Administrators get no extra
access.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Draft, Experiment, Reflection, Reply


def readable_reflection(user: User, public_id: str) -> Reflection:
    entries = Reflection.objects.readable_by(user).select_related("author", "cohort", "workshop")
    return get_object_or_404(entries, public_id=public_id)


def own_reflection(user: User, public_id: str) -> Reflection:
    reflection = readable_reflection(user, public_id)
    if reflection.author != user:
        raise PermissionDenied
    return reflection


def readable_experiment(user: User, public_id: str) -> Experiment:
    experiments = Experiment.objects.readable_by(user).select_related(
        "author", "cohort", "workshop", "look_back_workshop__cohort", "reflection"
    )
    return get_object_or_404(experiments, public_id=public_id)


def own_experiment(user: User, public_id: str) -> Experiment:
    experiment = readable_experiment(user, public_id)
    if experiment.author != user:
        raise PermissionDenied
    return experiment


def own_reply(user: User, public_id: str) -> Reply:
    replies = Reply.objects.readable_by(user).select_related("reflection__author")
    reply = get_object_or_404(replies, public_id=public_id)
    if reply.author_id != user.pk:
        raise PermissionDenied
    return reply


def own_cohort(user: User, public_id: str) -> Cohort:
    """Return the cohort if the user is or was a member of it."""
    return get_object_or_404(Cohort.objects.joined_by(user), public_id=public_id)


def own_draft(user: User, entry: str) -> Draft:
    return get_object_or_404(Draft.objects.readable_by(user).with_place(), entry=entry)


def json_login_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view that scripts call, so that it responds 401 to anonymous requests.

    Other views redirect anonymous requests to the sign-in page.
    """

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"out": True}, status=401)
        return view(request, *args, **options)

    return wrapped
