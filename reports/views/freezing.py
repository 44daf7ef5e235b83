from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.requests import AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from reports.figures import figures_of
from reports.freezing import ChangedSinceShown, NotYet, freeze, seal_of, why_not_yet
from reports.models import FrozenReport
from ui.pdf import can_typeset


@show_or_act
def report_freeze(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What would be kept, and that it stays so, before it is done."""
    cohort = convened_cohort(request.user, public_id)
    moment = timezone.now()
    if FrozenReport.objects.filter(cohort=cohort).exists():
        return redirect("reports:report_detail", public_id)
    if request.method == "POST":
        try:
            freeze(cohort=cohort, agreed=request.POST.get("agreed", ""), by=request.user, at=moment)
        except NotYet as reason:
            messages.error(request, str(reason))
        except ChangedSinceShown:
            messages.error(request, "The words in it have changed meanwhile. Look at them again.")
        else:
            messages.success(request, "The report is frozen. Its files are kept as they are.")
            return redirect("reports:report_detail", public_id)
    figures = figures_of(cohort, moment)
    context = {
        "cohort": cohort,
        "figures": figures,
        "agreed": seal_of(figures.quotations),
        "reason": why_not_yet(figures),
        "can_typeset": can_typeset(),
    }
    return render(request, "reports/report_freeze.html", context)
