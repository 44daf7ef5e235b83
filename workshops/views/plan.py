"""Views of a cohort's plan: the plan page, its preview, and the confirmation that saves it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from ui.version_token import StaleError
from workshops.forms.plan_page import PlanPage, opening_page, posted_page, unsaved_page
from workshops.models import ClosedDays
from workshops.planning.plan_preview import preview_plan, save_plan


@require_get_or_post
def series_plan(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the plan page; on POST, show it with what was typed, or show the preview.

    Saves no dates. The preview is shown if the user asks for it and the plan is valid. What was
    typed is stored in the session until it is saved or discarded, and a GET shows it again.
    """
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    if request.method != "POST":
        inputs = request.session.get(session_key(cohort))
        if inputs is None:
            return plan_response(request, opening_page(cohort, request.user, now))
        page = unsaved_page(cohort, request.user, inputs, now)
        return plan_response(request, page, is_unsaved=True)
    if "discard" in request.POST:
        request.session.pop(session_key(cohort), None)
        return redirect("workshops:series_plan", public_id=cohort.public_id)
    confirms = "confirm" in request.POST
    page = posted_page(cohort, request.user, request.POST, now, requires_reasons=confirms)
    request.session[session_key(cohort)] = page.inputs() | {"seen": page.seen}
    if not confirms or page.missed_changes() or not page.is_valid():
        return plan_response(request, page)
    open_poll = cohort.availability_polls.open(now).first()
    try:
        preview = preview_plan(page.draft, by=request.user, seen=page.seen, closes=open_poll)
    except StaleError:  # the workshops have changed since `page` was loaded
        page = posted_page(cohort, request.user, request.POST, now, requires_reasons=confirms)
        return plan_response(request, page)
    context = {
        "cohort": cohort,
        "page": page,
        "rows": page.rows(),
        "preview": preview,
        "open_poll": open_poll,
    }
    return render(request, "workshops/series_confirm.html", context)


@require_POST
def series_confirm(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save the plan that was previewed, unless the workshops have changed since."""
    cohort, now = convened_cohort(request.user, public_id), timezone.now()
    page = posted_page(cohort, request.user, request.POST, now, requires_reasons=True)
    if page.is_valid():
        open_poll = cohort.availability_polls.open(now).first()
        closes = open_poll if "close_poll" in request.POST else None
        try:
            save_plan(page.draft, by=request.user, seen=page.seen, closes=closes)
        except StaleError:
            # Load the workshops again, to show what has changed.
            page = posted_page(cohort, request.user, request.POST, now, requires_reasons=True)
        else:
            request.session.pop(session_key(cohort), None)
            messages.success(
                request,
                _("Dates saved. Messages, reminders and calendars are updated automatically."),
            )
            return redirect(cohort)
    return plan_response(request, page)


def session_key(cohort: Cohort) -> str:
    """Return the key in the session under which the user's unsaved plan is stored."""
    return f"plan-{cohort.public_id}"


def plan_response(
    request: HttpRequest, page: PlanPage, *, is_unsaved: bool = False
) -> HttpResponse:
    rows = page.rows()
    listed = set(ClosedDays.objects.of(page.cohort).values_list("kind", flat=True).distinct())
    context = {
        "cohort": page.cohort,
        "page": page,
        "recurrence": page.recurrence_form,
        "form": page.dates_form,
        "rows": rows,
        "is_unsaved": is_unsaved,
        "unlisted": [label for kind, label in ClosedDays.Kind.choices if kind not in listed],
        "clashes": sum(row.needs_reason for row in rows),
        "is_first": not any(workshop.is_planned for workshop in page.workshops),
        "missed_changes": page.missed_changes(),
        "picks": page.picks(rows),
        "avoided": page.draft.days_to_avoid(),
        "unable": page.draft.unable_by_day(),
        "closed": page.draft.closed_periods([row.slot for row in rows if row.slot]),
    }
    return render(request, "workshops/series_plan.html", context)
