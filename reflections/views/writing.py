"""The pages for writing a new reflection and for editing one. Both save drafts.

Browsers may not store these pages, except the page for a new reflection that has no draft yet. On
that page, the Back button must restore the text: the author's session may have ended while they
were writing without JavaScript, or they may want to choose other readers for what they have just
saved. The form is posted to a different URL from the page's, because a browser drops a stored page
when it posts to the same URL.
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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from accounts.public_id import new_public_id
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from reflections.access import own_reflection
from reflections.audience.readers import possible_readers, readers_of
from reflections.context import PUBLIC_ID, Place, latest_workshop, own_cohorts, place_of
from reflections.drafts.autosave import save_draft
from reflections.drafts.completion import save_change, save_reflection
from reflections.drafts.conflicts import conflict_of
from reflections.experiments.follow_ups import usual_look_back
from reflections.forms.reflections import ChangeForm, DraftForm, ReflectionForm
from reflections.models import Draft, Reflection

OPEN_QUESTION = gettext_lazy("What do you want to remember?")
UNREADABLE = gettext_lazy(
    "This can’t be changed while it can’t be read, because what you wrote would be lost."
)


@require_get_or_post
@sensitive_post_parameters()
def reflection_create(request: AuthenticatedRequest) -> HttpResponse:
    """Show the form for a new reflection; on POST, save the reflection.

    If the user is in several cohorts, shows a choice of cohort first. If the reflection has been
    saved in the meantime, a GET redirects to the reflection or the draft of a change to it.
    """
    cohorts = own_cohorts(request.user)
    if not cohorts:
        return render(request, "reflections/reflection_create_nowhere.html", status=403)
    parameters = request.POST if request.method == "POST" else request.GET
    draft = draft_of(request.user, parameters)
    if draft is not None and draft.is_unreadable:
        messages.error(request, UNREADABLE)
        return redirect("reflections:reflection_list")
    if request.method != "POST" and (saved := saved_entry(request.user, draft, parameters)):
        return redirect(saved)
    place = place_of_draft(draft) if draft else place_of(request.user, parameters)
    if place is None and len(cohorts) > 1:
        return render(request, "reflections/reflection_create_where.html", {"cohorts": cohorts})
    return write_in(request, place or Place(cohorts[0]), draft)


def write_in(request: AuthenticatedRequest, place: Place, draft: Draft | None) -> HttpResponse:
    now = timezone.now()
    form = ReflectionForm(
        post_data(request),
        label=place.prompt or str(OPEN_QUESTION),
        possible_readers=possible_readers(place.cohort, request.user),
        look_back=usual_look_back(place.cohort, now),
        initial=initial_of(draft) if draft else {"entry": entry_of(request.GET) or new_public_id()},
    )
    draft_form = DraftForm(request.POST)
    if not (form.is_valid() and draft_form.is_valid()):
        return show_writing(request, form, place, draft)
    text = {name: form.cleaned_data[name] for name in ("body", "experiment")}
    audience = form.cleaned_data["audience"]
    reflection = save_reflection(
        author=request.user,
        entry=form.cleaned_data["entry"],
        place=place,
        content=draft_form.content(now, **text),
        audience=audience,
        at=now,
    )
    messages.success(request, _("Reflection saved."))
    mention_other_drafts(request, form.cleaned_data["entry"], reflection)
    if audience.is_wider_than(reflection.audience):
        context = {"reflection": reflection, **form.possible_readers.confirmation(audience)}
        return render(request, "reflections/reflection_share_wider.html", context)
    return redirect(reflection)


def show_writing(
    request: AuthenticatedRequest, form: ReflectionForm, place: Place, draft: Draft | None
) -> HttpResponse:
    moment = timezone.now()
    workshop = place.workshop or latest_workshop(place.cohort, moment)
    entry = entry_of({"entry": form["entry"].value() or ""}) or new_public_id()
    query = urlencode({"entry": entry, **place.query_parameters})
    context = {
        "form": form,
        "place": place,
        "entry": entry,
        "address": f"{reverse('reflections:reflection_create')}?{query}",
        "draft": draft,
        "version": version_of(request, draft),
        "conflict": conflict_of(draft),
        "others": Draft.objects.by(request.user).exclude(entry=entry).with_place(),
        "has_begun": place.workshop is not None and place.workshop.has_begun(moment),
        "offered": workshop if not place.prompt else None,
    }
    response = render(request, "reflections/reflection_create.html", context)
    if draft is None:
        patch_cache_control(response, private=True, no_cache=True)
    return response


@require_get_or_post
@sensitive_post_parameters()
def reflection_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for a reflection's text; on POST, save the change.

    Readers see the change once it is saved; only the author sees its draft. If the reflection has
    been deleted, the posted text is saved as the draft of a new one.
    """
    if request.method == "POST" and not Reflection.objects.filter(public_id=public_id).exists():
        return save_edit_as_draft(request, public_id)
    reflection = own_reflection(request.user, public_id)
    draft = Draft.objects.by(request.user).filter(entry=public_id).first()
    if reflection.is_unreadable or (draft and draft.is_unreadable):
        messages.error(request, UNREADABLE)
        return redirect(reflection)
    form = ChangeForm(
        post_data(request),
        label=reflection.prompt or str(OPEN_QUESTION),
        initial=initial_of(draft) if draft else {"body": reflection.body},
    )
    draft_form = DraftForm(request.POST)
    if form.is_valid() and draft_form.is_valid():
        now = timezone.now()
        content = draft_form.content(now, **form.cleaned_data)
        seen = request.POST.get("seen")
        save_change(reflection=reflection, content=content, by=request.user, at=now, seen=seen)
        messages.success(request, _("Saved. The same people can read it as before."))
        mention_other_drafts(request, public_id, reflection)
        return redirect(reflection)
    context = {
        "reflection": reflection,
        "form": form,
        "entry": reflection.public_id,
        "seen": request.POST.get("seen", last_change_seen(draft, reflection)),
        "draft": draft,
        "version": version_of(request, draft),
        "conflict": conflict_of(draft),
        "place": Place(reflection.cohort, reflection.workshop, reflection.prompt),
        "readers": readers_of(reflection),
    }
    return render(request, "reflections/reflection_edit.html", context)


