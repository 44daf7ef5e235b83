"""Pages about the user's own data: what is stored, downloading and deleting it."""

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
from django.utils.translation import gettext as _
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
from privacy.retention import notice_to_all, set_retention
from privacy.retention_dates import duration, goes_at, retention_periods, with_end
from surveys.disclosure import DISTRIBUTION_MINIMUM, MINIMUM

DELETE = "delete"
# The kinds of data that are deleted with everything a person wrote.
WORDS = ("reflections", "replies", "replies-to-you", "drafts", "experiments", "words-offered")


@login_not_required
@require_safe
def who_sees_what(request: HttpRequest) -> HttpResponse:
    """Show who sees what, where it is stored and who to ask. Does not require signing in."""
    context = {
        "contact": settings.HOST_CONTACT,
        "usually_kept": duration(USUAL_MONTHS),
        "kept": retention_periods(request.user) if isinstance(request.user, User) else [],
        "fewest": MINIMUM,
        "fewest_spread": DISTRIBUTION_MINIMUM,
    }
    return render(request, "privacy/who_sees_what.html", context)


@require_safe
def my_data(request: AuthenticatedRequest) -> HttpResponse:
    """Show how much is stored about the user, and what they can do about it."""
    context = {
        "held": counted(request.user),
        "kept": retention_periods(request.user),
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
    """Delete everything the user wrote. They remain members of their cohorts."""
    if not signed_in_recently(request):
        return sign_in_first()
    form = TypedForm(posted(request), expected=DELETE)
    if form.is_valid():
        erase_words(user=request.user, by=request.user, at=timezone.now())
        messages.success(request, _("Everything you wrote is deleted."))
        return redirect("privacy:my_data")
    going = [one for one in counted(request.user) if one.holding.name in WORDS]
    return render(request, "privacy/my_words_delete.html", {"form": form, "going": going})


@show_or_act
def my_data_delete(request: AuthenticatedRequest) -> HttpResponse:
    """Show what erasure deletes; once confirmed, erase the user and sign them out."""
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
    """Return counts of what erasure deletes and of what is retained."""
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
    """Redirect to the sign-in page, because somebody else may be using the session."""
    query = urlencode({"next": reverse("privacy:my_data")})
    return redirect(f"{reverse('accounts:sign_in_again')}?{query}")


@show_or_act
def retention_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Set a cohort's retention period. Its members can read the reason."""
    cohort = convened_cohort(request.user, public_id)
    retention = Retention.objects.filter(cohort=cohort).first() or Retention(cohort=cohort)
    form = RetentionForm(posted(request), instance=retention)
    if form.is_valid():
        set_retention(cohort=cohort, by=request.user, at=timezone.now(), **form.cleaned_data)
        how_long = duration(form.cleaned_data["months"])
        messages.success(
            request,
            _("Saved. What people write is kept for %(duration)s after the cohort ends.")
            % {"duration": how_long},
        )
        return redirect(cohort)
    ended = with_end(Cohort.objects.filter(pk=cohort.pk)).get()
    context = {
        "cohort": cohort,
        "form": form,
        "until": goes_at(ended),
        "notice": notice_to_all(ended),
    }
    return render(request, "privacy/retention_edit.html", context)
