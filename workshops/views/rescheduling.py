"""One workshop moved, cancelled or reinstated: what follows is shown first, then all is done in one act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.models import Membership
from programmes.agenda import RunningOrder
from workshops.access import convened_workshop
from workshops.changes import move_preview, rescheduling
from workshops.changes.change_log import (
    ChangedMeanwhile,
    changes_of,
    fingerprint,
    history,
    in_words,
)
from workshops.forms.rescheduling import KeptForm, MoveForm, ReasonForm, ReinstateForm
from workshops.models import Change, Workshop

# Of each kind of move: the question, the button, and how it leaves the workshop.
MOVES = {
    Change.Kind.PLANNED: ("Set the date of “{}”?", "Set the date", "has its date"),
    Change.Kind.MOVED: ("Move “{}”?", "Move it", "is moved"),
    Change.Kind.RELOCATED: ("Another place for “{}”?", "Change the place", "has another place"),
    Change.Kind.UNDATED: ("Take the date of “{}” away?", "Take the date away", "has no date"),
}


@show_or_act
def workshop_move(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The form; then, as a second step, what follows from it."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    acts = request.POST.get("step") == "do"
    form = MoveForm(posted(request), workshop=workshop, moment=now, acts=acts)
    if acts and form.is_valid() and (answer := moved(form, request, now)):
        return answer
    context = {"workshop": workshop, "form": form, **since(request, workshop, now)}
    if form.is_ready and not context["others"] and request.POST.get("step") != "back":
        context |= following_a_move(form, request, now)
        return render(request, "workshops/workshop_move_confirm.html", context)
    context["has_begun"] = workshop.has_begun(now)
    return render(request, "workshops/workshop_move.html", context)


def moved(form: MoveForm, request: AuthenticatedRequest, now: datetime) -> HttpResponse | None:
    """Where it leads once it is done, now or already; None if it was not, and the page says why."""
    workshop = form.workshop
    try:
        change = rescheduling.move(
            workshop=workshop,
            arrangement=form.arrangement(),
            kept_because=form.keeps_because(),
            **asked(form, request, now),
        )
    except ChangedMeanwhile:
        return None
    except ValidationError as error:
        form.add_error("day", error)
        return None
    latest = change or workshop.changes.filter(kind__in=MOVES).last()
    words = (
        f"“{workshop.title}” {MOVES[Change.Kind(latest.kind if latest else Change.Kind.MOVED)][2]}"
    )
    tell(request, workshop, change, f"{words}.", f"{words} already.", now)
    return redirect(
        "workshops:workshop_reinstate" if workshop.is_cancelled else workshop, workshop.public_id
    )


def asked(form: ReasonForm, request: AuthenticatedRequest, now: datetime) -> dict[str, Any]:
    """What each of the acts is told."""
    seen = request.POST.get("seen", "")
    return {"seen": seen, "by": request.user, "at": now, "reason": form.cleaned_data["reason"]}


def following_a_move(
    form: MoveForm, request: AuthenticatedRequest, now: datetime
) -> dict[str, Any]:
    workshop, arrangement = form.workshop, form.arrangement()
    question, act, _ = MOVES[Change.kind_of(workshop.arrangement, arrangement)]
    agenda = RunningOrder(
        workshop.agenda, form.slot.minutes if form.slot else workshop.length_minutes
    )
    return {
        "question": question.format(workshop.title),
        "act": act,
        "arrangement": arrangement,
        "agenda_is_too_long": agenda.remark if agenda.is_too_long else "",
        "follows": move_preview.of_moving(workshop, arrangement, by=request.user, at=now),
        "asked_again": move_preview.asked_again(workshop, form.slot, now),
        **against(form, request),
    }


def against(form: KeptForm, request: AuthenticatedRequest) -> dict[str, Any]:
    """What is wrong with the date, and how many can't make it: with their names for those who facilitate."""
    members = Membership.objects.filter(pk__in=form.proposal.lost).by_name()
    facilitates = form.workshop.cohort.memberships.active().facilitating().filter(user=request.user)
    return {
        "problems": form.proposal.problems,
        "lost_count": len(form.proposal.lost),
        "lost": list(members) if form.proposal.lost and facilitates.exists() else [],
    }


@show_or_act
def workshop_cancel(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    form = ReasonForm(posted(request))
    if form.is_valid():
        try:
            change = rescheduling.cancel(workshop=workshop, **asked(form, request, now))
        except ChangedMeanwhile:
            pass
        else:
            done = f"“{workshop.title}” is cancelled. You can reinstate it."
            tell(request, workshop, change, done, f"“{workshop.title}” is cancelled already.", now)
            return redirect(workshop)
    context = {
        "workshop": workshop,
        "form": form,
        "is_held": workshop.is_held(now),
        "follows": move_preview.of_cancelling(workshop, by=request.user, at=now),
        **since(request, workshop, now),
    }
    return render(request, "workshops/workshop_cancel.html", context)


@show_or_act
def workshop_reinstate(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    form = ReinstateForm(posted(request), workshop=workshop, moment=now, acts=True)
    if form.is_valid() and (answer := reinstated(form, request, now)):
        return answer
    context = {
        "workshop": workshop,
        "form": form,
        "has_begun": workshop.has_begun(now),
        "follows": move_preview.of_reinstating(workshop, by=request.user, at=now),
        **against(form, request),
        **since(request, workshop, now),
    }
    return render(request, "workshops/workshop_reinstate.html", context)


def reinstated(
    form: ReinstateForm, request: AuthenticatedRequest, now: datetime
) -> HttpResponse | None:
    """As with a move."""
    workshop = form.workshop
    try:
        change = rescheduling.reinstate(
            workshop=workshop, kept_because=form.keeps_because(), **asked(form, request, now)
        )
    except ChangedMeanwhile:
        return None
    except ValidationError as error:
        form.add_error(None, error)
        return None
    done = f"“{workshop.title}” takes place after all."
    tell(request, workshop, change, done, f"“{workshop.title}” takes place already.", now)
    return redirect(workshop)


def since(request: AuthenticatedRequest, workshop: Workshop, now: datetime) -> dict[str, Any]:
    """The fingerprint of what the page shows, and what others did since it was shown before."""
    others = changes_of(workshop, request.POST.get("seen", "")) if request.method == "POST" else []
    zone = workshop.cohort.zone
    return {
        "seen": fingerprint([workshop]),
        "others": [in_words(done, zone, now) for done in others],
    }


def tell(
    request: AuthenticatedRequest,
    workshop: Workshop,
    change: Change | None,
    done: str,
    already: str,
    now: datetime,
) -> None:
    """That it is done; or that it was already, and by whom, if that was somebody else."""
    if change:
        messages.success(request, done)
        return
    latest = history(workshop.changes.all())[-1:]
    mine = all(each.change.by == request.user for each in latest)
    theirs = " ".join(in_words(each, workshop.cohort.zone, now) for each in latest)
    messages.info(request, already if mine else f"{already} {theirs}")
