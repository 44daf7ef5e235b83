from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.forms import CohortForm
from cohorts.models import NAME_TAKEN


@show_or_act
def cohort_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """A cohort's name, place and number of places."""
    cohort = convened_cohort(request.user, public_id)
    form = CohortForm(posted(request), instance=cohort)
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # another cohort has just taken the name
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(request, "The cohort is saved.")
            return redirect(cohort)
    # What was typed is in `form.instance` already; the page's head says what holds.
    context = {"form": form, "cohort": convened_cohort(request.user, public_id)}
    return render(request, "cohorts/cohort_edit.html", context)
