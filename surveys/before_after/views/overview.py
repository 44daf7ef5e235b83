"""The page of a cohort's “Before and after”, and those on which participants name a colleague."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import own_membership, visible_cohort
from cohorts.models import Cohort, Membership
from surveys.before_after import answering
from surveys.before_after.colleagues import (
    TooLateError,
    may_name,
    name_colleague,
    withdraw_colleague,
)
from surveys.before_after.forms import ColleagueForm
from surveys.before_after.hopes import hope_of
from surveys.before_after.links import WAVE_LINK
from surveys.before_after.results import BeforeAfter, before_after_of
from surveys.disclosure import EXACT_MINIMUM, INTERVAL_MINIMUM, MINIMUM
from surveys.models import Colleague, WaveBox
from ui.numbers import in_words


@require_safe
def before_after(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort's changes once they may be shown, and participants their own waves and hope."""
    cohort, moment = visible_cohort(request.user, public_id), timezone.now()
    results = before_after_of(cohort, moment)
    if not results.is_on:
        raise Http404
    context = {
        "cohort": cohort,
        "results": results,
        "is_convener": cohort.is_convened_by(request.user),
        "is_unreadable": has_unreadable_box(cohort, moment),
        "contact": settings.HOST_CONTACT,
        "minimum": in_words(MINIMUM),
        "exact_minimum": in_words(EXACT_MINIMUM),
        "interval_minimum": in_words(INTERVAL_MINIMUM),
        **own_context(request, cohort, results),
    }
    return render(request, "surveys/before_after.html", context)


def has_unreadable_box(cohort: Cohort, moment: datetime) -> bool:
    """Return whether a wave has closed whose answers can't be decrypted. Makes one query."""
    boxes = WaveBox.objects.filter(wave__cohort=cohort, wave__closing_at__lte=moment)
    return any(box.is_unreadable for box in boxes)


def own_context(
    request: AuthenticatedRequest, cohort: Cohort, results: BeforeAfter
) -> dict[str, Any]:
    """Return the part of the context that is the participant's own; empty for other people."""
    moment = timezone.now()
    members = cohort.memberships.active().participating()
    membership = members.filter(user=request.user).select_related("cohort").first()
    if membership is None:
        return {}
    to_answer = [
        (state, WAVE_LINK.path(state.wave.public_id, membership.public_id))
        for state in results.waves.values()
        if state.is_open
        and not state.wave.is_for_colleagues
        and not answering.has_answered(state.wave, membership)
    ]
    return {
        "membership": membership,
        "to_answer": to_answer,
        "hope": hope_of(request.user, cohort, moment),
        "colleague": Colleague.objects.filter(membership=membership).first(),
        "may_name": may_name(membership, moment),
    }


@require_get_or_post
def colleague_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Let a participant name the manager or colleague to ask, or replace the one they named."""
    membership = participant_of(request, public_id)
    known = Colleague.objects.filter(membership=membership).first()
    form = ColleagueForm(post_data(request), instance=known, membership=membership)
    if form.is_valid():
        try:
            name_colleague(
                membership=membership,
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                at=timezone.now(),
            )
        except TooLateError:
            messages.error(request, too_late())
        else:
            messages.success(request, _("Saved."))
        return redirect("surveys:before_after", public_id=membership.cohort.public_id)
    context = {
        "cohort": membership.cohort,
        "form": form,
        "known": known,
        "may_name": may_name(membership, timezone.now()) and not (known and known.has_answered),
        "minimum": in_words(MINIMUM),
    }
    return render(request, "surveys/colleague_edit.html", context)


def too_late() -> str:
    return _("You can’t change this any more: they have answered, or it is too late to ask.")


@require_POST
def colleague_withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    membership = participant_of(request, public_id)
    withdraw_colleague(membership, at=timezone.now())
    messages.success(request, _("Withdrawn. We have deleted their name and address."))
    return redirect("surveys:before_after", public_id=membership.cohort.public_id)


def participant_of(request: AuthenticatedRequest, public_id: str) -> Membership:
    """Return the user's membership as a participant in a cohort that uses “Before and after”.

    Raises Http404 or PermissionDenied.
    """
    membership = own_membership(request.user, public_id)
    if not membership.cohort.uses_before_after:
        raise Http404
    if membership.is_facilitator:
        raise PermissionDenied
    return membership
