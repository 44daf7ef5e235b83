"""The pages on which a series is planned."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.http import AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from workshops import planning, series
from workshops.forms.series import RhythmForm, SeriesForm


@show_or_act
def series_plan(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    workshops, now = list(cohort.workshops.order_by("position")), timezone.now()
    if request.method == "POST":
        rhythm = RhythmForm(initial=request.POST.dict())
        form = SeriesForm(request.POST, workshops=workshops, zone=cohort.zone, moment=now)
        if form.is_valid():
            planning.schedule_series(cohort=cohort, arrangements=form.arrangements(), by=request.user, at=now)
            messages.success(request, "The dates are saved. Reminders follow them by themselves.")
            return redirect(cohort)
    elif "first" in request.GET:
        rhythm, form = series.another_look(request.GET, workshops, cohort.zone, now)
    else:
        rhythm, form = series.first_look(workshops, cohort.zone, now)
    rows = form.rows()
    context = {
        "cohort": cohort,
        "rhythm": rhythm,
        "form": form,
        "rows": rows,
        "days": [row.slot.starts_at.astimezone(cohort.zone).date() for row in rows if row.slot],
        "past": sum(row.is_past for row in rows),
        "is_first": not any(workshop.is_planned for workshop in workshops),
    }
    return render(request, "workshops/series_plan.html", context)
