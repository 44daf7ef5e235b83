"""The pages of what people write. Being an administrator opens none of them.

No browser keeps what stands on them, as on any page; but for the page where one writes. There, going back must bring
the words back: a session may have ended while somebody wrote.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.http import AuthenticatedRequest, posted, show_or_act
from accounts.public_id import new_public_id
from reflections.access import own_reflection, own_reply, readable_reflection
from reflections.forms import AudienceForm, ChangeForm, ReflectionForm, ReplyForm
from reflections.history import stretches
from reflections.models import Reflection, ReflectionQuerySet, Reply
from reflections.places import Place, latest_workshop, own_cohorts, place_of
from reflections.readers import circles, counted, named, readers_of, seal_of
from reflections.sharing import change, may_reply, reply, share, take_back, write
from reflections.threads import Thread, answerable, saw, threads_of, unseen

PAGE = 30
BLANK = "What do you want to remember?"


@require_safe
def reflection_list(request: AuthenticatedRequest) -> HttpResponse:
    entries = Reflection.objects.by(request.user).select_related("cohort", "workshop")
    context = {"page": page_of(request, entries), "may_write": bool(own_cohorts(request.user))}
    return render(request, "reflections/reflection_list.html", context)


@cache_control(private=True, no_cache=True)
@show_or_act
@sensitive_post_parameters("body")
def reflection_create(request: AuthenticatedRequest) -> HttpResponse:
    """One asks first which cohort it belongs to, where there are several."""
    cohorts = own_cohorts(request.user)
    if not cohorts:
        return render(request, "reflections/reflection_create_nowhere.html", status=403)
    place = place_of(request.user, request.POST if request.method == "POST" else request.GET)
    if place is None and len(cohorts) > 1:
        return render(request, "reflections/reflection_create_where.html", {"cohorts": cohorts})
    return write_at(request, place or Place(cohorts[0]))


def write_at(request: AuthenticatedRequest, place: Place) -> HttpResponse:
    form = ReflectionForm(
        posted(request),
        label=place.prompt or BLANK,
        circles=circles(place.cohort, request.user),
        initial={"entry": new_public_id()},
    )
    if not form.is_valid():
        return render(request, "reflections/reflection_create.html", writing_context(form, place))
    entry = write(
        author=request.user,
        cohort=place.cohort,
        workshop=place.workshop,
        prompt=place.prompt,
        body=form.cleaned_data["body"],
        audience=form.cleaned_data["audience"],
        public_id=form.cleaned_data["entry"],
        at=timezone.now(),
    )
    messages.success(request, "It is kept.")
    return redirect(entry)


def writing_context(form: ReflectionForm, place: Place) -> dict[str, Any]:
    moment = timezone.now()
    workshop = place.workshop or latest_workshop(place.cohort, moment)
    return {
        "form": form,
        "place": place,
        "has_begun": place.workshop is not None and place.workshop.has_begun(moment),
        "offered": workshop if not place.prompt else None,
    }


@require_safe
def reflection_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = readable_reflection(request.user, public_id)
    return show_detail(request, reflection, ReplyForm())


def show_detail(request: AuthenticatedRequest, reflection: Reflection, form: ReplyForm) -> HttpResponse:
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
@sensitive_post_parameters("body")
def reflection_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    reflection = own_reflection(request.user, public_id)
    if reflection.is_unreadable:
        messages.error(request, "This can’t be changed while it can’t be read: what you wrote would be lost.")
        return redirect(reflection)
    form = ChangeForm(
        posted(request),
        label=reflection.prompt or BLANK,
        initial={"body": reflection.body},
    )
    if form.is_valid():
        change(reflection=reflection, body=form.cleaned_data["body"], by=request.user, at=timezone.now())
        messages.success(request, "It is kept. Who can read it is as before.")
        return redirect(reflection)
    context = {"reflection": reflection, "form": form, "readers": readers_of(reflection)}
    return render(request, "reflections/reflection_edit.html", context)


@show_or_act
def reflection_share(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Narrowing happens at once; widening asks first, naming those who could then read it."""
    reflection = own_reflection(request.user, public_id)
    others = circles(reflection.cohort, request.user)
    form = AudienceForm(posted(request), circles=others, chosen=reflection.audience)
    if not form.is_valid():
        return render(request, "reflections/reflection_share.html", {"reflection": reflection, "form": form})
    audience = form.cleaned_data["audience"]
    readers = others.readers(audience)
    agreed = seal_of(audience, readers)
    if audience.is_wider_than(reflection.audience) and request.POST.get("agreed") != agreed:
        context = {"reflection": reflection, "audience": audience, "readers": readers, "agreed": agreed}
        return render(
            request, "reflections/reflection_share_wider.html", context | {"counted": counted(readers)}
        )
    reflection = share(reflection=reflection, audience=audience, by=request.user, at=timezone.now())
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


@require_POST
@sensitive_post_parameters("body")
def reply_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
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


def page_of(request: AuthenticatedRequest, entries: ReflectionQuerySet) -> Page[Reflection]:
    return Paginator(entries.along_the_journey(), PAGE).get_page(request.GET.get("page"))
