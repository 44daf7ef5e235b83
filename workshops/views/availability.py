"""The pages on which a cohort is asked when it is free, and on which its members answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort, visible_cohort
from cohorts.models import Membership
from ui import dates
from workshops.availability import polls, results
from workshops.forms.availability import HalfDaysForm, PollForm, value_of
from workshops.models import AvailabilityPoll


@show_or_act
def availability_poll(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Asks; and once people are asked, tells what came of it."""
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    latest = cohort.availability_polls.first()
    is_open = latest is not None and latest.is_open(now)
    if is_open and request.method == "POST":
        messages.info(
            request, "People are being asked already. Close this first if you want to ask anew."
        )
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    usual = {} if is_open else results.usual(cohort, now)
    form = PollForm(posted(request), initial=usual, zone=cohort.zone, moment=now)
    if form.is_valid() and polls.ask(cohort=cohort, by=request.user, at=now, **form.question()):
        count = len(results.being_asked(cohort, now))
        messages.success(
            request, f"{count} {'person is' if count == 1 else 'people are'} being asked by e-mail."
        )
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    context = {
        "cohort": cohort,
        "poll": latest,
        "is_open": is_open,
        "form": None if is_open else form,
        "would_be_asked": []
        if is_open
        else results.would_be_asked(cohort, request.user, usual, now),
        "results": results.results(latest, request.user) if latest else None,
        "link": request.build_absolute_uri(
            reverse("workshops:availability_answer", args=[cohort.public_id])
        ),
    }
    return render(request, "workshops/availability_poll.html", context)


@show_or_act
def availability_close(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    poll = cohort.availability_polls.open(now).first()
    if poll is None:
        messages.info(request, "Nobody is being asked now, so there is nothing to close.")
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    if request.method == "POST":
        poll.close(by=request.user, at=now)
        messages.success(
            request, "Nobody is asked any more. What people said stays, for planning the dates."
        )
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    return render(request, "workshops/availability_close.html", {"cohort": cohort, "poll": poll})


@show_or_act
def availability_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The half days to tap, for a member who is signed in."""
    cohort = visible_cohort(request.user, public_id)
    membership = cohort.memberships.active().filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    return answer_page(
        request, cohort.availability_polls.first(), membership, "layouts/narrow.html"
    )


@login_not_required
@show_or_act
def availability_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever holds the link from the e-mail. Mail scanners open links, so only the form acts."""
    asked = polls.asked_by(token)
    if asked is None:
        return render(request, "workshops/availability_answer_unknown.html", status=404)
    return answer_page(request, *asked, "layouts/plain.html")


def answer_page(
    request: HttpRequest, poll: AvailabilityPoll | None, membership: Membership, layout: str
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {"layout": layout, "poll": poll, "membership": membership}
    if poll is None or not membership.is_active or not poll.is_open(now):
        return render(request, "workshops/availability_answer_closed.html", context)
    said = polls.said_before(poll.cohort, membership)
    ticked = [value_of(one.day, one.half) for one in said.cannot.all()] if said else []
    form = HalfDaysForm(posted(request), poll=poll, said=ticked)
    if form.is_valid():
        if not polls.answer(poll=poll, membership=membership, cannot=form.half_days(), at=now):
            poll.refresh_from_db()
            return render(request, "workshops/availability_answer_closed.html", context)
        until = dates.long_day(dates.day_of(poll.closes_at, poll.cohort.zone))
        messages.success(
            request, f"Thank you, your answer is in. You can change it here until {until}."
        )
        return redirect(request.path)
    context |= {
        "form": form,
        "weeks": form.weeks(),
        "said": said,
        "is_answered": said and said.poll_id == poll.pk,
    }
    return render(request, "workshops/availability_answer.html", context)
