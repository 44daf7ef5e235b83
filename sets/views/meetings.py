"""The pages on which a set plans, changes and cancels its meetings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from sets import meetings
from sets.access import own_meeting, own_set
from sets.forms import MeetingForm
from ui.version_token import StaleError


@require_get_or_post
def meeting_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    found = own_set(request.user, public_id)[0]
    cohort = found.grouping.cohort
    form = MeetingForm(post_data(request), zone=cohort.zone)
    if form.is_valid():
        meetings.plan_meeting(
            of=found,
            slot=form.cleaned_data["slot"],
            place=form.cleaned_data["venue"],
            joining_link=form.cleaned_data["link"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, saved())
        return redirect(found)
    context = {"set": found, "cohort": cohort, "form": form}
    return render(request, "sets/meeting_create.html", context)


@require_get_or_post
def meeting_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    meeting = own_meeting(request.user, public_id)
    cohort = meeting.set.grouping.cohort
    form = MeetingForm(post_data(request), zone=cohort.zone, meeting=meeting)
    if form.is_valid():
        try:
            meetings.change_meeting(
                meeting=meeting,
                slot=form.cleaned_data["slot"],
                place=form.cleaned_data["venue"],
                joining_link=form.cleaned_data["link"],
                seen=request.POST.get("seen", ""),
                by=request.user,
                at=timezone.now(),
            )
        except StaleError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, saved())
            return redirect(meeting.set)
    context = {
        "meeting": meeting,
        "set": meeting.set,
        "cohort": cohort,
        "form": form,
        "seen": meetings.meeting_version(meeting),
    }
    return render(request, "sets/meeting_edit.html", context)


@require_get_or_post
def meeting_cancel(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask whether to cancel a meeting; on POST, cancel it."""
    meeting = own_meeting(request.user, public_id)
    if request.method == "POST":
        try:
            meetings.cancel_meeting(
                meeting=meeting, seen=request.POST.get("seen", ""), at=timezone.now()
            )
        except StaleError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("Cancelled. Everybody in your set gets an e-mail."))
        return redirect(meeting.set)
    context = {
        "meeting": meeting,
        "zone": meeting.set.grouping.cohort.time_zone,
        "seen": meetings.meeting_version(meeting),
    }
    return render(request, "sets/meeting_cancel.html", context)


def saved() -> str:
    return _("Saved. Everybody in your set gets an e-mail with an entry for their calendar.")
