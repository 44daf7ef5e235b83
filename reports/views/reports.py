from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import convened_cohort, require_some_cohort
from cohorts.models import Cohort
from reports.downloads import report_file
from reports.figures import figures_of
from reports.freezing import has_changed, why_cannot_freeze
from reports.models import FrozenReport
from ui.pdf import TypesettingError, can_typeset, download

REPORTS_A_PAGE = 30


@require_safe
def report_list(request: AuthenticatedRequest) -> HttpResponse:
    """List the cohorts whose report the user may read, and how many workshops each has held."""
    require_some_cohort(request.user)
    planned = Q(workshops__cancelled_at=None)
    cohorts = (
        Cohort.objects.convened_by(request.user)
        .select_related("programme")
        .annotate(
            planned=Count("workshops", filter=planned),
            held=Count("workshops", filter=planned & Q(workshops__ends_at__lte=timezone.now())),
        )
        .order_by("-made_at", "-pk")
    )
    page = Paginator(cohorts, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/report_list.html", {"page": page})


@require_safe
def report_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort's figures as of now or, if the report is frozen, as of the freezing."""
    cohort = convened_cohort(request.user, public_id)
    frozen = FrozenReport.objects.of(cohort)
    figures = figures_of(cohort, frozen.frozen_at if frozen else timezone.now(), frozen)
    context = {
        "cohort": cohort,
        "frozen": frozen,
        "has_changed": has_changed(frozen, figures) if frozen else False,
        "figures": figures,
        "can_typeset": frozen.has_pdf() if frozen else can_typeset(),
        "may_freeze": frozen is None and not why_cannot_freeze(figures),
        # Administrators can read every report, but only facilitators choose its quotations.
        "may_choose": not request.user.is_administrator or cohort.is_facilitated_by(request.user),
    }
    return render(request, "reports/report_detail.html", context)


@require_safe
def report_csv(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    return report_as("csv", request, public_id)


@require_safe
def report_xlsx(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    return report_as("xlsx", request, public_id)


@require_safe
def report_pdf(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Return the report as a PDF, or redirect to its page with an error if there is none."""
    try:
        return report_as("pdf", request, public_id)
    except TypesettingError as problem:
        messages.error(request, str(problem))
        return redirect("reports:report_detail", public_id)


def report_as(extension: str, request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    file = report_file(convened_cohort(request.user, public_id), extension, timezone.now())
    return download(file.content, file.content_type, file.name)
