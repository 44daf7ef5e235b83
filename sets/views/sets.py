"""A set's own page: who is in it, its meetings, and its notes, which only the set reads."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.public_id import ALPHABET, LENGTH, new_public_id
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from sets import notes
from sets.access import own_set, visible_set, wishing_member
from sets.forms import NameForm, NoteForm, WishForm
from sets.messages.published import people_in
from sets.models import Set, SetMembership, SetNote

NOTES_A_PAGE = 30
NOTE_ID = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


@require_safe
def set_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a set to its members and, without its notes, to the cohort's facilitators."""
    found, place = visible_set(request.user, public_id)
    return show(request, found, place, NoteForm(), new_public_id())


@require_POST
def note_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    found, place = own_set(request.user, public_id)
    form, note_id = NoteForm(request.POST), request.POST.get("note_id", "")
    if not form.is_valid():
        return show(request, found, place, form, note_id)
    notes.write_note(
        of=found,
        author=request.user,
        body=form.cleaned_data["body"],
        at=timezone.now(),
        public_id=note_id if NOTE_ID.fullmatch(note_id) else "",
    )
    messages.success(request, _("Saved. Your set can read it."))
    return redirect(found)


def show(
    request: AuthenticatedRequest,
    found: Set,
    place: SetMembership | None,
    form: NoteForm,
    note_id: str,
) -> HttpResponse:
    context = {
        "set": found,
        "cohort": found.grouping.cohort,
        "place": place,
        "people": people_in(found.pk),
        "meetings": found.meetings.to_come(timezone.now()),
        "is_current": found.grouping.replaced_at is None,
        **(note_context(request.user, found, request.GET.get("page")) if place else {}),
        "form": form,
        "note_id": note_id,
    }
    return render(request, "sets/set_detail.html", context)


def note_context(user: User, found: Set, page: str | None) -> dict[str, Any]:
    readable = SetNote.objects.readable_by(user).filter(set=found).select_related("author")
    return {"notes": Paginator(readable, NOTES_A_PAGE).get_page(page)}


@require_get_or_post
def note_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask whether to delete a note; on POST, delete it. Only its author can."""
    note: SetNote = get_object_or_404(
        SetNote.objects.by(request.user)
        .filter(set__grouping__cohort__uses_sets=True)
        .select_related("set__grouping"),
        public_id=public_id,
    )
    if request.method == "POST":
        notes.delete_note(note=note, by=request.user)
        messages.success(request, _("Deleted."))
        is_in_it = Set.objects.joined_by(request.user).filter(pk=note.set_id).exists()
        return redirect(note.set if is_in_it else "home:today")
    return render(request, "sets/note_delete.html", {"note": note})


@require_get_or_post
def set_rename(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Let anybody in a set choose its name."""
    found = own_set(request.user, public_id)[0]
    form = NameForm(post_data(request), instance=found)
    if form.is_valid():
        Set.objects.filter(pk=found.pk).update(name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect(found)
    context = {"set": found, "cohort": found.grouping.cohort, "form": form}
    return render(request, "sets/set_rename.html", context)


@require_get_or_post
def wish_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Let a participant say what they would like to change."""
    membership = wishing_member(request.user, public_id)
    form = WishForm(post_data(request), initial={"text": notes.wish_of(membership)})
    if form.is_valid():
        notes.save_wish(membership=membership, text=form.cleaned_data["text"], at=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("home:today")
    return render(request, "sets/wish_edit.html", {"cohort": membership.cohort, "form": form})
