"""The tables of a workshop: making them, and showing them on a screen in the room."""

from __future__ import annotations

from secrets import randbelow

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from sets.access import facilitated_workshop
from sets.current import current_of
from sets.forms import NumberForm
from sets.making import jobs
from sets.making.roster import attending
from sets.models import Grouping
from sets.views.proposals import RELOAD_SECONDS, grouping_context, start_context


@require_safe
def table_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a workshop's tables. While a worker makes them, the browser reloads the page."""
    workshop = facilitated_workshop(request.user, public_id)
    tables = Grouping.objects.filter(workshop=workshop).first()
    if tables is None or tables.made_at is None:
        context = start_context(len(attending(workshop)), tables)
    else:
        tables.workshop, tables.cohort = workshop, workshop.cohort
        context = grouping_context(current_of(tables))
    context["form"].fields["number"].label = _("How many tables")
    context |= {"workshop": workshop, "cohort": workshop.cohort, "grouping": tables}
    response = render(request, "sets/table_list.html", context)
    if tables and tables.is_pending:
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


@require_POST
def tables_make(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Have tables made, in place of any others."""
    workshop = facilitated_workshop(request.user, public_id)
    people = len(attending(workshop))
    form = NumberForm(request.POST, people=people, label=_("How many tables"))
    if not form.is_valid():
        messages.error(request, jobs.why_not(people) or str(form.errors["number"][0]))
        return redirect("sets:table_list", public_id)
    try:
        jobs.ask_for_tables(
            workshop,
            number_of_sets=form.cleaned_data["number"],
            seed=randbelow(jobs.MOST_SEED),
            by=request.user,
            at=timezone.now(),
        )
    except jobs.CannotMakeError as problem:
        messages.error(request, str(problem))
    return redirect("sets:table_list", public_id)


@require_safe
def tables_screen(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show who sits at which table, in large type for a screen in the room."""
    workshop = facilitated_workshop(request.user, public_id)
    tables = Grouping.objects.filter(workshop=workshop, made_at__isnull=False).first()
    if tables is None:
        return redirect("sets:table_list", public_id)
    tables.workshop, tables.cohort = workshop, workshop.cohort
    context = {"workshop": workshop, "sets": current_of(tables).sets}
    return render(request, "sets/tables_screen.html", context)
