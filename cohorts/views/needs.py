"""Views of access and dietary needs: the member's form, and the sheet for the venue."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts import needs
from cohorts.access import convened_cohort, own_membership
from cohorts.forms.needs import NeedsForm


@never_cache
@require_get_or_post
def needs_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit the user's own needs in a cohort.

    The submit button named `nothing` saves that the user has no needs, whatever the form contains.
    """
    membership = own_membership(request.user, public_id)
    form = NeedsForm(post_data(request), membership=membership)
    now = timezone.now()
    if "nothing" in request.POST:
        needs.save_needs(membership=membership, needs="", named=False, at=now)
        messages.success(request, _("Thank you. We won’t ask you again."))
        return redirect("home:today")
    if form.is_valid():
        needs.save_needs(
            membership=membership, needs=form.needs(), named=form.cleaned_data["named"], at=now
        )
        messages.success(request, _("Thank you. Your needs are counted for the venue."))
        return redirect("home:today")
    context = {"membership": membership, "cohort": membership.cohort, "form": form}
    return render(request, "cohorts/needs_edit.html", context)


@require_safe
def venue_needs(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show how many members have each need, and the names of those who agreed to be named."""
    cohort = convened_cohort(request.user, public_id)
    members = list(cohort.memberships.active().by_name())
    context = {
        "cohort": cohort,
        "needs": needs.count_needs(members),
        "people": len(members),
        "said": sum(member.has_said_needs for member in members),
        "is_member": any(member.user_id == request.user.pk for member in members),
    }
    return render(request, "cohorts/venue_needs.html", context)
