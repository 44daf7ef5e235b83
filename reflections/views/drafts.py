"""Views that save, compare and delete drafts, for their author alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, require_get_or_post
from reflections.access import json_login_required, own_draft
from reflections.context import Place, place_of
from reflections.drafts.autosave import DraftContent, save_draft
from reflections.drafts.conflicts import Resolution, conflict_of, resolve_conflict
from reflections.drafts.offline_keys import key_in, new_key
from reflections.forms.reflections import DraftForm
from reflections.models import Draft, Reflection
from reflections.views.writing import UNREADABLE, reflection_create, reflection_edit
from ui.dates import epoch_milliseconds
from ui.version_token import StaleError

MAX_WRAPPED_KEYS = 100


@json_login_required
@require_get_or_post
@sensitive_variables()
def draft_device(request: AuthenticatedRequest) -> HttpResponse:
    """Return, as JSON, a new key for this browser's storage and the keys of its stored drafts.

    The browser sends the wrapped keys of its stored drafts as `box` (see `drafts.offline_keys`),
    and the view unwraps them. Keys of other users, and those after the first 100, are ignored.
    """
    fresh = new_key(request.user)
    boxes = request.POST.getlist("box")[:MAX_WRAPPED_KEYS]
    keys = {box: key for box in boxes if (key := key_in(box, request.user))}
    return JsonResponse(
        {**connection_state(request), "key": fresh.key, "box": fresh.box, "keys": keys}
    )


@json_login_required
@require_POST
@sensitive_post_parameters()
def draft_save(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Save the text of an open page as a draft, and return the draft's state as JSON.

    The text may have been typed while the browser was offline. Responds with status 409 if another
    user has signed in since, 413 if the text is too long, 400 if the data is malformed, and 404 if
    the user may not write this draft.
    """
    if request.POST.get("person", request.user.public_id) != request.user.public_id:
        return JsonResponse({"other": True}, status=409)
    form = DraftForm(request.POST)
    if form.is_too_long:
        return JsonResponse({"too_long": True}, status=413)
    if not form.is_valid():
        return JsonResponse({"refused": True}, status=400)
    now = timezone.now()
    content = form.content(now)
    try:
        draft = save_draft(
            by=request.user, entry=entry, place=place_in(request), content=content, at=now
        )
    except PermissionDenied:
        return JsonResponse({"refused": True}, status=404)
    return JsonResponse(
        {**connection_state(request), **draft_state(request, entry, draft, content)}
    )


def connection_state(request: AuthenticatedRequest) -> dict[str, Any]:
    """Return the user's public id, the server's time and a CSRF token, for the next request.

    `clock` is in milliseconds since 1970, in UTC.
    """
    return {
        "me": request.user.public_id,
        "clock": epoch_milliseconds(timezone.now()),
        "token": get_token(request),
    }


def draft_state(
    request: AuthenticatedRequest, entry: str, draft: Draft | None, sent: DraftContent
) -> dict[str, Any]:
    """Return the state of the draft that a page has saved, as data for JSON.

    Includes the draft's text only if it differs from the text that the page sent. `draft` is None
    if there was nothing to save.
    """
    reflection = Reflection.objects.by(request.user).filter(public_id=entry).first()
    state: dict[str, Any] = {"kept": reflection.get_absolute_url() if reflection else ""}
    if draft is None:
        return state | {"version": ""}
    state |= {
        "version": draft.version_token,
        "typed_at": epoch_milliseconds(draft.typed_at),
        "at": draft.get_absolute_url(),
        "discard": reverse("reflections:draft_discard", args=[draft.entry]),
    }
    if not sent.equals(draft):
        state |= {"body": draft.body, "experiment": draft.experiment}
    if draft.conflicts_with:
        state["second"] = True
    if conflict := conflict_of(draft):
        state["compare"] = conflict.get_absolute_url()
    return state


@require_POST
@sensitive_post_parameters()
def draft_leave(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Save the submitted text as a draft, and redirect to the journal.

    If the text became a second draft, redirect to the comparison of the two drafts.
    """
    form = DraftForm(request.POST)
    if not form.is_valid():
        return show_again(request, entry)
    draft = save_from(request, entry, form)
    if draft is None:
        return redirect("reflections:reflection_list")
    if draft.conflicts_with and (conflict := conflict_of(draft)):
        return redirect(conflict)
    messages.success(request, _("Draft saved. Only you can see it."))
    return redirect("reflections:reflection_list")


@require_get_or_post
def draft_compare(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Show two conflicting drafts side by side; on POST, retain one of them or both."""
    draft = own_draft(request.user, entry)
    conflict = conflict_of(draft)
    if conflict is None:
        return redirect(draft)
    if conflict.is_unreadable:
        messages.error(request, UNREADABLE)
        return redirect("reflections:reflection_list")
    if request.method == "POST":
        return resolve(request, conflict.second)
    return render(request, "reflections/draft_compare.html", {"conflict": conflict})


def resolve(request: AuthenticatedRequest, second: Draft) -> HttpResponse:
    keep = request.POST.get("keep", "")
    if keep not in set(Resolution):
        raise Http404
    try:
        draft = resolve_conflict(
            by=request.user,
            entry=second.entry,
            resolution=Resolution(keep),
            seen=request.POST.get("seen", ""),
            at=timezone.now(),
        )
    except StaleError as error:
        messages.error(request, str(error))
        return redirect("reflections:draft_compare", second.entry)
    if keep == Resolution.BOTH or draft is None:
        messages.success(request, _("Both drafts saved. You can finish or delete each of them."))
        return redirect("reflections:reflection_list")
    messages.success(request, _("Saved. The other draft has been deleted."))
    return redirect(draft)


def save_from(request: AuthenticatedRequest, entry: str, form: DraftForm) -> Draft | None:
    """Save the form's text as a draft. Raises Http404 if the user may not write this draft."""
    now = timezone.now()
    try:
        return save_draft(
            by=request.user,
            entry=entry,
            place=place_in(request),
            content=form.content(now),
            at=now,
        )
    except PermissionDenied:
        raise Http404 from None


def place_in(request: AuthenticatedRequest) -> Place | None:
    """Return the place in the form data, for a new draft; None if missing or not the user's."""
    try:
        return place_of(request.user, request.POST)
    except Http404:
        return None


def show_again(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Show the submitted form again, with its text and errors."""
    if Reflection.objects.by(request.user).filter(public_id=entry).exists():
        return reflection_edit(request, entry)
    return reflection_create(request)


@require_get_or_post
def draft_discard(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    draft = own_draft(request.user, entry)
    if request.method == "POST":
        draft.delete()
        messages.success(request, _("Draft deleted."))
        return redirect("reflections:reflection_list")
    return render(request, "reflections/draft_discard.html", {"draft": draft})
