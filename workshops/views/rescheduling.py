"""Views that move, cancel or reinstate one workshop, with a preview of the effects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.models import Membership
from programmes.agenda import RunningOrder
from ui.version_token import StaleError
from workshops.access import convened_workshop
from workshops.changes import move_preview, rescheduling
from workshops.changes.change_log import changes_of, describe, history, sequence_token
from workshops.forms.rescheduling import MoveForm, OverrideForm, ReasonForm, ReinstateForm
from workshops.models import Change, Workshop

# The texts for each kind of change: the question and the button of the preview, the message that
# the change is saved, and the message that it was saved already.
MOVES = {
    Change.Kind.PLANNED: (
        gettext_lazy("Set the date of “%(title)s”?"),
        gettext_lazy("Set the date"),
        gettext_lazy("Date of “%(title)s” set."),
        gettext_lazy("The date of “%(title)s” was already set."),
    ),
    Change.Kind.MOVED: (
        gettext_lazy("Move “%(title)s”?"),
        gettext_lazy("Move the workshop"),
        gettext_lazy("“%(title)s” moved."),
        gettext_lazy("“%(title)s” was already moved."),
    ),
    Change.Kind.RELOCATED: (
        gettext_lazy("Change the place of “%(title)s”?"),
        gettext_lazy("Change the place"),
        gettext_lazy("Place of “%(title)s” changed."),
        gettext_lazy("The place of “%(title)s” was already changed."),
    ),
    Change.Kind.UNDATED: (
        gettext_lazy("Remove the date of “%(title)s”?"),
        gettext_lazy("Remove the date"),
        gettext_lazy("Date of “%(title)s” removed."),
        gettext_lazy("The date of “%(title)s” was already removed."),
    ),
}


@require_get_or_post
def workshop_move(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form; on POST, show the preview; on POST from the preview, move the workshop."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    is_confirmed = request.POST.get("step") == "do"
    form = MoveForm(post_data(request), workshop=workshop, moment=now, is_confirmed=is_confirmed)
    if is_confirmed and form.is_valid() and (response := try_to_move(form, request, now)):
        return response
    context = {"workshop": workshop, "form": form, **version_context(request, workshop, now)}
    if (
        form.is_valid_except_override_reason
        and not context["missed_changes"]
        and request.POST.get("step") != "back"
    ):
        context |= preview_context(form, request, now)
        return render(request, "workshops/workshop_move_confirm.html", context)
    context["has_begun"] = workshop.has_begun(now)
    return render(request, "workshops/workshop_move.html", context)


def try_to_move(
    form: MoveForm, request: AuthenticatedRequest, now: datetime
) -> HttpResponse | None:
    """Move the workshop and return a redirect.

    If the workshop has changed since the page was shown, or the new slot clashes, return None.
    """
    workshop = form.workshop
    try:
        change = rescheduling.move(
            workshop=workshop,
            arrangement=form.arrangement(),
            override_reason=form.new_override_reason(),
            **change_arguments(form, request, now),
        )
    except StaleError:
        return None
    except ValidationError as error:
        form.add_error("day", error)
        return None
    latest = change or workshop.changes.filter(kind__in=MOVES).last()
    kind = Change.Kind(latest.kind) if latest else Change.Kind.MOVED
    _question, _button, done, already = MOVES[kind]
    add_message(request, workshop, change, str(done), str(already), now)
    return redirect(
        "workshops:workshop_reinstate" if workshop.is_cancelled else workshop, workshop.public_id
    )


def change_arguments(
    form: ReasonForm, request: AuthenticatedRequest, now: datetime
) -> dict[str, Any]:
    seen = request.POST.get("seen", "")
    return {"seen": seen, "by": request.user, "at": now, "reason": form.cleaned_data["reason"]}


def preview_context(form: MoveForm, request: AuthenticatedRequest, now: datetime) -> dict[str, Any]:
    workshop, arrangement = form.workshop, form.arrangement()
    question, button, _done, _already = MOVES[Change.kind_of(workshop.arrangement, arrangement)]
    agenda = RunningOrder(
        workshop.agenda, form.slot.minutes if form.slot else workshop.length_minutes
    )
    return {
        "question": question % {"title": workshop.title},
        "act": button,
        "arrangement": arrangement,
        "agenda_is_too_long": agenda.remark if agenda.is_too_long else "",
        "preview": move_preview.preview_move(workshop, arrangement, by=request.user, at=now),
        "answers_to_reset": move_preview.answers_to_reset(workshop, form.slot, now),
        **problems_context(form, request),
    }


def problems_context(form: OverrideForm, request: AuthenticatedRequest) -> dict[str, Any]:
    """Return the template context with the date's problems, and who can't make the date.

    Only the cohort's facilitators see the names.
    """
    ids = form.proposal.unavailable
    cohort = form.workshop.cohort
    facilitates = cohort.memberships.active().facilitating().filter(user=request.user)
    return {
        "problems": form.proposal.problems,
        "unavailable_count": len(ids),
        "unavailable": list(Membership.objects.filter(pk__in=ids).by_name())
        if ids and facilitates.exists()
        else [],
    }


@require_get_or_post
def workshop_cancel(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    form = ReasonForm(post_data(request))
    if form.is_valid():
        try:
            change = rescheduling.cancel(workshop=workshop, **change_arguments(form, request, now))
        except StaleError:
            pass  # the page shows what has changed: see `version_context`
        else:
            done = _("“%(title)s” cancelled. You can reinstate it.")
            already = _("“%(title)s” was already cancelled.")
            add_message(request, workshop, change, done, already, now)
            return redirect(workshop)
    context = {
        "workshop": workshop,
        "form": form,
        "took_place": workshop.took_place(now),
        "preview": move_preview.preview_cancel(workshop, by=request.user, at=now),
        **version_context(request, workshop, now),
    }
    return render(request, "workshops/workshop_cancel.html", context)


@require_get_or_post
def workshop_reinstate(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    form = ReinstateForm(post_data(request), workshop=workshop, moment=now, is_confirmed=True)
    if form.is_valid() and (response := try_to_reinstate(form, request, now)):
        return response
    context = {
        "workshop": workshop,
        "form": form,
        "has_begun": workshop.has_begun(now),
        "preview": move_preview.preview_reinstate(workshop, by=request.user, at=now),
        **problems_context(form, request),
        **version_context(request, workshop, now),
    }
    return render(request, "workshops/workshop_reinstate.html", context)


def try_to_reinstate(
    form: ReinstateForm, request: AuthenticatedRequest, now: datetime
) -> HttpResponse | None:
    """Reinstate the workshop and return a redirect.

    If the workshop has changed since the page was shown, or its slot clashes, return None.
    """
    workshop = form.workshop
    try:
        change = rescheduling.reinstate(
            workshop=workshop,
            override_reason=form.new_override_reason(),
            **change_arguments(form, request, now),
        )
    except StaleError:
        return None
    except ValidationError as error:
        form.add_error(None, error)
        return None
    done = _("“%(title)s” reinstated.")
    already = _("“%(title)s” was already reinstated.")
    add_message(request, workshop, change, done, already, now)
    return redirect(workshop)


def version_context(
    request: AuthenticatedRequest, workshop: Workshop, now: datetime
) -> dict[str, Any]:
    """Return the template context with the workshop's version token (`seen`).

    On POST, `missed_changes` describes the changes since the token that the page sent.
    """
    missed = changes_of(workshop, request.POST.get("seen", "")) if request.method == "POST" else []
    zone = workshop.cohort.zone
    return {
        "seen": sequence_token([workshop]),
        "missed_changes": [describe(entry, zone, now) for entry in missed],
    }


def add_message(
    request: AuthenticatedRequest,
    workshop: Workshop,
    change: Change | None,
    done: str,
    already: str,
    now: datetime,
) -> None:
    """Add the message `done` if a change was saved, or `already` if `change` is None.

    If somebody else made the last change to the workshop, `already` is followed by a description
    of that change.
    """
    facts = {"title": workshop.title}
    if change:
        messages.success(request, done % facts)
        return
    latest = history(workshop.changes.all())[-1:]
    sentences = [already % facts]
    if any(entry.change.by != request.user for entry in latest):
        sentences += [describe(entry, workshop.cohort.zone, now) for entry in latest]
    messages.info(request, " ".join(sentences))
