"""Pages on which the parties of a partnership are added and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from partnerships import actions
from partnerships.access import changeable_partnership, changeable_party
from partnerships.forms.cards import AddPartiesForm
from partnerships.models import Partnership
from partnerships.views.limits import is_over_limit
from partnerships.views.partnerships import is_withdrawn


@require_get_or_post
def party_add(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask who else takes part; on POST, add them, to be asked by e-mail whether they agree."""
    partnership = changeable_partnership(request.user, public_id)
    form = AddPartiesForm(
        post_data(request), cohort=partnership.cohort, by=None, taken=members_of(partnership)
    )
    if form.is_valid() and form.outside:
        address = form.outside.email
        if partnership.parties.filter(email=address).exists():
            form.add_error("outside_email", _("Somebody with this address is already part of it."))
    if not form.is_valid() or is_over_limit(request, form):
        context = {"partnership": partnership, "cohort": partnership.cohort, "form": form}
        return render(request, "partnerships/party_add.html", context)
    try:
        actions.add_parties(
            partnership=partnership,
            members=form.cleaned_data["members"],
            outside=form.outside,
            at=timezone.now(),
        )
        messages.success(request, _("Added. We ask them by e-mail whether they agree."))
    except actions.WithdrawnError:
        messages.error(request, is_withdrawn())
    return redirect(partnership)


def members_of(partnership: Partnership) -> tuple[int, ...]:
    """Return the pks of the memberships that are parties already."""
    found = partnership.parties.filter(membership__isnull=False)
    return tuple(found.values_list("membership", flat=True))


@require_get_or_post
def party_remove(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation; on POST, remove somebody from a partnership."""
    party = changeable_party(request.user, public_id)
    partnership = party.partnership
    if request.method == "POST":
        try:
            actions.remove_party(party=party, at=timezone.now())
            messages.success(request, _("Removed."))
        except actions.WithdrawnError:
            messages.error(request, is_withdrawn())
        return redirect(partnership)
    context = {"party": party, "partnership": partnership, "cohort": partnership.cohort}
    return render(request, "partnerships/party_remove.html", context)
