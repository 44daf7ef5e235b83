"""Views of a cohort's feedback over all workshops, and of how often surveys are sent."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from cohorts.access import convened_cohort, visible_cohort
from surveys.forms import SurveysEveryForm
from surveys.pairs import set_surveys_every
from surveys.results import INDICATIVE_BELOW, results_of_cohort
from surveys.small_cohorts import advice_about
from surveys.trends import trends


@require_safe
def cohort_feedback(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show how the answers to each question changed from workshop to workshop."""
    cohort = visible_cohort(request.user, public_id)
    results = results_of_cohort(cohort, timezone.now())
    is_convener = cohort.is_convened_by(request.user)
    context = {
        "cohort": cohort,
        "results": results,
        "trends": trends(results),
        "is_convener": is_convener,
        "advice": advice_about(cohort) if is_convener else None,
        "indicative_below": INDICATIVE_BELOW,
    }
    return render(request, "surveys/cohort_feedback.html", context)


@require_POST
def surveys_every_set(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Set whether a survey follows each workshop, or every second one."""
    cohort = convened_cohort(request.user, public_id)
    form = SurveysEveryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose each workshop or every second workshop."))
        return redirect("surveys:cohort_feedback", public_id=cohort.public_id)
    try:
        set_surveys_every(cohort=cohort, every=form.cleaned_data["every"])
    except ValidationError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, said(cohort.surveys_every))
    return redirect("surveys:cohort_feedback", public_id=cohort.public_id)


def said(every: int) -> str:
    if every == 1:
        return _("Saved. A survey follows each workshop.")
    return _("Saved. A survey follows every second workshop, and is about the last two.")
