from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from home.shared_reflections import counts_by_workshop, grouped, lines
from reflections.access import own_cohort
from reflections.models import Reflection

REFLECTIONS_A_PAGE = 30


@require_safe
def cohort_reflections(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what others in the cohort share with the user. Administrators have no extra access."""
    cohort = own_cohort(request.user, public_id)
    shared = Reflection.objects.shared_with(request.user, cohort)
    page = Paginator(shared.along_the_journey(), REFLECTIONS_A_PAGE).get_page(
        request.GET.get("page")
    )
    counts = counts_by_workshop(shared)
    is_facilitator = cohort.is_facilitated_by(request.user)
    context = {
        "cohort": cohort,
        "page": page,
        "groups": list(grouped(page, counts, request.user)),
        "is_facilitator": is_facilitator,
        "lines": lines(cohort, counts, timezone.now()) if is_facilitator else [],
        "apart": counts.get(None, 0),
    }
    return render(request, "home/cohort_reflections.html", context)
