"""The pages of what people have written. Being an administrator opens none of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.access import own_reflection, own_reply, readable_reflection
from reflections.audience_history import stretches
from reflections.audience_names import circles, named, readers_of, seal_of
from reflections.entries import may_reply, reply, share, take_back
from reflections.forms.reflections import AudienceForm, ReplyForm
from reflections.models import Reflection
from reflections.report_offers import offer_of
from reflections.threads import Thread, answerable, saw, threads_of, unseen


@require_safe
def reflection_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = readable_reflection(request.user, public_id)
    return show_detail(request, reflection, ReplyForm())


def show_detail(
    request: AuthenticatedRequest, reflection: Reflection, form: ReplyForm
) -> HttpResponse:
    """`form` is the one that somebody has sent, or an empty one; the others are empty."""
    is_author = reflection.author_id == request.user.pk
    readers = readers_of(reflection) if is_author else []
    threads = threads_of(reflection, request.user)
    new = unseen(reflection, threads) if is_author else []
    context = {
        "reflection": reflection,
        "is_author": is_author,
        "readers": readers,
        "readers_named": named(readers),
        "offer": offer_of(reflection, request.user),
        "new": new,
        "threads": with_forms(threads, form),
        "form": ReplyForm() if form.to else form,
        "may_reply": may_reply(reflection, request.user),
    }
    response = render(request, "reflections/reflection_detail.html", context)
    if new:
        saw(reflection, until=new[-1].written_at)
    return response


def with_forms(threads: list[Thread], sent: ReplyForm) -> list[tuple[Thread, ReplyForm | None]]:
    """Each with the form by which it is answered."""
    return [
        (
            thread,
            (sent if sent.to == thread.opening else ReplyForm(to=thread.opening))
            if thread.may_be_answered
            else None,
        )
        for thread in threads
    ]


@show_or_act
def reflection_share(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Narrowing happens at once; widening asks first, naming those who could then read it."""
    reflection = own_reflection(request.user, public_id)
    now, others = timezone.now(), circles(reflection.cohort, request.user)
    form = AudienceForm(posted(request), circles=others, chosen=reflection.audience)
    if not form.is_valid():
        return render(
            request, "reflections/reflection_share.html", {"reflection": reflection, "form": form}
        )
    audience = form.cleaned_data["audience"]
    agreed = seal_of(audience, others.readers(audience))
    if audience.is_wider_than(reflection.audience) and request.POST.get("agreed") != agreed:
        context = {"reflection": reflection, **others.question(audience)}
        return render(request, "reflections/reflection_share_wider.html", context)
    reflection = share(reflection=reflection, audience=audience, by=request.user, at=now)
    messages.success(request, "Who can read it is as you chose.")
    return redirect(reflection)


@require_safe
def reflection_history(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Who could read it, and when, for its author alone."""
    reflection = own_reflection(request.user, public_id)
    context = {"reflection": reflection, "stretches": stretches(reflection)}
    return render(request, "reflections/reflection_history.html", context)


@show_or_act
def reflection_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = own_reflection(request.user, public_id)
    if request.method == "POST":
        reflection.delete()
        messages.success(request, "Your reflection is deleted, with the replies to it.")
        return redirect("reflections:reflection_list")
    return render(request, "reflections/reflection_delete.html", {"reflection": reflection})


@show_or_act
@sensitive_post_parameters("body")
def reply_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Who had to sign in again as they sent a reply comes here without it, and is led to the entry."""
    if request.method != "POST":
        return redirect(readable_reflection(request.user, public_id))
    try:
        return reply_at(request, public_id)
    except (Http404, PermissionDenied) as refusal:
        if not request.POST.get("body", "").strip():
            raise
        return show_unsent(request, status=404 if isinstance(refusal, Http404) else 403)


def show_unsent(request: AuthenticatedRequest, status: int) -> HttpResponse:
    """Gives the words back, and tells of the entry what any page that isn't found does: not even whether it is."""
    return render(
        request,
        "reflections/reply_create_unsent.html",
        {"words": request.POST["body"]},
        status=status,
    )


def reply_at(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A reply to the entry, or to the reply that `to` names."""
    reflection = readable_reflection(request.user, public_id)
    named_to = request.POST.get("to", "")
    to = answerable(reflection, request.user, named_to)
    form = ReplyForm(request.POST, to=to)
    if named_to and to is None:
        form.add_error("body", ReplyForm.TAKEN_BACK)
    if not form.is_valid():
        return show_detail(request, reflection, form)
    words = form.cleaned_data["body"]
    reply(reflection=reflection, author=request.user, body=words, to=to, at=timezone.now())
    messages.success(request, "Your reply is there.")
    return redirect(reflection)


@show_or_act
def reply_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    said = own_reply(request.user, public_id)
    reflection = said.reflection
    if request.method == "POST":
        take_back(reply=said, by=request.user, at=timezone.now())
        messages.success(request, "Your reply is deleted.")
        return redirect(reflection)
    context = {"reply": said, "reflection": reflection, "has_answers": said.answers.exists()}
    return render(request, "reflections/reply_delete.html", context)
