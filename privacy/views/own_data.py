"""What people are told of their data, and what they can do about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.recent_sign_in import signed_in_recently
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from privacy.data_export import archive_of
from privacy.data_inventory import counted
from privacy.erasure import erase, erase_words, obstacle
from privacy.forms import RetentionForm, TypedForm
from privacy.models import USUAL_MONTHS, Retention
from privacy.retention import keep_for, told_to_all
from privacy.retention_dates import as_time, goes_at, kept_of, with_end
from surveys.disclosure import DISTRIBUTION_MINIMUM, MINIMUM

DELETE = "delete"
# What goes with all of somebody's words.
WORDS = ("reflections", "replies", "replies-to-you", "drafts", "experiments", "words-offered")


@login_not_required
@require_safe
def who_sees_what(request: HttpRequest) -> HttpResponse:
    """For everybody, before they trust us with a word: who sees what, where it is kept, whom to ask."""
    context = {
        "contact": settings.HOST_CONTACT,
        "usually_kept": as_time(USUAL_MONTHS),
        "kept": kept_of(request.user) if isinstance(request.user, User) else [],
        "fewest": MINIMUM,
        "fewest_spread": DISTRIBUTION_MINIMUM,
    }
    return render(request, "privacy/who_sees_what.html", context)


@require_safe
def my_data(request: AuthenticatedRequest) -> HttpResponse:
    """All that is held on whoever looks, in numbers, and what they can do about it."""
    context = {
        "held": counted(request.user),
        "kept": kept_of(request.user),
        "contact": settings.HOST_CONTACT,
    }
    return render(request, "privacy/my_data.html", context)


@require_POST
def my_data_download(request: AuthenticatedRequest) -> HttpResponseBase:
    if not signed_in_recently(request):
        return sign_in_first()
    now = timezone.now()
    name = f"convenor-my-data-{timezone.localdate(now).isoformat()}.zip"
    return FileResponse(archive_of(request.user, at=now), as_attachment=True, filename=name)


@show_or_act
def my_words_delete(request: AuthenticatedRequest) -> HttpResponse:
    """All that they wrote; they stay in their cohorts."""
    if not signed_in_recently(request):
        return sign_in_first()
    form = TypedForm(posted(request), expected=DELETE)
    if form.is_valid():
        erase_words(user=request.user, by=request.user, at=timezone.now())
        messages.success(request, "All that you wrote is deleted.")
        return redirect("privacy:my_data")
    going = [one for one in counted(request.user) if one.holding.name in WORDS]
    return render(request, "privacy/my_words_delete.html", {"form": form, "going": going})


@show_or_act
def my_data_delete(request: AuthenticatedRequest) -> HttpResponse:
    """Says what goes and what stays; then the person goes, and is signed out."""
    if not signed_in_recently(request):
        return sign_in_first()
    now = timezone.now()
    form = TypedForm(posted(request), expected=DELETE)
    if form.is_valid():
        try:
            erase(user=request.user, by=request.user, at=now)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return farewell(request)
    context = {
        "form": form,
        "obstacle": obstacle(request.user, at=now),
        **what_becomes(request.user),
    }
    return render(request, "privacy/my_data_delete.html", context)


def what_becomes(user: User) -> dict[str, Any]:
    """What goes with a person, and what stays of them, in numbers."""
    held = counted(user)
    return {
        "going": [one for one in held if not one.holding.stays],
        "staying": [one for one in held if one.holding.stays],
    }


def farewell(request: AuthenticatedRequest) -> HttpResponse:
    logout(request)
    response = render(request, "privacy/my_data_delete_done.html")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def sign_in_first() -> HttpResponse:
    """What is asked for is for its owner alone, and whoever is signed in came a while ago."""
    query = urlencode({"next": reverse("privacy:my_data")})
    return redirect(f"{reverse('accounts:sign_in_again')}?{query}")


@show_or_act
def retention_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """For how long a cohort is kept after it ends; its members read why."""
    cohort = convened_cohort(request.user, public_id)
    kept = Retention.objects.filter(cohort=cohort).first() or Retention(cohort=cohort)
    form = RetentionForm(posted(request), instance=kept)
    if form.is_valid():
        keep_for(cohort=cohort, by=request.user, at=timezone.now(), **form.cleaned_data)
        how_long = as_time(form.cleaned_data["months"])
        messages.success(
            request, f"What people write is kept for {how_long} after the cohort ends."
        )
        return redirect(cohort)
    ended = with_end(Cohort.objects.filter(pk=cohort.pk)).get()
    context = {
        "cohort": cohort,
        "form": form,
        "until": goes_at(ended),
        "notice": told_to_all(ended),
    }
    return render(request, "privacy/retention_edit.html", context)
