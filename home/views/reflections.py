from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from home.shared_reflections import shared_reflections, workshop_figures
from reflections.access import own_cohort


@require_safe
def cohort_reflections(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List the reflections that others in the cohort share with the user.

    Active facilitators also see figures by workshop. Administrators get no extra access.
    """
    cohort = own_cohort(request.user, public_id)
    workshops = list(cohort.workshops.all())
    members = list(cohort.memberships.select_related("user"))
    is_facilitator = any(
        member.user_id == request.user.pk and member.is_active and member.is_facilitator
        for member in members
    )
    shared = shared_reflections(request.user, cohort, workshops, members, request.GET.get("page"))
    context = {
        "cohort": cohort,
        "page": shared.page,
        "groups": shared.groups,
        "lines": workshop_figures(workshops, shared.counts, timezone.now())
        if is_facilitator
        else [],
        "without_workshop": shared.counts[None],
    }
    return render(request, "home/cohort_reflections.html", context)
