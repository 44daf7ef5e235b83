from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest
from relationships.access import cohort_with_rounds
from relationships.models import Round
from relationships.opening import NotOpenedError, Obstacle, open_round
from relationships.planning import plan_rounds_of
from relationships.status import has_unreadable_answers, statuses_of
from surveys.disclosure import MINIMUM
from ui.dates import day_of, long_day
from ui.numbers import in_words


@require_safe
def round_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a cohort's rounds to its conveners: when, and how many have answered, never who."""
    cohort, moment = cohort_with_rounds(request.user, public_id), timezone.now()
    context = {
        "cohort": cohort,
        "statuses": statuses_of(cohort, moment),
        "is_unreadable": has_unreadable_answers(cohort, moment),
        "contact": settings.HOST_CONTACT,
        "minimum": in_words(MINIMUM),
    }
    return render(request, "relationships/round_list.html", context)


@require_POST
def round_open(request: AuthenticatedRequest, public_id: str, occasion: str) -> HttpResponse:
    """Open a round now. Does nothing if it is open or over already."""
    cohort, moment = cohort_with_rounds(request.user, public_id), timezone.now()
    plan_rounds_of(cohort, at=moment)
    one = Round.objects.filter(cohort=cohort, occasion=occasion).first()
    if one is None:
        raise Http404
    try:
        opened = open_round(one, by=request.user, at=moment)
    except NotOpenedError as refusal:
        messages.error(request, obstacle_sentence(refusal.why))
    else:
        messages.success(request, opened_sentence(opened))
    return redirect("relationships:round_list", public_id=cohort.public_id)


def opened_sentence(one: Round) -> str:
    day = long_day(day_of(one.closing_at, one.cohort.zone)) if one.closing_at else ""
    return _("Opened. Participants get the e-mail now, and can answer until %(day)s.") % {
        "day": day
    }


def obstacle_sentence(why: Obstacle) -> str:
    sentences = {
        Obstacle.TOO_FEW: _(
            "Not opened. With fewer than %(minimum)s participants, a total would say what one "
            "person answered."
        )
        % {"minimum": in_words(MINIMUM)},
        Obstacle.NO_START: _(
            "Not opened. Open the first round before: there is nothing to compare with yet."
        ),
        Obstacle.ANOTHER_OPEN: _("Not opened. Another round is open. Wait until it has closed."),
        Obstacle.ARCHIVED: _("Not opened. The cohort is archived."),
    }
    return sentences[why]
