"""Views that edit, archive and restore a cohort."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.forms import CohortForm


@require_get_or_post
def cohort_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit a cohort's name, place, country, capacity and features."""
    cohort = convened_cohort(request.user, public_id)
    form = CohortForm(post_data(request), instance=cohort)
    if form.is_valid() and form.try_save(at=timezone.now()):
        messages.success(request, _("Saved."))
        return redirect(cohort)
    # Reload the cohort: the form has changed `cohort`, but the heading must show the saved name.
    context = {"form": form, "cohort": convened_cohort(request.user, public_id)}
    return render(request, "cohorts/cohort_edit.html", context)


@require_get_or_post
def cohort_archive(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what archiving a cohort does; on POST, archive it."""
    cohort = convened_cohort(request.user, public_id)
    if cohort.is_archived:
        return redirect(cohort)
    if request.method == "POST":
        cohort.archive(by=request.user, at=timezone.now())
        messages.success(request, _("“%(name)s” archived.") % {"name": cohort.name})
        return redirect(cohort)
    return render(request, "cohorts/cohort_archive.html", {"cohort": cohort})


@require_get_or_post
def cohort_restore(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what restoring an archived cohort does; on POST, restore it."""
    cohort = convened_cohort(request.user, public_id)
    if not cohort.is_archived:
        return redirect(cohort)
    if request.method == "POST":
        cohort.restore()
        messages.success(request, _("“%(name)s” restored.") % {"name": cohort.name})
        return redirect(cohort)
    return render(request, "cohorts/cohort_restore.html", {"cohort": cohort})
