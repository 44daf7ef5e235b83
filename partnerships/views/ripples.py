"""A cohort's timeline of what happened, which people fill in together.

One page is for phones. The other is for a screen in the room, and refreshes itself.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.models import Cohort
from partnerships import actions
from partnerships.access import changeable_ripple, cohort_of
from partnerships.forms.ripples import RippleForm
from partnerships.models import Ripple

# A page shows at most this many ripples, the latest ones. A cohort fills in some dozens.
MOST_SHOWN = 200


def latest_ripples(cohort: Cohort) -> list[Ripple]:
    """Return the latest ripples, the earliest of them first. Makes one query."""
    found = Ripple.objects.filter(cohort=cohort).select_related("follows", "partnership")
    return list(reversed(found.order_by("-happened_on", "-pk")[:MOST_SHOWN]))


@require_get_or_post
def ripple_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the timeline and the form for one more line; on POST, add the line."""
    cohort, moment = cohort_of(request.user, public_id), timezone.now()
    form = RippleForm(post_data(request), cohort=cohort, moment=moment)
    if form.is_valid():
        actions.add_ripple(cohort=cohort, facts=form.cleaned_data, by=request.user, at=moment)
        messages.success(request, _("Added."))
        return redirect("partnerships:ripple_list", public_id=cohort.public_id)
    context = {
        "cohort": cohort,
        "form": form,
        "ripples": latest_ripples(cohort),
        "is_convener": cohort.is_convened_by(request.user),
    }
    return render(request, "partnerships/ripple_list.html", context)


@require_safe
def ripple_screen(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the timeline for a screen in the room. htmx fetches it again every few seconds."""
    cohort = cohort_of(request.user, public_id)
    context = {"cohort": cohort, "ripples": latest_ripples(cohort), "is_screen": True}
    return render(request, "partnerships/ripple_screen.html", context)


@require_safe
def ripple_lines(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Return the lines of the timeline, for the screen in the room."""
    cohort = cohort_of(request.user, public_id)
    context = {"cohort": cohort, "ripples": latest_ripples(cohort), "is_screen": True}
    return render(request, "partnerships/ripple_lines.html", context)


@require_get_or_post
def ripple_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation; on POST, delete a line of the timeline."""
    ripple = changeable_ripple(request.user, public_id)
    if request.method == "POST":
        actions.delete_ripple(ripple)
        messages.success(request, _("Deleted."))
        return redirect("partnerships:ripple_list", public_id=ripple.cohort.public_id)
    context = {"ripple": ripple, "cohort": ripple.cohort}
    return render(request, "partnerships/ripple_delete.html", context)
