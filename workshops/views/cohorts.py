"""The view that creates a cohort."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import require_some_cohort
from cohorts.models import NAME_TAKEN, Cohort
from programmes.models import Programme
from workshops.forms.cohort import NewCohortForm
from workshops.planning import scheduling


@require_get_or_post
def cohort_create(request: AuthenticatedRequest) -> HttpResponse:
    require_some_cohort(request.user)
    programmes = list(Programme.objects.current())
    if not programmes:
        return render(request, "workshops/cohort_create.html", {"form": None})
    form = NewCohortForm(post_data(request), creator=request.user, programmes=programmes)
    if form.is_valid() and (cohort := try_to_create(form, request)):
        messages.success(request, _("Cohort created. Next, plan its dates."))
        if cohort.is_convened_by(request.user):
            return redirect("workshops:series_plan", cohort.public_id)
        return redirect("home:cohort_list")
    return render(request, "workshops/cohort_create.html", {"form": form})


def try_to_create(form: NewCohortForm, request: AuthenticatedRequest) -> Cohort | None:
    """Create the cohort and return it.

    If a facilitator can't be enrolled or the name is taken, add an error to the form and return
    None.
    """
    facts = {
        name: form.cleaned_data[name]
        for name in (
            *("programme", "name", "place", "country", "time_zone", "capacity"),
            *("funder", "funder_reference"),
        )
    }
    try:
        with transaction.atomic():
            return scheduling.create_cohort(
                **facts,
                facilitators=form.cleaned_data["facilitators"],
                new_facilitators=form.new_facilitators(),
                by=request.user,
                at=timezone.now(),
            )
    except ValidationError as error:
        form.add_error("new_email", " ".join(error.messages))
    except IntegrityError:
        form.add_error("name", NAME_TAKEN)
    return None
