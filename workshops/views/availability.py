"""Views that open and close an availability poll, and in which members answer one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.signed_links import authorised_by_link
from cohorts.access import convened_cohort, visible_cohort
from cohorts.models import Membership
from ui import dates
from workshops.availability import polls, results
from workshops.forms.availability import HalfDaysForm, PollForm, half_day_value
from workshops.models import AvailabilityPoll
from workshops.times import HalfDay, half_day_name


@require_get_or_post
def availability_poll(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the results of the latest poll and, if none is open, the form for a new poll.

    On POST, open the poll.
    """
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    latest = cohort.availability_polls.first()
    is_open = latest is not None and latest.is_open(now)
    if is_open and request.method == "POST":
        messages.info(request, _("A poll is already open. Close it before you start a new one."))
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    question = None if is_open else results.suggested_question(cohort, now)
    initial = question.as_initial() if question else {}
    form = PollForm(post_data(request), initial=initial, cohort=cohort, moment=now)
    if form.is_valid() and polls.open_poll(
        cohort=cohort, by=request.user, at=now, **form.question().as_poll(cohort.zone)
    ):
        count = len(results.due_invitations(cohort, now))
        messages.success(
            request,
            ngettext(
                "%(count)d person will get an e-mail.",
                "%(count)d people will get an e-mail.",
                count,
            )
            % {"count": count},
        )
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    context = {
        "cohort": cohort,
        "poll": latest,
        "is_open": is_open,
        "form": None if is_open else form,
        "would_be_asked": results.names_to_invite(cohort, request.user, question, now)
        if question
        else [],
        "results": results.results(latest, request.user) if latest else None,
        "link": request.build_absolute_uri(
            reverse("workshops:availability_answer", args=[cohort.public_id])
        ),
    }
    return render(request, "workshops/availability_poll.html", context)


@require_get_or_post
def availability_close(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    poll = cohort.availability_polls.open(now).first()
    if poll is None:
        messages.info(request, _("No poll is open."))
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    if request.method == "POST":
        poll.close(by=request.user, at=now)
        messages.success(request, _("Poll closed. The answers are saved for planning the dates."))
        return redirect("workshops:availability_poll", public_id=cohort.public_id)
    return render(request, "workshops/availability_close.html", {"cohort": cohort, "poll": poll})


@require_get_or_post
def availability_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for a signed-in member's answer; on POST, save the answer."""
    cohort = visible_cohort(request.user, public_id)
    membership = cohort.memberships.active().filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    return answer_page(
        request, cohort.availability_polls.first(), membership, "layouts/narrow.html"
    )


@authorised_by_link
@require_get_or_post
def availability_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answer form of the member for whom the link was made; on POST, save the answer.

    GET saves nothing, because mail scanners open links.
    """
    asked = polls.resolve_link(token)
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
    answer = polls.latest_answer(poll.cohort, membership)
    half_days = answer.unavailable.all() if answer else []
    ticked = [half_day_value(one.day, one.half) for one in half_days]
    form = HalfDaysForm(post_data(request), poll=poll, ticked=ticked)
    if form.is_valid():
        if not polls.save_answer(
            poll=poll, membership=membership, unavailable=form.half_days(), at=now
        ):
            poll.refresh_from_db()
            return render(request, "workshops/availability_answer_closed.html", context)
        until = dates.long_day(dates.day_of(poll.closes_at, poll.cohort.zone))
        messages.success(
            request,
            _("Answer saved, thank you. You can change it here until %(day)s.") % {"day": until},
        )
        return redirect(request.path)
    context |= {
        "form": form,
        "weeks": form.weeks(),
        "answer": answer,
        "has_answered": answer and answer.poll_id == poll.pk,
        "cannot": [half_day_name(one.day, HalfDay(one.half)) for one in half_days],
    }
    return render(request, "workshops/availability_answer.html", context)
