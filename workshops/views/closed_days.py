"""Views that list, add, import, edit and delete closed days, which a cohort's dates avoid."""

from datetime import date
from itertools import groupby

from django.contrib import messages
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from workshops.forms.closed_days import (
    DUPLICATE,
    ClosedDaysChoiceForm,
    ClosedDaysFileForm,
    ClosedDaysForm,
    load_reading,
    scope_of,
)
from workshops.models import ClosedDays
from workshops.planning.closed_days import ImportResult, import_periods, require_editor

MAX_NAMES = 5


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


@require_get_or_post
def closed_days_add(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = ClosedDays(kind=ClosedDays.Kind.SCHOOL, made_by=request.user, made_at=timezone.now())
    form = ClosedDaysForm(post_data(request), cohort=cohort, closed=closed, by=request.user)
    if form.is_valid() and try_to_save(form):
        messages.success(request, _("“%(name)s” added.") % {"name": closed})
        return redirect("workshops:closed_days_list", cohort.public_id)
    return render(request, "workshops/closed_days_add.html", {"cohort": cohort, "form": form})


@require_get_or_post
def closed_days_edit(request: AuthenticatedRequest, public_id: str, closed_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = get_object_or_404(ClosedDays.objects.of(cohort), public_id=closed_id)
    require_editor(closed, request.user)
    form = ClosedDaysForm(post_data(request), cohort=cohort, closed=closed, by=request.user)
    if form.is_valid() and try_to_save(form):
        messages.success(request, _("“%(name)s” saved.") % {"name": closed})
        return redirect("workshops:closed_days_list", cohort.public_id)
    context = {"cohort": cohort, "closed": closed, "form": form}
    return render(request, "workshops/closed_days_edit.html", context)


@require_get_or_post
def closed_days_delete(
    request: AuthenticatedRequest, public_id: str, closed_id: str
) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    closed = get_object_or_404(ClosedDays.objects.of(cohort), public_id=closed_id)
    require_editor(closed, request.user)
    if request.method == "POST":
        closed.delete()
        messages.success(request, _("“%(name)s” deleted.") % {"name": closed})
        return redirect("workshops:closed_days_list", cohort.public_id)
    return render(
        request, "workshops/closed_days_delete.html", {"cohort": cohort, "closed": closed}
    )


@require_get_or_post
def closed_days_import(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the upload form; on POST, show the lines of the file. Saves nothing yet."""
    cohort = convened_cohort(request.user, public_id)
    today = today_in(cohort)
    form = ClosedDaysFileForm(
        post_data(request),
        request.FILES or None,
        initial={"kind": ClosedDays.Kind.SCHOOL},
        cohort=cohort,
        zone=cohort.zone,
        today=today,
        by=request.user,
    )
    if form.is_valid():
        chosen = {name: form.cleaned_data.get(name) for name in ("kind", "scope")}
        preview = ClosedDaysChoiceForm(
            initial=chosen, reading=form.reading, cohort=cohort, today=today, by=request.user
        )
        return show_lines(request, cohort, preview)
    return render(request, "workshops/closed_days_import.html", {"cohort": cohort, "form": form})


@require_POST
def closed_days_import_save(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save the ticked lines of an uploaded file."""
    cohort = convened_cohort(request.user, public_id)
    today = today_in(cohort)
    try:
        reading = load_reading(request.POST.get("reading_token", ""), cohort)
    except BadSignature:
        messages.error(request, _("Choose the file again. Nothing was added."))
        return redirect("workshops:closed_days_import", cohort.public_id)
    form = ClosedDaysChoiceForm(
        request.POST, reading=reading, cohort=cohort, today=today, by=request.user
    )
    if not form.is_valid():
        return show_lines(request, cohort, form)
    result = import_periods(
        periods=form.periods(),
        kind=form.cleaned_data["kind"],
        cohort=scope_of(form, cohort),
        today=today,
        by=request.user,
        at=timezone.now(),
    )
    messages.add_message(
        request, messages.SUCCESS if result.added else messages.INFO, " ".join(summary(result))
    )
    return redirect("workshops:closed_days_list", cohort.public_id)


def show_lines(
    request: AuthenticatedRequest, cohort: Cohort, form: ClosedDaysChoiceForm
) -> HttpResponse:
    today = today_in(cohort)
    past_count = sum(1 for line in form.reading.lines if line.period.last < today)
    left_out = ImportResult(
        [], len(form.reading.lines) - len(form.offered) - past_count, past_count
    )
    context = {
        "cohort": cohort,
        "form": form,
        "left_out": left_out_sentences(left_out),
        "unticked_count": sum(1 for line in form.offered.values() if line.doubt),
    }
    return render(request, "workshops/closed_days_import_lines.html", context)


def try_to_save(form: ClosedDaysForm) -> bool:
    """Save the form's closed days. If they are listed already, add an error and return False."""
    for name, value in form.facts().items():
        setattr(form.closed, name, value)
    try:
        with transaction.atomic():
            form.closed.save()
    except IntegrityError:
        form.add_error("name", DUPLICATE)
        return False
    return True


def summary(result: ImportResult) -> list[str]:
    """Return sentences that say how many periods an import added, and how many it left out."""
    added = [one.name for one in result.added]
    names = [_("“%(name)s”") % {"name": name} for name in added[:MAX_NAMES]]
    if len(added) > MAX_NAMES:
        names.append(_("%(count)d more") % {"count": len(added) - MAX_NAMES})
    found = [
        _("Added %(count)d: %(names)s.")
        % {"count": len(added), "names": get_text_list(names, _("and"))}
        if added
        else _("Nothing was added.")
    ]
    return found + left_out_sentences(result)


def left_out_sentences(result: ImportResult) -> list[str]:
    found = []
    if result.known_count:
        found.append(
            ngettext(
                "%(count)d was already in the list.",
                "%(count)d were already in the list.",
                result.known_count,
            )
            % {"count": result.known_count}
        )
    if result.past_count:
        found.append(
            ngettext(
                "%(count)d is in the past and was left out.",
                "%(count)d are in the past and were left out.",
                result.past_count,
            )
            % {"count": result.past_count}
        )
    return found


def today_in(cohort: Cohort) -> date:
    return timezone.now().astimezone(cohort.zone).date()
