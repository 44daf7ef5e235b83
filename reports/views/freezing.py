from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, require_get_or_post
from cohorts.access import convened_cohort
from reports.comparing import compare
from reports.freezing import (
    NotReadyToFreeze,
    freeze,
    next_figures,
    quotes_token,
    why_cannot_freeze,
)
from reports.models import FrozenReport
from ui.pdf import can_typeset
from ui.version_token import StaleError


@require_get_or_post
def report_freeze(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the figures that would be frozen; on POST, freeze the report.

    If the report is frozen already, freezing adds a new version.
    """
    cohort = convened_cohort(request.user, public_id)
    moment, frozen = timezone.now(), FrozenReport.objects.of(cohort)
    if request.method == "POST":
        after, agreed = request.POST.get("after", ""), request.POST.get("agreed", "")
        is_next = frozen is not None and after == str(frozen.version)
        try:
            freeze(
                cohort=cohort,
                agreed=agreed,
                by=request.user,
                at=moment,
                after=frozen.version if frozen and is_next else 0,
            )
        except (NotReadyToFreeze, StaleError) as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _("Report frozen. Its files will not change any more."))
            return redirect("reports:report_detail", public_id)
    figures = next_figures(cohort, frozen, moment)
    context = {
        "cohort": cohort,
        "frozen": frozen,
        "figures": figures,
        "agreed": quotes_token(figures.quotes),
        "reason": why_cannot_freeze(figures),
        "can_typeset": can_typeset(),
    }
    return render(request, "reports/report_freeze.html", context)


@require_safe
def report_versions(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List the frozen versions of a report, and the differences between the last two."""
    cohort = convened_cohort(request.user, public_id)
    frozen = FrozenReport.objects.versions_of(cohort).defer(None).defer("xlsx", "pdf")
    versions = list(frozen.annotate(is_typeset=Q(pdf__isnull=False)))
    context = {
        "cohort": cohort,
        "versions": versions,
        "comparison": compare(versions[1], versions[0]) if len(versions) > 1 else None,
    }
    return render(request, "reports/report_versions.html", context)
