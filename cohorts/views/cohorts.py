"""The view that edits a cohort."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.forms import CohortForm
from cohorts.models import NAME_TAKEN


@show_or_act
def cohort_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit a cohort's name, place, country and capacity."""
    cohort = convened_cohort(request.user, public_id)
    form = CohortForm(posted(request), instance=cohort)
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # a concurrent request took the name
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(request, _("Saved."))
            return redirect(cohort)
    # Reload the cohort: the form has changed `cohort`, but the heading must show the saved name.
    context = {"form": form, "cohort": convened_cohort(request.user, public_id)}
    return render(request, "cohorts/cohort_edit.html", context)
