"""What an open page sends while somebody writes, and what becomes of the unfinished. A draft is its writer’s alone."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, show_or_act
from reflections.access import or_told, own_draft
from reflections.context import Place, place_of
from reflections.drafts.autosave import Choice, TooManyVersionsError, Typed, choose, save
from reflections.drafts.offline_keys import key_in, new_key
from reflections.forms.reflections import DraftForm
from reflections.models import Draft, Reflection
from reflections.views.writing import TOO_MANY, reflection_create, reflection_edit

MOST_BOXES = 100


@or_told
@show_or_act
@sensitive_variables()
def draft_device(request: AuthenticatedRequest) -> HttpResponse:
    """A fresh key for what the device keeps, and those in the boxes that it has kept."""
    fresh = new_key(request.user)
    boxes = request.POST.getlist("box")[:MOST_BOXES]
    keys = {box: key for box in boxes if (key := key_in(box, request.user))}
    return JsonResponse({**standing(request), "key": fresh.key, "box": fresh.box, "keys": keys})


@or_told
@require_POST
@sensitive_post_parameters()
def draft_save(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Words as they are typed, or were while there was no signal: answers with how the draft stands now."""
    if request.POST.get("person", request.user.public_id) != request.user.public_id:
        return JsonResponse({"stranger": True}, status=409)
    form = DraftForm(request.POST)
    if form.is_too_long:
        return JsonResponse({"too_long": True}, status=413)
    if not form.is_valid():
        return JsonResponse({"refused": True}, status=400)
    now = timezone.now()
    typed = form.typed(now)
    try:
        draft = save(by=request.user, entry=entry, place=place_in(request), typed=typed, at=now)
    except TooManyVersionsError:
        return JsonResponse({"too_long": True}, status=413)
    except PermissionDenied:
        return JsonResponse({"refused": True}, status=404)
    return JsonResponse({**standing(request), **state_of(request, entry, draft, typed)})


def standing(request: AuthenticatedRequest) -> dict[str, Any]:
    return {
        "me": request.user.public_id,
        "clock": milliseconds(timezone.now()),
        "token": get_token(request),
    }


def state_of(
    request: AuthenticatedRequest, entry: str, draft: Draft | None, sent: Typed
) -> dict[str, Any]:
    """The draft as it stands, its words only where they are others than were sent."""
    kept = Reflection.objects.by(request.user).filter(public_id=entry).first()
    state: dict[str, Any] = {"kept": kept.get_absolute_url() if kept else ""}
    if draft is None:
        return state | {"version": 0}
    state |= {
        "version": draft.version,
        "typed_at": milliseconds(draft.typed_at),
        "at": draft.get_absolute_url(),
    }
    if (draft.body, draft.experiment) != (sent.body, sent.experiment):
        state |= {"body": draft.body, "experiment": draft.experiment}
    if draft.is_in_two_versions:
        state["other"] = draft.other_body
    return state


@require_POST
@sensitive_post_parameters()
def draft_leave(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Leaves it for later: what is in the boxes is saved, and found again among the unfinished."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return show_again(request, entry)
    try:
        draft = save_from(request, entry, form)
    except TooManyVersionsError:
        return show_again(request, entry, refusal=TOO_MANY)
    if draft:
        messages.success(
            request, "It is left for later, and nobody else sees it. Go on whenever you like."
        )
    return redirect("reflections:reflection_list")


@require_POST
@sensitive_post_parameters()
def draft_choose(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Of two versions this one, the other, or both; what is in the boxes is saved first."""
    draft = own_draft(request.user, entry)
    choice = request.POST.get("choice", "")
    if choice not in set(Choice):
        raise Http404
    if "body" in request.POST:
        form = DraftForm(request.POST)
        if not form.is_valid():
            return show_again(request, entry)
        try:
            save_from(request, entry, form)
        except TooManyVersionsError:
            return show_again(request, entry, refusal=TOO_MANY)
    choose(draft=draft, choice=Choice(choice), by=request.user, at=timezone.now())
    return redirect(draft)


def save_from(request: AuthenticatedRequest, entry: str, form: DraftForm) -> Draft | None:
    """Saves what a page's own form has in its boxes. Raises Http404 for what the person has no part in."""
    now = timezone.now()
    try:
        place = place_in(request)
        return save(by=request.user, entry=entry, place=place, typed=form.typed(now), at=now)
    except PermissionDenied:
        raise Http404 from None


def place_in(request: AuthenticatedRequest) -> Place | None:
    """Where a new entry would belong; one that is begun has its place, whatever a page says."""
    try:
        return place_of(request.user, request.POST)
    except Http404:
        return None


def show_again(request: AuthenticatedRequest, entry: str, refusal: str = "") -> HttpResponse:
    """The page that this came from, with all that was typed and what is wrong with it: neither keeps such words."""
    if Reflection.objects.by(request.user).filter(public_id=entry).exists():
        return reflection_edit(request, entry, refusal=refusal)
    return reflection_create(request, refusal=refusal)


@show_or_act
def draft_discard(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    draft = own_draft(request.user, entry)
    if request.method == "POST":
        draft.delete()
        messages.success(request, "It is thrown away.")
        return redirect("reflections:reflection_list")
    return render(request, "reflections/draft_discard.html", {"draft": draft})


def milliseconds(moment: datetime) -> int:
    """As browsers count, and no earlier than the moment."""
    return math.ceil(moment.timestamp() * 1000)
