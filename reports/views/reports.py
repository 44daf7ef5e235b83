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
from reports import pdf_files
from reports.downloads import file_name, report_file
from reports.figures import figures_of
from reports.freezing import has_changed, why_cannot_freeze
from reports.models import FrozenReport, ReportPdf
from ui.pdf import PDF, TypesettingError, can_typeset, download

REPORTS_A_PAGE = 30
RELOAD_SECONDS = 5


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
    """Show a cohort's figures as of now or, if the report is frozen, as of the time of freezing."""
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
    """Return the report as a PDF, if it is stored; if not, have it made and redirect.

    Redirects to the report with an error if the server can't make PDFs.
    """
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    if FrozenReport.objects.of(cohort) or not can_typeset():
        try:
            return report_as("pdf", request, public_id)
        except TypesettingError as problem:
            messages.error(request, str(problem))
            return redirect("reports:report_detail", public_id)
    content = pdf_files.current_pdf(cohort, at=now)
    if content is not None:
        return download(content, PDF, file_name(cohort, now, "pdf"))
    pdf_files.request_pdf(cohort, by=request.user, at=now)
    return redirect("reports:report_pdf_wait", public_id)


@require_safe
def report_pdf_wait(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show whether the PDF that was asked for is ready. The browser reloads the page until then."""
    cohort = convened_cohort(request.user, public_id)
    stored = ReportPdf.objects.filter(cohort=cohort).defer("token").first()
    response = render(request, "reports/report_pdf_wait.html", {"cohort": cohort, "stored": stored})
    if stored and stored.is_pending:
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


def report_as(extension: str, request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    file = report_file(convened_cohort(request.user, public_id), extension, timezone.now())
    return download(file.content, file.content_type, file.name)
