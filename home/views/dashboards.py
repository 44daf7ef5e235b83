from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import convenes_any, convenes_with, visible_cohort
from cohorts.deliverability import unreached, with_suppressed
from cohorts.models import Cohort, Membership
from home import cohort_pages
from home.delivery_status import sending_context
from home.facilitator.dashboard import facilitator_context
from home.participant import dashboard
from surveys.invitations import surveys_due_for

COHORTS_A_PAGE = 20


@require_safe
def today(request: AuthenticatedRequest) -> HttpResponse:
    """Show the dashboard of a participant, of a facilitator, or both on one page.

    `?cohort=` chooses between the cohorts that the user takes part in. Archived cohorts are left
    out. An administrator who is in
    no cohort is redirected to the list of cohorts.
    """
    moment = timezone.now()
    every = list(
        with_suppressed(
            Membership.objects.active().filter(user=request.user, cohort__archived_at=None)
        )
        .select_related("cohort")
        .order_by("-joined_at")
    )
    memberships = [one for one in every if not one.is_facilitator]
    facilitated = [one.cohort for one in every if one.is_facilitator]
    runs = bool(facilitated)
    work = facilitator_context(request.user, facilitated, moment) if runs else {}
    if not memberships:
        if work:
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
            "others": [one.cohort for one in memberships if one != membership],
            **dashboard.participant_context(membership, moment),
        },
    )


def no_cohort(request: AuthenticatedRequest) -> HttpResponse:
    """Show the dashboard of a user who is not in a cohort now, with links to their past cohorts."""
    past = Cohort.objects.visible_to(request.user)
    return render(request, "home/today_without_cohort.html", {"past_cohorts": past})


@require_safe
def cohort_list(request: AuthenticatedRequest) -> HttpResponse:
    """List the user's present and past cohorts; for an administrator, every cohort.

    Archived cohorts are named beneath the others.
    """
    cohorts = Cohort.objects.visible_to(request.user)
    current = cohorts.unarchived().select_related("programme")
    page = Paginator(current, COHORTS_A_PAGE).get_page(request.GET.get("page"))
    rows = dashboard.cohort_rows(list(page.object_list), timezone.now())
    context = {
        "page": page,
        "rows": rows,
        "archived": cohorts.archived().only("public_id", "name"),
        "may_make": convenes_any(request.user),
    }
    return render(request, "home/cohort_list.html", context)


@require_safe
def cohort_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort, with one page for its conveners and another for its other members.

    Conveners are the cohort's facilitators, and all administrators.
    """
    cohort = visible_cohort(request.user, public_id)
    members = list(cohort.memberships.by_name())
    moment = timezone.now()
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
