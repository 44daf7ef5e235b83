from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest
from cohorts.access import convenes_any, convenes_with, visible_cohort
from cohorts.deliverability import unreached, with_suppressed
from cohorts.forms import CohortFiltersForm
from cohorts.keyset import keyset_page
from cohorts.models import Cohort, Membership
from home import cohort_pages
from home.context_processors import navigation
from home.delivery_status import sending_context
from home.facilitator.dashboard import facilitator_context
from home.participant import dashboard
from home.participant.questions_due import questions_due_for
from surveys.invitations import surveys_due_for
from surveys.moderation import count_to_read
from workshops.models import AvailabilityPoll
from workshops.stages import NEXT_WORKSHOP_FIRST, by_next_workshop

COHORTS_A_PAGE = 20


@require_safe
def today(request: AuthenticatedRequest) -> HttpResponse:
    """Show the dashboard of a participant, of a facilitator, or both on one page.

    `?cohort=` chooses between the cohorts that the user takes part in. Archived cohorts are left
    out. An administrator who is in no cohort is redirected to the list of cohorts.
    """
    moment = timezone.now()
    open_polls = AvailabilityPoll.objects.open(moment)
    every = list(
        with_suppressed(Membership.objects.active().filter(user=request.user))
        .annotate(has_open_poll=Exists(open_polls.filter(cohort=OuterRef("cohort"))))
        .select_related("cohort__programme")
        .order_by("-joined_at")
    )
    current = [one for one in every if not one.cohort.is_archived]
    memberships = [one for one in current if not one.is_facilitator]
    facilitated = [one.cohort for one in current if one.is_facilitator]
    runs = bool(facilitated)
    work: dict[str, Any] = {
        "comments_to_read": comments_to_read_by(request.user),
        # Archived cohorts count for the navigation, so they are loaded with the others.
        "navigation": navigation(request.user, "home:today", {one.role for one in every}),
    }
    work |= facilitator_context(request.user, facilitated, moment) if runs else {}
    if not memberships:
        if runs:
            return render(request, "home/today_for_facilitators.html", work)
        return redirect("home:cohort_list") if request.user.is_administrator else no_cohort(request)
    wanted = request.GET.get("cohort")
    membership = next(
        (one for one in memberships if one.cohort.public_id == wanted), memberships[0]
    )
    membership.user = request.user
    found = unreached([membership]) if membership.is_suppressed else []
    bounced = next((one.bounced for one in found), None)
    return render(
        request,
        "home/today.html",
        {
            **work,
            "runs": runs,
            "bounced": bounced,
            "surveys_due": surveys_due_for(request.user, moment),
            **questions_due_for(request.user, moment),
            "others": [one.cohort for one in memberships if one != membership],
            **dashboard.participant_context(membership, moment),
        },
    )


def comments_to_read_by(user: User) -> int:
    """Return how many comments of surveys wait for the user. Makes no query for most users."""
    return count_to_read(user) if user.is_administrator else 0


def no_cohort(request: AuthenticatedRequest) -> HttpResponse:
    """Show the dashboard of a user who is not in a cohort now, with links to their past cohorts."""
    past = Cohort.objects.visible_to(request.user)
    return render(request, "home/today_without_cohort.html", {"past_cohorts": past})


@require_safe
def cohort_list(request: AuthenticatedRequest) -> HttpResponse:
    """List and search the user's present and past cohorts; for an administrator, every cohort.

    The cohort whose next workshop is the soonest comes first, then those being planned, then those
    that have finished. Archived cohorts are on a page of their own.
    """
    cohorts, now = Cohort.objects.visible_to(request.user), timezone.now()
    form = CohortFiltersForm(request.GET, user=request.user, cohorts=cohorts, at=now)
    form.fields["q"].label = _("Name or place")
    found = by_next_workshop(form.found(), now).select_related("programme")
    page = keyset_page(found, NEXT_WORKSHOP_FIRST, request.GET, size=COHORTS_A_PAGE)
    context = {
        "form": form,
        "page": page,
        "rows": dashboard.cohort_rows(page.rows, now),
        "has_archived": cohorts.archived().exists(),
        "may_make": convenes_any(request.user),
        "comments_to_read": comments_to_read_by(request.user),
    }
    return render(request, "home/cohort_list.html", context)


@require_safe
def cohort_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort, with one page for its conveners and another for its other members.

    Conveners are the cohort's facilitators, and all administrators.
    """
    moment = timezone.now()
    cohort = visible_cohort(request.user, public_id, **cohort_pages.cohort_annotations(moment))
    members = list(cohort.memberships.by_name())
    if convenes_with(members, request.user):
        page = request.GET.get("page")
        context = cohort_pages.convener_context(cohort, members, request.user, moment, page)
        return render(request, "home/cohort_detail.html", context)
    context = cohort_pages.member_context(cohort, members, request.user, moment)
    return render(request, "home/cohort_detail_for_members.html", context)


@require_safe
def sending(request: AuthenticatedRequest) -> HttpResponse:
    """Show administrators the state of the message queue, and which messages failed."""
    if not request.user.is_administrator:
        raise PermissionDenied
    return render(request, "home/sending.html", sending_context(timezone.now()))
