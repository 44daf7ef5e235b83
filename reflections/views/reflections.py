"""Pages about reflections and their replies. Administrators get no extra access to them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from reflections.access import own_reflection, own_reply, readable_reflection
from reflections.audience.history import periods_of
from reflections.audience.readers import name_list, possible_readers_of, readers_of
from reflections.entries import delete_reply, may_reply, reply, share
from reflections.forms.reflections import AudienceForm, ReplyForm
from reflections.models import Reflection
from reflections.report_offers import offer_of
from reflections.threads import (
    Thread,
    answerable_reply,
    mark_replies_seen,
    threads_of,
    unseen_replies,
)


@require_safe
def reflection_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = readable_reflection(request.user, public_id)
    return show_detail(request, reflection, ReplyForm())


def show_detail(
    request: AuthenticatedRequest, reflection: Reflection, form: ReplyForm
) -> HttpResponse:
    """Show the reflection and its replies. If the user is its author, mark the replies as seen.

    `form` is the submitted reply form, or an empty one. All other reply forms on the page are
    empty.
    """
    is_author = reflection.author_id == request.user.pk
    readers = readers_of(reflection) if is_author else []
    threads = threads_of(reflection, request.user)
    new = unseen_replies(reflection, threads) if is_author else []
    context = {
        "reflection": reflection,
        "is_author": is_author,
        "readers": readers,
        "readers_named": name_list(readers),
        "offer": offer_of(reflection, request.user),
        "new": new,
        "threads": with_forms(threads, form),
        "form": ReplyForm() if form.to else form,
        "may_reply": may_reply(reflection, request.user),
    }
    response = render(request, "reflections/reflection_detail.html", context)
    if new:
        mark_replies_seen(reflection, until=new[-1].written_at)
    return response


def with_forms(threads: list[Thread], sent: ReplyForm) -> list[tuple[Thread, ReplyForm | None]]:
    """Return each thread with the form to answer it, or with None if it can't be answered.

    `sent` is the submitted form, which is shown again in its thread.
    """
    return [
        (
            thread,
            (sent if sent.to == thread.opening else ReplyForm(to=thread.opening))
            if thread.may_be_answered
            else None,
        )
        for thread in threads
    ]


@require_get_or_post
def reflection_share(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for the reflection's audience; on POST, change the audience.

    A wider audience must be confirmed on another page, which names its readers.
    """
    reflection = own_reflection(request.user, public_id)
    others = possible_readers_of(reflection, request.user)
    form = AudienceForm(post_data(request), possible_readers=others, chosen=reflection.audience)
    if not form.is_valid():
        return render(
            request, "reflections/reflection_share.html", {"reflection": reflection, "form": form}
        )
    audience = form.cleaned_data["audience"]
    is_confirmed = request.POST.get("agreed") == others.token(audience)
    if audience.is_wider_than(reflection.audience) and not is_confirmed:
        context = {"reflection": reflection, **others.confirmation(audience)}
        return render(request, "reflections/reflection_share_wider.html", context)
    reflection = share(reflection=reflection, audience=audience, by=request.user, at=timezone.now())
    messages.success(request, _("Saved. The people you chose can read it now."))
    return redirect(reflection)


@require_safe
def reflection_history(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show who could read the reflection, and when. Only its author can open the page."""
    reflection = own_reflection(request.user, public_id)
    context = {"reflection": reflection, "periods": periods_of(reflection)}
    return render(request, "reflections/reflection_history.html", context)


@require_get_or_post
def reflection_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = own_reflection(request.user, public_id)
    if request.method == "POST":
        reflection.delete()
        messages.success(request, _("Reflection and replies deleted."))
        return redirect("reflections:reflection_list")
    return render(request, "reflections/reflection_delete.html", {"reflection": reflection})


@require_get_or_post
@sensitive_post_parameters("body")
def reply_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save a reply. If the user may not reply, show them the text that they sent.

    A GET is redirected to the reflection. It comes from somebody who was signed out when they sent
    a reply, and has signed in again.
    """
    if request.method != "POST":
        return redirect(readable_reflection(request.user, public_id))
    try:
        return submit_reply(request, public_id)
    except (Http404, PermissionDenied) as refusal:
        if not request.POST.get("body", "").strip():
            raise
        return show_unsent(request, status=404 if isinstance(refusal, Http404) else 403)


def show_unsent(request: AuthenticatedRequest, status: int) -> HttpResponse:
    """Show the user their unsent text, without saying whether the reflection exists."""
    return render(
        request,
        "reflections/reply_create_unsent.html",
        {"words": request.POST["body"]},
        status=status,
    )


def submit_reply(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save a reply to the reflection, or an answer to the reply whose public id is sent as `to`."""
    reflection = readable_reflection(request.user, public_id)
    to_id = request.POST.get("to", "")
    to = answerable_reply(reflection, request.user, to_id)
    form = ReplyForm(request.POST, to=to)
    if to_id and to is None:
        form.add_error("body", ReplyForm.REPLY_DELETED)
    if not form.is_valid():
        return show_detail(request, reflection, form)
    words = form.cleaned_data["body"]
    reply(reflection=reflection, author=request.user, body=words, to=to, at=timezone.now())
    messages.success(request, _("Reply sent."))
    return redirect(reflection)


@require_get_or_post
def reply_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    to_delete = own_reply(request.user, public_id)
    reflection = to_delete.reflection
    if request.method == "POST":
        delete_reply(reply=to_delete, by=request.user, at=timezone.now())
        messages.success(request, _("Reply deleted."))
        return redirect(reflection)
    context = {
        "reply": to_delete,
        "reflection": reflection,
        "has_answers": to_delete.answers.exists(),
    }
    return render(request, "reflections/reply_delete.html", context)
