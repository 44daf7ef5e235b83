from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import AuthenticatedRequest
from cohorts.access import convened_cohort, convenes_any
from cohorts.models import Cohort
from reports.figures import figures_of
from reports.sheets import as_csv, as_xlsx, file_name

REPORTS_A_PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def report_list(request: AuthenticatedRequest) -> HttpResponse:
    """The cohorts whose report the person may read."""
    if not convenes_any(request.user):
        raise PermissionDenied
    cohorts = Cohort.objects.convened_by(request.user).select_related("programme")
    page = Paginator(cohorts, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/report_list.html", {"page_obj": page})


@require_GET
def report_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A cohort in figures, to read, to print and to download."""
    cohort = convened_cohort(request.user, public_id)
    context = {"cohort": cohort, "figures": figures_of(cohort, timezone.now())}
    return render(request, "reports/report_detail.html", context)


@require_GET
def report_csv(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    figures = figures_of(convened_cohort(request.user, public_id), timezone.now())
    return download(as_csv(figures).encode(), "text/csv; charset=utf-8", file_name(figures, "csv"))


@require_GET
def report_xlsx(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    figures = figures_of(convened_cohort(request.user, public_id), timezone.now())
    return download(as_xlsx(figures), XLSX, file_name(figures, "xlsx"))


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
