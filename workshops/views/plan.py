"""The pages on which a series is planned: looked at as often as one likes, then confirmed once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, show_or_act
from cohorts.access import convened_cohort
from workshops.models import ClosedDays
from workshops.planning import draft_plan, plan_preview


@show_or_act
def series_plan(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Nothing is saved here: what was typed comes back, judged, or goes on to the page that asks for a last word."""
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    if request.method != "POST":
        return shown(request, draft_plan.first_look(cohort, request.user, now))
    asks = "confirm" in request.POST
    plan = draft_plan.look_again(cohort, request.user, request.POST, now, settles=asks)
    if not asks or plan.since() or not plan.is_right():
        return shown(request, plan)
    context = {
        "cohort": cohort,
        "plan": plan,
        "rows": plan.rows(),
        "consequences": plan_preview.consequences(plan),
    }
    return render(request, "workshops/series_confirm.html", context)


@require_POST
def series_confirm(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    plan = draft_plan.look_again(cohort, request.user, request.POST, now, settles=True)
    if plan.is_right() and plan_preview.carry_out(plan):
        messages.success(
            request, "The dates are saved. Messages, reminders and calendars follow by themselves."
        )
        return redirect(cohort)
    return shown(request, plan)


def shown(request: HttpRequest, plan: draft_plan.Plan) -> HttpResponse:
    rows = plan.rows()
    listed = set(ClosedDays.objects.of(plan.cohort).values_list("kind", flat=True).distinct())
    context = {
        "cohort": plan.cohort,
        "plan": plan,
        "rhythm": plan.rhythm,
        "form": plan.form,
        "rows": rows,
        "unlisted": [label for kind, label in ClosedDays.Kind.choices if kind not in listed],
        "unsettled": sum(row.is_unsettled for row in rows),
        "is_first": not any(workshop.is_planned for workshop in plan.workshops),
        "since": plan.since(),
        "picks": plan.picks(rows),
        "closed": plan.closed(rows),
    }
    return render(request, "workshops/series_plan.html", context)
