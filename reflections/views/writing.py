"""The pages where one writes: a new entry, or other words for one that is kept. Saved as they are typed.

No browser keeps what stands on them, as on any page; but for a new entry's, as long as nothing of it is saved. There,
going back must bring the words back: a session may have ended while somebody wrote without JavaScript, or who has kept
them chooses other readers. So its form is sent to an address of its own: a browser drops the page that it posts to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from accounts.public_id import new_public_id
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from reflections.access import own_reflection
from reflections.audience_names import circles, readers_of
from reflections.context import PUBLIC_ID, Place, latest_workshop, own_cohorts, place_of
from reflections.drafts.autosave import TooManyVersionsError, keep, keep_change, save
from reflections.experiments.follow_ups import usual_look_back
from reflections.forms.reflections import ChangeForm, DraftForm, ReflectionForm
from reflections.models import Draft, Reflection

BLANK = "What do you want to remember?"
UNREADABLE = "This can’t be changed while it can’t be read: what you wrote would be lost."
TOO_MANY = (
    "This is not saved: there are more versions of it than can wait to be chosen from. It is all still in the box: "
    "copy what you want of it, go on with what is unfinished under “Reflections”, and choose there first."
)


@show_or_act
@sensitive_post_parameters()
def reflection_create(request: AuthenticatedRequest, refusal: str = "") -> HttpResponse:
    """One asks first which cohort it belongs to, where there are several. With a `refusal` nothing is kept."""
    cohorts = own_cohorts(request.user)
    if not cohorts:
        return render(request, "reflections/reflection_create_nowhere.html", status=403)
    asked = request.POST if request.method == "POST" else request.GET
    draft = begun(request.user, asked)
    if draft is not None and draft.is_unreadable:
        messages.error(request, UNREADABLE)
        return redirect("reflections:reflection_list")
    if request.method != "POST" and (elsewhere := kept_already(request.user, draft, asked)):
        return redirect(elsewhere)
    place = place_of_draft(draft) if draft else place_of(request.user, asked)
    if place is None and len(cohorts) > 1:
        return render(request, "reflections/reflection_create_where.html", {"cohorts": cohorts})
    return write_at(request, place or Place(cohorts[0]), draft, refusal)


def write_at(
    request: AuthenticatedRequest, place: Place, draft: Draft | None, refusal: str
) -> HttpResponse:
    now = timezone.now()
    form = ReflectionForm(
        posted(request),
        label=place.prompt or BLANK,
        circles=circles(place.cohort, request.user),
        look_back=usual_look_back(place.cohort, now),
        initial=as_it_stands(draft)
        if draft
        else {"entry": entry_of(request.GET) or new_public_id()},
    )
    refuse(form, refusal)
    typed = DraftForm(request.POST)
    if not (form.is_valid() and typed.is_valid()):
        return show_writing(request, form, place, draft)
    words = {name: form.cleaned_data[name] for name in ("body", "experiment")}
    audience = form.cleaned_data["audience"]
    entry = keep(
        author=request.user,
        entry=form.cleaned_data["entry"],
        place=place,
        typed=typed.typed(now, **words),
        audience=audience,
        at=now,
    )
    messages.success(request, "It is kept.")
    say_what_is_left(request, entry.public_id)
    if audience.is_wider_than(entry.audience):
        context = {"reflection": entry, **form.circles.question(audience)}
        return render(request, "reflections/reflection_share_wider.html", context)
    return redirect(entry)


def show_writing(
    request: AuthenticatedRequest, form: ReflectionForm, place: Place, draft: Draft | None
) -> HttpResponse:
    moment = timezone.now()
    workshop = place.workshop or latest_workshop(place.cohort, moment)
    entry = entry_of({"entry": form["entry"].value() or ""}) or new_public_id()
    context = {
        "form": form,
        "place": place,
        "entry": entry,
        "address": f"{reverse('reflections:reflection_create')}?{urlencode({'entry': entry, **place.asked})}",
        "draft": draft,
        "version": version_of(request, draft),
        "others": Draft.objects.by(request.user).exclude(entry=entry).with_place(),
        "has_begun": place.workshop is not None and place.workshop.has_begun(moment),
        "offered": workshop if not place.prompt else None,
    }
    response = render(request, "reflections/reflection_create.html", context)
    if draft is None:
        patch_cache_control(response, private=True, no_cache=True)
    return response


@show_or_act
@sensitive_post_parameters()
def reflection_edit(
    request: AuthenticatedRequest, public_id: str, refusal: str = ""
) -> HttpResponse:
    """A change is seen by nobody else until it is kept; with a `refusal` it isn't."""
    if request.method == "POST" and not Reflection.objects.filter(public_id=public_id).exists():
        return save_as_new(request, public_id)
    reflection = own_reflection(request.user, public_id)
    draft = Draft.objects.by(request.user).filter(entry=public_id).first()
    if reflection.is_unreadable or (draft and draft.is_unreadable):
        messages.error(request, UNREADABLE)
        return redirect(reflection)
    form = ChangeForm(
        posted(request),
        label=reflection.prompt or BLANK,
        initial=as_it_stands(draft) if draft else {"body": reflection.body},
    )
    refuse(form, refusal)
    typed = DraftForm(request.POST)
    if form.is_valid() and typed.is_valid():
        now = timezone.now()
        words = typed.typed(now, **form.cleaned_data)
        seen = request.POST.get("seen")
        keep_change(reflection=reflection, typed=words, by=request.user, at=now, seen=seen)
        messages.success(request, "It is kept. Who can read it is as before.")
        say_what_is_left(request, public_id)
        return redirect(reflection)
    context = {
        "reflection": reflection,
        "form": form,
        "entry": reflection.public_id,
        "seen": request.POST.get("seen", seen_by(draft, reflection)),
        "draft": draft,
        "version": version_of(request, draft),
        "place": Place(reflection.cohort, reflection.workshop, reflection.prompt),
        "readers": readers_of(reflection),
    }
    return render(request, "reflections/reflection_edit.html", context)


