"""Views of the user's own data (what is stored, download, deletion) and of retention periods."""

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
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.models import Cohort
from privacy.data_export import archive_of
from privacy.data_inventory import counted
from privacy.erasure import erase, erase_words, obstacle
from privacy.forms import RetentionForm, TypedForm
from privacy.models import USUAL_MONTHS, Retention
from privacy.retention import notice_to_all, set_retention
from privacy.retention_dates import duration, goes_at, retention_periods, with_end
from surveys.disclosure import EXACT_MINIMUM, MINIMUM

# The word to type as confirmation of a deletion.
DELETE = "delete"
# The names of the kinds of data (`Holding.name`) that `my_words_delete` deletes.
WORDS = (
    "reflections",
    "replies",
    "replies-to-you",
    "drafts",
    "experiments",
    "words-offered",
    "notes-for-your-set",
    "what-you-would-change",
)


@login_not_required
@require_safe
def who_sees_what(request: HttpRequest) -> HttpResponse:
    """Show who can see which data, how long it is stored, and whom to ask. Needs no sign-in."""
    context = {
        "contact": settings.HOST_CONTACT,
        "usually_kept": duration(USUAL_MONTHS),
        "kept": retention_periods(request.user) if isinstance(request.user, User) else [],
        "uses_introductions": Cohort.objects.filter(uses_introductions=True).exists(),
        "fewest": MINIMUM,
        "fewest_exact": EXACT_MINIMUM,
        "uses_partnerships": Cohort.objects.filter(uses_partnerships=True).exists(),
        "uses_relationships": Cohort.objects.filter(uses_relationships=True).exists(),
        "uses_sets": Cohort.objects.filter(uses_sets=True).exists(),
    }
    return render(request, "privacy/who_sees_what.html", context)


@require_safe
def my_data(request: AuthenticatedRequest) -> HttpResponse:
    """Show how much is stored about the user, with links to download and delete it."""
    context = {
        "held": counted(request.user),
        "kept": retention_periods(request.user),
        "contact": settings.HOST_CONTACT,
    }
    return render(request, "privacy/my_data.html", context)


@require_POST
def my_data_download(request: AuthenticatedRequest) -> HttpResponseBase:
    """Return the user's data as a zip file. Requires a recent sign-in."""
    if not signed_in_recently(request):
        return sign_in_first()
    now = timezone.now()
    name = f"convenor-my-data-{timezone.localdate(now).isoformat()}.zip"
    return FileResponse(archive_of(request.user, at=now), as_attachment=True, filename=name)


@require_get_or_post
def my_words_delete(request: AuthenticatedRequest) -> HttpResponse:
    """Show what would be deleted; on POST, delete everything the user wrote if confirmed.

    The user remains a member of their cohorts. Requires a recent sign-in.
    """
    if not signed_in_recently(request):
        return sign_in_first()
    form = TypedForm(post_data(request), expected=DELETE)
    if form.is_valid():
        erase_words(user=request.user, by=request.user, at=timezone.now())
        messages.success(request, _("Everything you wrote is deleted."))
        return redirect("privacy:my_data")
    going = [one for one in counted(request.user) if one.holding.name in WORDS]
    return render(request, "privacy/my_words_delete.html", {"form": form, "going": going})


@require_get_or_post
def my_data_delete(request: AuthenticatedRequest) -> HttpResponse:
    """Show what erasure deletes; on POST, erase the user if confirmed, and sign them out.

    Requires a recent sign-in.
    """
    if not signed_in_recently(request):
        return sign_in_first()
    now = timezone.now()
    form = TypedForm(post_data(request), expected=DELETE)
    if form.is_valid():
        try:
            erase(user=request.user, by=request.user, at=now)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return sign_out_erased(request)
    context = {
        "form": form,
        "obstacle": obstacle(request.user, at=now),
        **erasure_context(request.user),
    }
    return render(request, "privacy/my_data_delete.html", context)


def erasure_context(user: User) -> dict[str, Any]:
    """Return a template context: how much erasure deletes, and how much it retains."""
    held = counted(user)
    return {
        "going": [one for one in held if not one.holding.stays],
        "staying": [one for one in held if one.holding.stays],
    }


def sign_out_erased(request: AuthenticatedRequest) -> HttpResponse:
    """Sign the user out, and make the browser delete what it has stored for this site."""
    logout(request)
    response = render(request, "privacy/my_data_delete_done.html")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def sign_in_first() -> HttpResponse:
    """Redirect to the page that signs the user in again, and from there to `my_data`.

    Somebody else may be using the session, for example on an unlocked phone.
    """
    query = urlencode({"next": reverse("privacy:my_data")})
    return redirect(f"{reverse('accounts:sign_in_again')}?{query}")


@require_get_or_post
def retention_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show and set a cohort's retention period, for its conveners. Members can read the reason."""
    cohort = convened_cohort(request.user, public_id)
    retention = Retention.objects.filter(cohort=cohort).first() or Retention(cohort=cohort)
    form = RetentionForm(post_data(request), instance=retention)
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
