from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import AuthenticatedRequest
from cohorts.access import convened_cohort, require_some_cohort
from cohorts.models import Cohort
from reports.figures import figures_of
from reports.sheets import as_csv, as_xlsx, file_name

REPORTS_A_PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def report_list(request: AuthenticatedRequest) -> HttpResponse:
    """The cohorts whose report the person may read, and how far each has come."""
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
    """A cohort in figures, to read, to print and to download."""
    cohort = convened_cohort(request.user, public_id)
    context = {"cohort": cohort, "figures": figures_of(cohort, timezone.now())}
    return render(request, "reports/report_detail.html", context)


@require_safe
def report_csv(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    figures = figures_of(convened_cohort(request.user, public_id), timezone.now())
    return download(as_csv(figures), "text/csv; charset=utf-8", file_name(figures, "csv"))


@require_safe
def report_xlsx(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    figures = figures_of(convened_cohort(request.user, public_id), timezone.now())
    return download(as_xlsx(figures), XLSX, file_name(figures, "xlsx"))


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
