from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import convened_cohort, require_some_cohort
from cohorts.forms import CohortFiltersForm
from cohorts.keyset import keyset_page
from cohorts.models import Cohort
from reports import pdf_files
from reports.downloads import file_name, report_file
from reports.figures import figures_of
from reports.filters import TO_FREEZE_FIRST, to_freeze_first
from reports.freezing import has_changed, why_cannot_freeze
from reports.models import FrozenReport, ReportPdf
from ui.pdf import PDF, TypesettingError, can_typeset, download
from workshops.models import Workshop

REPORTS_A_PAGE = 30
RELOAD_SECONDS = 5


@require_safe
def report_list(request: AuthenticatedRequest) -> HttpResponse:
    """List and search the reports that the user may read, with counts of workshops.

    Reports of finished cohorts that nobody has frozen come first, and frozen ones last. Archived
    cohorts are on a page of their own.
    """
    require_some_cohort(request.user)
    cohorts, now = Cohort.objects.convened_by(request.user), timezone.now()
    form = CohortFiltersForm(request.GET, user=request.user, cohorts=cohorts, at=now)
    form.fields["q"].label = _("Name or place")
    found = to_freeze_first(form.found(), now).select_related("programme")
    page = keyset_page(found, TO_FREEZE_FIRST, request.GET, size=REPORTS_A_PAGE)
    counts = workshop_counts(page.rows, now)
    context = {
        "form": form,
        "page": page,
        "rows": [(cohort, *counts.get(cohort.pk, (0, 0))) for cohort in page],
        "has_archived": cohorts.archived().exists(),
    }
    return render(request, "reports/report_list.html", context)


def workshop_counts(cohorts: list[Cohort], moment: datetime) -> dict[int, tuple[int, int]]:
    """Return how many workshops of each cohort are planned, and how many have taken place.

    The keys are the cohorts' pks. Cancelled workshops don't count. Makes one query.
    """
    planned = Workshop.objects.filter(cohort__in=cohorts, cancelled_at=None).order_by()
    counts = planned.values_list("cohort").annotate(
        planned=Count("pk"), held=Count("pk", filter=Q(ends_at__lte=moment))
    )
    return {cohort: (planned, held) for cohort, planned, held in counts}


@require_safe
def report_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort's figures as of now or, if the report is frozen, as of the time of freezing."""
    is_frozen = Exists(FrozenReport.objects.filter(cohort=OuterRef("pk")))
    cohort = convened_cohort(request.user, public_id, is_frozen=is_frozen)
    frozen = FrozenReport.objects.of(cohort) if cohort.is_frozen else None
    figures = figures_of(cohort, frozen.frozen_at if frozen else timezone.now(), frozen)
    context = {
        "cohort": cohort,
        "frozen": frozen,
        "has_changed": has_changed(frozen, figures) if frozen else False,
        "figures": figures,
        "can_typeset": frozen.has_pdf() if frozen else can_typeset(),
        "may_freeze": frozen is None and not why_cannot_freeze(figures),
        # Administrators can read every report, but only facilitators choose its quotes.
        "may_choose": not request.user.is_administrator or cohort.is_facilitated_by(request.user),
    }
    return render(request, "reports/report_detail.html", context)


@require_safe
def report_csv(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    return report_as("csv", request, public_id)


@require_safe
def report_xlsx(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    return report_as("xlsx", request, public_id)


@require_POST
def report_pdf_request(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Have the report's PDF made, unless the one that is stored is current."""
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    if is_made_by_worker(cohort) and pdf_files.current_pdf(cohort, at=now) is None:
        pdf_files.request_pdf(cohort, by=request.user, at=now)
        return redirect("reports:report_pdf_wait", public_id)
    return redirect("reports:report_pdf", public_id)


@require_safe
def report_pdf(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Return the report as a PDF. Redirects to the page that asks for it if none is current.

    Redirects to the report with an error if the server can't make PDFs.
    """
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    if not is_made_by_worker(cohort):
        try:
            return report_as("pdf", request, public_id)
        except TypesettingError as problem:
            messages.error(request, str(problem))
            return redirect("reports:report_detail", public_id)
    content = pdf_files.current_pdf(cohort, at=now)
    if content is None:
        return redirect("reports:report_pdf_wait", public_id)
    return download(content, PDF, file_name(cohort, now, "pdf"))


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
    cohort, wanted = convened_cohort(request.user, public_id), request.GET.get("version", "")
    version = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 5 else None
    try:
        file = report_file(cohort, extension, timezone.now(), version)
    except FrozenReport.DoesNotExist as error:
        raise Http404 from error
    return download(file.content, file.content_type, file.name)


def is_made_by_worker(cohort: Cohort) -> bool:
    """Return whether a worker makes the cohort's PDF: the server can, and it isn't frozen."""
    return FrozenReport.objects.of(cohort) is None and can_typeset()
