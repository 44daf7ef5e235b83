"""What a participant says beforehand: from where they are signed in, or by the private address in an e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from workshops.access import convened_workshop, visible_workshop
from workshops.forms.rsvp import AnswerForm
from workshops.models import Attendance
from workshops.register import rsvp
from workshops.register.rsvp import Asked, NotTakenError, WhyNot

COMING = "Thank you: we expect you."
SORRY = "Thank you for saying. We’ll miss you."
TOLD = "Thank you. Your facilitators can read it."
NOTED = {
    Attendance.Answer.COMING: "Noted: {} is coming.",
    Attendance.Answer.APOLOGIES: "Noted: {} can’t make it.",
}
NOT_NOTED = {
    True: "{} has answered meanwhile. Nothing is changed.",
    False: "It is too late to note what {} said: the workshop has begun, or is off.",
}
MOVED = "The date has changed since you opened this page. Please look at it, and answer again."


@login_not_required
@never_cache
@show_or_act
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the address. Mail scanners open links, so only the form acts.

    The page shows what the e-mail said and no more: neither the word that was kept, nor anything else of the person.
    """
    asked = rsvp.asked_by(token)
    if asked is None:
        return render(request, "workshops/answer.html", status=404)
    form = AnswerForm(posted(request))
    why = answered(form, asked)
    if form.is_valid() and why is None:
        return redirect(request.path)
    return render(request, "workshops/answer.html", context_of(asked, form, why))


@never_cache
@show_or_act
def workshop_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The same for somebody who is signed in; who can't make it is offered a box for a word."""
    workshop = visible_workshop(request.user, public_id)
    members = workshop.cohort.memberships.active().participating().select_related("user")
    membership = members.filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    asked, back = Asked(workshop, membership), way_back(request)
    kept = workshop.attendances.filter(membership=membership).first() or Attendance()
    form = AnswerForm(posted(request), initial={"word": kept.word})
    why = answered(form, asked, keeps_word=False)
    if not form.is_valid() or why:
        return render(
            request, "workshops/workshop_answer.html", context_of(asked, form, why) | {"back": back}
        )
    if form.cleaned_data["answer"] == Attendance.Answer.COMING:
        messages.success(request, COMING)
    elif form.has_word:
        messages.success(request, TOLD if form.typed_word() else SORRY)
    else:
        there = reverse("workshops:workshop_answer", args=[public_id])
        return redirect(f"{there}?{urlencode({'next': back})}")
    return redirect(back)


@require_POST
def answer_note(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """What somebody told a facilitator beforehand, for who has not answered themselves."""
    workshop = convened_workshop(request.user, public_id)
    members = workshop.cohort.memberships.active().participating().select_related("user")
    membership = get_object_or_404(members, public_id=member_id)
    form = AnswerForm(request.POST)
    try:
        if form.is_valid():
            said = form.cleaned_data["answer"]
            rsvp.note(Asked(workshop, membership), answer=said, at=timezone.now())
            messages.success(request, NOTED[said].format(membership.user))
        else:
            messages.error(request, "Please choose “Coming” or “Apologies”.")
    except NotTakenError as refusal:
        messages.error(request, NOT_NOTED[refusal.why == WhyNot.ANSWERED].format(membership.user))
    return redirect(workshop)


def answered(form: AnswerForm, asked: Asked, *, keeps_word: bool = True) -> WhyNot | None:
    """Takes what was posted, if it is in order. Why there is nothing to answer; None while there is.

    Where the word that was kept is not shown, an empty box leaves it (`keeps_word`).
    """
    now = timezone.now()
    if not form.is_valid():
        return rsvp.why_not(asked, now)
    word = form.typed_word()
    try:
        rsvp.take(
            asked,
            answer=form.cleaned_data["answer"],
            word=(word or None) if keeps_word else word,
            seen=form.cleaned_data["version"],
            at=now,
        )
    except NotTakenError as refusal:
        if refusal.why != WhyNot.MOVED:
            return refusal.why
        form.add_error(None, MOVED)
    return None


def context_of(asked: Asked, form: AnswerForm, why: WhyNot | None) -> dict[str, Any]:
    workshop = asked.workshop
    attendance = workshop.attendances.filter(membership=asked.membership).first() or Attendance()
    return {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "membership": asked.membership,
        "attendance": attendance,
        "form": form,
        "why": why,
        "shows_word": form.has_word or attendance.answer == Attendance.Answer.APOLOGIES,
        "untaken": form.data.get("word", "") if why else "",
    }


def way_back(request: HttpRequest) -> str:
    """Where they came from, on this site."""
    there = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure())
    return there if is_ours else reverse("home:today")
