"""The view in which an administrator deletes a cohort that has never held a workshop."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import visible_cohort
from privacy.cohort_deletion import contents_of, delete_cohort, obstacle
from privacy.forms import TypedForm


@require_get_or_post
def cohort_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what is deleted with the cohort; on POST, delete it if its name was typed."""
    cohort = visible_cohort(request.user, public_id)
    if not request.user.is_administrator:
        raise PermissionDenied
    now = timezone.now()
    form = TypedForm(post_data(request), expected=cohort.name)
    if form.is_valid():
        try:
            delete_cohort(cohort=cohort, at=now)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("“%(name)s” deleted.") % {"name": cohort.name})
            return redirect("home:cohort_list")
    context = {
        "cohort": cohort,
        "form": form,
        "obstacle": obstacle(cohort, at=now),
        "contents": contents_of(cohort),
    }
    return render(request, "privacy/cohort_delete.html", context)
