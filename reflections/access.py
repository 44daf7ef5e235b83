"""The doors of what people write: who can't read it gets 404, who can but didn't write it may not change it (403)."""

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
    """Raises Http404 for one that the person can't read, administrators like anybody."""
    entries = Reflection.objects.readable_by(user).select_related("author", "cohort", "workshop")
    return get_object_or_404(entries, public_id=public_id)


def own_reflection(user: User, public_id: str) -> Reflection:
    """Raises Http404 for one that the person can't read, PermissionDenied for another's."""
    reflection = readable_reflection(user, public_id)
    if reflection.author != user:
        raise PermissionDenied
    return reflection


def readable_experiment(user: User, public_id: str) -> Experiment:
    """Raises Http404 for one that the person can't read, administrators like anybody."""
    experiments = Experiment.objects.readable_by(user).select_related(
        "author", "cohort", "workshop", "look_back_workshop__cohort", "reflection"
    )
    return get_object_or_404(experiments, public_id=public_id)


def own_experiment(user: User, public_id: str) -> Experiment:
    """Raises Http404 for one that the person can't read, PermissionDenied for another's."""
    experiment = readable_experiment(user, public_id)
    if experiment.author != user:
        raise PermissionDenied
    return experiment


def own_reply(user: User, public_id: str) -> Reply:
    """Raises Http404 for one that the person can't read, PermissionDenied for another's."""
    replies = Reply.objects.readable_by(user).select_related("reflection__author")
    reply = get_object_or_404(replies, public_id=public_id)
    if reply.author_id != user.pk:
        raise PermissionDenied
    return reply


def own_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person is or was in. Raises Http404 for any other, to administrators as well."""
    return get_object_or_404(Cohort.objects.joined_by(user), public_id=public_id)


def own_draft(user: User, entry: str) -> Draft:
    """Raises Http404 for any other: nobody else has a draft of theirs to look at."""
    return get_object_or_404(Draft.objects.readable_by(user).with_place(), entry=entry)


def or_told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what a script asks: who isn't signed in gets 401. The page to sign in would tell it nothing."""

    @login_not_required
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"out": True}, status=401)
        return view(request, *args, **options)

    return asked
