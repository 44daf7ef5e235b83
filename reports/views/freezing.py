from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from reports.figures import figures_of
from reports.freezing import NotReadyToFreeze, freeze, quotes_token, why_cannot_freeze
from reports.models import FrozenReport
from ui.pdf import can_typeset
from ui.version_token import StaleError


@show_or_act
def report_freeze(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the figures that would be frozen; on POST, freeze the report."""
    cohort = convened_cohort(request.user, public_id)
    moment = timezone.now()
    if FrozenReport.objects.filter(cohort=cohort).exists():
        return redirect("reports:report_detail", public_id)
    if request.method == "POST":
        try:
            freeze(cohort=cohort, agreed=request.POST.get("agreed", ""), by=request.user, at=moment)
        except (NotReadyToFreeze, StaleError) as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _("Report frozen. Its files will not change any more."))
            return redirect("reports:report_detail", public_id)
    figures = figures_of(cohort, moment)
    context = {
        "cohort": cohort,
        "figures": figures,
        "agreed": quotes_token(figures.quotations),
        "reason": why_cannot_freeze(figures),
        "can_typeset": can_typeset(),
    }
    return render(request, "reports/report_freeze.html", context)
