"""The pages of the days that a cohort's dates keep clear of."""

from datetime import date
from itertools import groupby

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from workshops.forms.closed_days import THERE_ALREADY, ClosedDaysFileForm, ClosedDaysForm, scope_of
from workshops.models import ClosedDays
from workshops.planning.closed_days import TakenIn, require_keeper, take_in

MOST_NAMED = 5


@require_safe
def closed_days_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    today = today_in(cohort)
    periods = sorted(
        ClosedDays.objects.of(cohort),
        key=lambda one: (one.kind != ClosedDays.Kind.SCHOOL, one.first),
    )
    to_come = [one for one in periods if one.last >= today]
    context = {
        "cohort": cohort,
        "kinds": [
            (kind, list(found)) for kind, found in groupby(to_come, ClosedDays.get_kind_display)
        ],
        "past": [one for one in reversed(periods) if one.last < today],
    }
    return render(request, "workshops/closed_days_list.html", context)


@show_or_act
def closed_days_add(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = ClosedDays(kind=ClosedDays.Kind.SCHOOL, made_by=request.user, made_at=timezone.now())
    form = ClosedDaysForm(posted(request), cohort=cohort, closed=closed, by=request.user)
    if form.is_valid() and kept(form):
        messages.success(request, f"“{closed}” is in the list.")
        return redirect("workshops:closed_days_list", cohort.public_id)
    return render(request, "workshops/closed_days_add.html", {"cohort": cohort, "form": form})


@show_or_act
def closed_days_edit(request: AuthenticatedRequest, public_id: str, closed_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = get_object_or_404(ClosedDays.objects.of(cohort), public_id=closed_id)
    require_keeper(closed, request.user)
    form = ClosedDaysForm(posted(request), cohort=cohort, closed=closed, by=request.user)
    if form.is_valid() and kept(form):
        messages.success(request, f"“{closed}” is saved.")
        return redirect("workshops:closed_days_list", cohort.public_id)
    context = {"cohort": cohort, "closed": closed, "form": form}
    return render(request, "workshops/closed_days_edit.html", context)


@show_or_act
def closed_days_delete(
    request: AuthenticatedRequest, public_id: str, closed_id: str
) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = get_object_or_404(ClosedDays.objects.of(cohort), public_id=closed_id)
    require_keeper(closed, request.user)
    if request.method == "POST":
        closed.delete()
        messages.success(request, f"“{closed}” is removed.")
        return redirect("workshops:closed_days_list", cohort.public_id)
    return render(
        request, "workshops/closed_days_delete.html", {"cohort": cohort, "closed": closed}
    )


@show_or_act
def closed_days_import(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    today = today_in(cohort)
    form = ClosedDaysFileForm(
        posted(request),
        request.FILES or None,
        initial={"kind": ClosedDays.Kind.SCHOOL},
        cohort=cohort,
        zone=cohort.zone,
        today=today,
        by=request.user,
    )
    if form.is_valid():
        taken_in = take_in(
            periods=form.periods,
            kind=form.cleaned_data["kind"],
            cohort=scope_of(form, cohort),
            today=today,
            by=request.user,
            at=timezone.now(),
        )
        messages.add_message(
            request, messages.SUCCESS if taken_in.added else messages.INFO, " ".join(told(taken_in))
        )
        return redirect("workshops:closed_days_list", cohort.public_id)
    return render(request, "workshops/closed_days_import.html", {"cohort": cohort, "form": form})


def kept(form: ClosedDaysForm) -> bool:
    """Whether the period is saved; if the same has come between, a sentence says so."""
    for name, value in form.facts().items():
        setattr(form.closed, name, value)
    try:
        with transaction.atomic():
            form.closed.save()
    except IntegrityError:
        form.add_error("name", THERE_ALREADY)
        return False
    return True


def told(taken_in: TakenIn) -> list[str]:
    """What was added, was there already, and was left out."""
    added = [one.name for one in taken_in.added]
    names = ", ".join(f"“{name}”" for name in added[:MOST_NAMED])
    more = f" and {len(added) - MOST_NAMED} more" if len(added) > MOST_NAMED else ""
    found = [f"Added {len(added)}: {names}{more}." if added else "Nothing was added."]
    if taken_in.known:
        found.append(f"{taken_in.known} {was(taken_in.known)} in the list already.")
    if taken_in.past:
        found.append(f"{taken_in.past} {was(taken_in.past)} left out, being over already.")
    return found


def was(count: int) -> str:
    return "was" if count == 1 else "were"


def today_in(cohort: Cohort) -> date:
    return timezone.now().astimezone(cohort.zone).date()
