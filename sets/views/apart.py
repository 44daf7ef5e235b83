"""The page on which facilitators say who is kept apart from whom."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.models import Cohort
from sets.access import facilitated_cohort, require_facilitator
from sets.forms import KeepApartForm
from sets.keep_apart import keep_apart, stop_keeping_apart
from sets.models import KeepApart


@require_get_or_post
def keep_apart_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the pairs that are kept apart, and a form; on POST, add a pair."""
    cohort = facilitated_cohort(request.user, public_id)
    members = cohort.memberships.active().participating().by_name()
    form = KeepApartForm(post_data(request), members=members)
    if form.is_valid():
        keep_apart(
            cohort=cohort,
            one=form.cleaned_data["one"],
            other=form.cleaned_data["other"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("Saved. The next sets will keep them apart."))
        return redirect("sets:keep_apart_list", public_id)
    pairs = KeepApart.objects.filter(cohort=cohort).select_related("first__user", "second__user")
    context = {"cohort": cohort, "form": form, "pairs": pairs}
    return render(request, "sets/keep_apart_list.html", context)


@require_POST
def keep_apart_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    visible = Cohort.objects.visible_to(request.user).filter(uses_sets=True)
    pair: KeepApart = get_object_or_404(
        KeepApart.objects.filter(cohort__in=visible).select_related("cohort"), public_id=public_id
    )
    require_facilitator(pair.cohort, request.user)
    stop_keeping_apart(pair=pair)
    messages.success(request, _("Deleted. They may be in one set again."))
    return redirect("sets:keep_apart_list", pair.cohort.public_id)
