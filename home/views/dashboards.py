from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import convenes_any, convenes_with, visible_cohort
from cohorts.deliverability import unreached
from cohorts.models import Cohort, Membership
from home import cohort_pages
from home.delivery_status import page as sending_page
from home.facilitator.dashboard import working_day
from home.participant import dashboard
from surveys.invitations import surveys_due_for

COHORTS_A_PAGE = 20


@require_safe
def today(request: AuthenticatedRequest) -> HttpResponse:
    """Show a participant's day, a facilitator's, or both. Other administrators get the cohorts."""
    moment = timezone.now()
    every = list(
        Membership.objects.active()
        .filter(user=request.user)
        .select_related("cohort__programme")
        .order_by("-joined_at")
    )
    memberships = [one for one in every if not one.is_facilitator]
    facilitated = [one.cohort for one in every if one.is_facilitator]
    runs = bool(facilitated)
    work = working_day(request.user, facilitated, moment) if runs else {}
    if not memberships:
        if work:
            return render(request, "home/today_for_facilitators.html", work)
        return redirect("home:cohort_list") if request.user.is_administrator else no_cohort(request)
    wanted = request.GET.get("cohort")
    membership = next(
        (one for one in memberships if one.cohort.public_id == wanted), memberships[0]
    )
    membership.user = request.user
    return render(
        request,
        "home/today.html",
        {
            **work,
            "runs": runs,
            "bounced": next((one.bounced for one in unreached([membership])), None),
            "surveys_due": surveys_due_for(request.user, moment),
            "others": [one.cohort for one in memberships if one != membership],
            **dashboard.day_of(membership, moment),
        },
    )


def no_cohort(request: AuthenticatedRequest) -> HttpResponse:
    """Show the page of somebody who is in no cohort now, with links to what they wrote."""
    past = Cohort.objects.visible_to(request.user)
    return render(request, "home/today_without_cohort.html", {"past_cohorts": past})


@require_safe
def cohort_list(request: AuthenticatedRequest) -> HttpResponse:
    """List the user's present and past cohorts, or all of them for an administrator."""
    cohorts = Cohort.objects.visible_to(request.user).select_related("programme")
    page = Paginator(cohorts, COHORTS_A_PAGE).get_page(request.GET.get("page"))
    rows = dashboard.cohort_rows(list(page.object_list), timezone.now())
    context = {"page": page, "rows": rows, "may_make": convenes_any(request.user)}
    return render(request, "home/cohort_list.html", context)


@require_safe
def cohort_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort to its conveners, or to its members."""
    cohort = visible_cohort(request.user, public_id)
    members = list(cohort.memberships.by_name())
    moment = timezone.now()
    if convenes_with(members, request.user):
        context = cohort_pages.for_conveners(cohort, members, request.user, moment)
        return render(request, "home/cohort_detail.html", context)
    context = cohort_pages.for_members(cohort, members, request.user, moment)
    return render(request, "home/cohort_detail_for_members.html", context)


@require_safe
def sending(request: AuthenticatedRequest) -> HttpResponse:
    """Show administrators whether mail is going out."""
    if not request.user.is_administrator:
        raise PermissionDenied
    return render(request, "home/sending.html", sending_page(timezone.now()))
