"""What people are told of their data, and what they can do about it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from privacy.ends import as_time, kept_of
from privacy.models import USUAL_MONTHS
from surveys.disclosure import DISTRIBUTION_MINIMUM, MINIMUM


@login_not_required
@require_safe
def who_sees_what(request: HttpRequest) -> HttpResponse:
    """For everybody, before they trust us with a word: who sees what, where it is kept, whom to ask."""
    kept = kept_of(request.user) if isinstance(request.user, User) else []
    context = {
        "contact": settings.HOST_CONTACT,
        "usually_kept": as_time(USUAL_MONTHS),
        "kept": kept,
        "fewest": MINIMUM,
        "fewest_spread": DISTRIBUTION_MINIMUM,
    }
    return render(request, "privacy/who_sees_what.html", context)
