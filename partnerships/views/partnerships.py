"""Pages about work started together, for the members of a cohort."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from partnerships import actions
from partnerships.access import (
    changeable_partnership,
    cohort_of,
    may_change,
    readable_partnership,
    starting_member,
)
from partnerships.checks.due import due_on, is_due, open_check
from partnerships.forms.cards import CardForm, FactsForm, StopForm
from partnerships.links import PARTY_LINK
from partnerships.models import Partnership
from partnerships.report_offers import offer_of
from partnerships.results import current_partnerships, summary
from partnerships.views.limits import is_over_limit


@require_safe
def partnership_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List what the people of a cohort have started together, with its figures."""
    cohort = cohort_of(request.user, public_id)
    moment = timezone.now()
    partnerships = current_partnerships(cohort, moment)
    context = {
        "cohort": cohort,
        "confirmed": [one for one in partnerships if one.is_confirmed],
        "proposed": [one for one in partnerships if not one.is_confirmed],
        "started": summary(partnerships, moment),
        "may_start": cohort.memberships.active().filter(user=request.user).exists(),
    }
    return render(request, "partnerships/partnership_list.html", context)


@require_get_or_post
def partnership_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the commitment card; on POST, save what people start together."""
    member, moment = starting_member(request.user, public_id), timezone.now()
    form = CardForm(post_data(request), cohort=member.cohort, by=member, moment=moment)
    if not form.is_valid() or is_over_limit(request, form):
        context = {"cohort": member.cohort, "form": form, "membership": member}
        return render(request, "partnerships/partnership_create.html", context)
    partnership = actions.start(
        cohort=member.cohort,
        facts=form.cleaned_data,
        members=form.cleaned_data["members"],
        outside=form.outside,
        by=member,
        may_be_named=form.cleaned_data.get("may_be_named", False),
        at=moment,
    )
    messages.success(request, _("Saved. We ask the others by e-mail whether they agree."))
    return redirect(partnership)


@require_safe
def partnership_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a partnership: who takes part, what was agreed, and how it has gone."""
    partnership, moment = readable_partnership(request.user, public_id), timezone.now()
    parties = list(partnership.parties.select_related("organisation", "membership__user"))
    prefetch_related_objects([partnership], "checks")
    own = next(
        (one for one in parties if one.membership and one.membership.user_id == request.user.pk),
        None,
    )
    context = {
        "partnership": partnership,
        "cohort": partnership.cohort,
        "parties": parties,
        "checks": [
            {"check": one, "due_on": due_on(partnership, one.months), "is_due": due}
            for one in partnership.checks.all()
            for due in [is_due(partnership, one, moment)]
        ],
        "own": own,
        "own_link": PARTY_LINK.path(own.public_id) if own else "",
        "open_check": open_check(partnership, moment) if own and own.has_agreed else None,
        "offer": offer_of(own),
        "ripples": partnership.ripples.all(),
        "may_change": own is not None or may_change(partnership, request.user),
    }
    return render(request, "partnerships/partnership_detail.html", context)


@require_get_or_post
def partnership_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    partnership, moment = changeable_partnership(request.user, public_id), timezone.now()
    form = FactsForm(post_data(request), partnership=partnership, moment=moment)
    if not form.is_valid():
        return show_form(request, partnership, form, "partnerships/partnership_edit.html")
    try:
        actions.change(partnership=partnership, facts=form.cleaned_data, at=moment)
        messages.success(request, _("Saved."))
    except actions.WithdrawnError:
        messages.error(request, is_withdrawn())
    return redirect(partnership)


@require_get_or_post
def partnership_stop(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask what people learned; on POST, save that the work has stopped."""
    partnership = changeable_partnership(request.user, public_id)
    form = StopForm(post_data(request), initial={"learned": partnership.learned})
    if not form.is_valid():
        return show_form(request, partnership, form, "partnerships/partnership_stop.html")
    try:
        actions.stop(
            partnership=partnership, learned=form.cleaned_data["learned"], at=timezone.now()
        )
        messages.success(request, _("Saved. We don’t ask about it any more."))
    except actions.WithdrawnError:
        messages.error(request, is_withdrawn())
    return redirect(partnership)


@require_get_or_post
def partnership_withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation; on POST, withdraw the partnership."""
    partnership = changeable_partnership(request.user, public_id)
    if request.method == "POST":
        actions.withdraw(partnership=partnership, by=request.user, at=timezone.now())
        messages.success(request, _("Withdrawn."))
        return redirect("partnerships:partnership_list", public_id=partnership.cohort.public_id)
    return show_form(request, partnership, None, "partnerships/partnership_withdraw.html")


def show_form(
    request: AuthenticatedRequest, partnership: Partnership, form: Any, template: str
) -> HttpResponse:
    context = {"partnership": partnership, "cohort": partnership.cohort, "form": form}
    return render(request, template, context)


def is_withdrawn() -> str:
    return _("This is withdrawn, so it can’t be changed.")
