from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import current_cohort
from relationships.access import in_use
from relationships.results import relationships_of


@require_safe
def cohort_relationships(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what changed between people in a cohort, as far as it may be shown."""
    cohort = in_use(current_cohort(request.user, public_id))
    context = {
        "cohort": cohort,
        "results": relationships_of(cohort, timezone.now()),
        "is_convener": cohort.is_convened_by(request.user),
    }
    return render(request, "relationships/cohort_relationships.html", context)