def refuse(form: ReflectionForm | ChangeForm, refusal: str) -> None:
    if refusal:
        form.add_error("body", refusal)


def seen_by(draft: Draft | None, reflection: Reflection) -> str:
    """When the words that a change takes the place of were last changed; unknown if that was since it was typed."""
    is_older = draft is not None and draft.typed_at < reflection.changed_at
    return "" if is_older else reflection.changed_at.isoformat()


def save_as_new(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """For a change to what was deleted meanwhile: its words stay, unfinished."""
    form, now = DraftForm(request.POST), timezone.now()
    place = place_of(request.user, request.POST)
    if place is None or not form.is_valid():
        raise Http404
    try:
        draft = save(by=request.user, entry=entry, place=place, typed=form.typed(now), at=now)
    except TooManyVersionsError:
        return reflection_create(request, refusal=TOO_MANY)
    messages.info(
        request, "This reflection was deleted meanwhile. What you wrote is here as a new one."
    )
    return redirect(draft or "reflections:reflection_list")


def say_what_is_left(request: AuthenticatedRequest, entry: str) -> None:
    if Draft.objects.by(request.user).filter(entry=entry).exists():
        messages.info(
            request,
            "What you wrote on another page meanwhile is left as an unfinished change to it.",
        )


def entry_of(asked: Mapping[str, str]) -> str:
    """The name that an entry has before it is kept, if it can be one."""
    entry = asked.get("entry", "")
    return entry if PUBLIC_ID.fullmatch(entry) else ""


def begun(user: User, asked: Mapping[str, str]) -> Draft | None:
    """What is unfinished under the name that is asked for."""
    entry = entry_of(asked)
    return Draft.objects.by(user).with_place().filter(entry=entry).first() if entry else None


def kept_already(
    user: User, draft: Draft | None, asked: Mapping[str, str]
) -> Draft | Reflection | None:
    """Where to look instead: somebody comes back to a page whose words have been kept since."""
    if draft is not None:
        return draft if draft.reflection_id else None
    entry = entry_of(asked)
    return Reflection.objects.by(user).filter(public_id=entry).first() if entry else None


def place_of_draft(draft: Draft) -> Place:
    return Place(draft.cohort, draft.workshop, draft.prompt)


def as_it_stands(draft: Draft) -> dict[str, Any]:
    return {"entry": draft.entry, "body": draft.body, "experiment": draft.experiment}


def version_of(request: AuthenticatedRequest, draft: Draft | None) -> str | int:
    """The one that the page goes on from; a page that comes back with errors has seen no later one meanwhile."""
    return request.POST.get("version") or (draft.version if draft else 0)