def last_change_seen(draft: Draft | None, reflection: Reflection) -> str:
    """Return the reflection's `changed_at` in ISO format, for the form to send back as `seen`.

    Returns an empty string if the draft was typed before that change, because its author may not
    have seen the change. `save_change` then treats the draft as based on an older text.
    """
    is_older = draft is not None and draft.typed_at < reflection.changed_at
    return "" if is_older else reflection.changed_at.isoformat()


def save_edit_as_draft(request: AuthenticatedRequest, entry: str) -> HttpResponse:
    """Save an edit as the draft of a new reflection, because the edited one has been deleted.

    Raises Http404 if the form is invalid, or doesn't name a cohort that the user was ever in.
    """
    form, now = DraftForm(request.POST), timezone.now()
    place = place_of(request.user, request.POST)
    if place is None or not form.is_valid():
        raise Http404
    content = form.content(now)
    draft = save_draft(by=request.user, entry=entry, place=place, content=content, at=now)
    messages.info(
        request,
        _("This reflection has been deleted. What you wrote is saved as a draft of a new one."),
    )
    return redirect(draft or "reflections:reflection_list")


def mention_other_drafts(request: AuthenticatedRequest, entry: str, reflection: Reflection) -> None:
    """Add a message for the author if drafts of this reflection from other pages remain."""
    drafts = Draft.objects.by(request.user)
    if (drafts.of_entry(entry) | drafts.of_entry(reflection.public_id)).exists():
        messages.info(
            request,
            _(
                "You also wrote a different draft of this on another page. "
                "You can find it under “Unfinished” in your reflections."
            ),
        )


def entry_of(parameters: Mapping[str, str]) -> str:
    """Return the public id in the parameter `entry`; empty if it is missing or malformed."""
    entry = parameters.get("entry", "")
    return entry if PUBLIC_ID.fullmatch(entry) else ""


def draft_of(user: User, parameters: Mapping[str, str]) -> Draft | None:
    """Return the user's draft with the public id in the parameter `entry`, or None."""
    entry = entry_of(parameters)
    return Draft.objects.by(user).with_place().filter(entry=entry).first() if entry else None


def saved_entry(
    user: User, draft: Draft | None, parameters: Mapping[str, str]
) -> Draft | Reflection | None:
    """Return the object to redirect to if the entry has been saved as a reflection, or None.

    Returns the draft of a change to the reflection if there is one, or else the reflection.
    """
    if draft is not None:
        return draft if draft.reflection_id else None
    entry = entry_of(parameters)
    return Reflection.objects.by(user).filter(public_id=entry).first() if entry else None


def place_of_draft(draft: Draft) -> Place:
    return Place(draft.cohort, draft.workshop, draft.prompt)


def initial_of(draft: Draft) -> dict[str, Any]:
    return {"entry": draft.entry, "body": draft.body, "experiment": draft.experiment}


def version_of(request: AuthenticatedRequest, draft: Draft | None) -> str:
    """Return the submitted version token or else the draft's. Empty if there is neither."""
    return request.POST.get("version") or (draft.version_token if draft else "")
