from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from relationships.access import participant_of
from relationships.links import Invitee
from relationships.network import network_of, open_round_of
from relationships.retention import ANSWERS_STAY
from relationships.ring import ring
from relationships.views.answering import show_list


@require_safe
def your_network(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a participant their own answers about the others, in the first and the latest round."""
    membership = participant_of(request.user, public_id)
    found = network_of(membership)
    context = {
        "cohort": membership.cohort,
        "network": found,
        "ring_before": ring([(tie.sector, tie.then) for tie in found.ties]),
        "ring_now": ring([(tie.sector, tie.now) for tie in found.ties]),
        "open_round": open_round_of(membership, timezone.now()),
        "days_stored": ANSWERS_STAY.days,
        "contact": settings.HOST_CONTACT,
    }
    return render(request, "relationships/your_network.html", context)


@require_POST
def your_network_change(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the list of the open round again, so that the participant can change what they said."""
    membership = participant_of(request.user, public_id)
    one = open_round_of(membership, timezone.now())
    if one is None:
        raise Http404
    return show_list(request, Invitee(one, membership))
