"""The facilitators' page of a cohort's sets: making a draft, looking at it and publishing it."""

from __future__ import annotations

from secrets import randbelow
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, require_get_or_post
from sets import editing, publishing
from sets.access import facilitated_cohort, facilitated_draft, facilitated_grouping
from sets.current import Current, current_of
from sets.forms import NumberForm
from sets.making import jobs
from sets.making.roster import participants_of
from sets.models import Grouping
from sets.placing import offers
from sets.reasons import offer_reason, repeats_notice, rule_lines, set_reasons
from ui.version_token import StaleError

RELOAD_SECONDS = 2


@require_safe
def set_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the draft of a cohort's sets, or else its published sets.

    With `?show=published`, shows the published ones. While a worker makes a draft, the page says
    how far it is, and the browser reloads it.
    """
    cohort = facilitated_cohort(request.user, public_id)
    known = list(Grouping.objects.of_sets().filter(cohort=cohort, replaced_at=None))
    draft = next((one for one in known if not one.is_published), None)
    published = next((one for one in known if one.is_published), None)
    shown = published if request.GET.get("show") == "published" and published else None
    shown = shown or draft or published
    context = {"cohort": cohort, "draft": draft, "published": published, "grouping": shown}
    if shown is None or shown.made_at is None:
        people = len(participants_of(cohort))
        context |= start_context(people, shown)
    else:
        shown.cohort = cohort
        context |= grouping_context(current_of(shown))
    response = render(request, "sets/set_list.html", context)
    if shown and shown.is_pending:
        response["Refresh"] = str(RELOAD_SECONDS)
    return response


def start_context(people: int, grouping: Grouping | None) -> dict[str, Any]:
    """Return the context of a page without sets: none are made yet, or there are too few people."""
    chosen = grouping.number_of_sets if grouping else 0
    return {
        "people": people,
        "why_not": jobs.why_not(people),
        "form": NumberForm(people=people, label=_("How many sets"), chosen=chosen),
    }


def grouping_context(current: Current) -> dict[str, Any]:
    """Return the context of a page that shows sets or tables. Makes no query."""
    grouping, name = current.grouping, current.name_of
    people = len(current.roster.members)
    is_forced, repeats = repeats_notice(max(people, 1), len(current.sets) or 1)
    return {
        "people": people,
        "placed": len(current.placed),
        "why_not": jobs.why_not(people),
        "form": NumberForm(people=people, label=_("How many sets"), chosen=grouping.number_of_sets),
        "rules": rule_lines(current),
        "apart": sorted(
            tuple(sorted(name(key) for key in pair))
            for pair in current.roster.rules.apart
            if all(key in current.roster.members for key in pair)
        ),
        "repeats": repeats,
        "is_repeat_forced": is_forced,
        "sets": [
            {
                "now": one,
                "reasons": set_reasons(current.broken[one.set.number], name),
                "count": current.broken[one.set.number].count,
            }
            for one in current.sets
        ],
        "offers": [(offer, offer_reason(offer, current)) for offer in offers(current)],
        "seen": publishing.version_of(current) if grouping.is_draft else "",
    }


@require_POST
def sets_make(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Have a draft of sets made, in place of any other draft. Pinned people stay."""
    cohort = facilitated_cohort(request.user, public_id)
    people = len(participants_of(cohort))
    form = NumberForm(request.POST, people=people, label=_("How many sets"))
    if not form.is_valid():
        error = jobs.why_not(people) or str(form.errors["number"][0])
        messages.error(request, error)
        return redirect("sets:set_list", public_id)
    try:
        jobs.ask_for_sets(
            cohort,
            number_of_sets=form.cleaned_data["number"],
            seed=randbelow(jobs.MOST_SEED),
            by=request.user,
            at=timezone.now(),
        )
    except jobs.CannotMakeError as problem:
        messages.error(request, str(problem))
    return redirect("sets:set_list", public_id)


@require_POST
def sets_publish(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    grouping = facilitated_grouping(request.user, public_id)
    try:
        count = publishing.publish(
            grouping=grouping,
            seen=request.POST.get("seen", ""),
            by=request.user,
            at=timezone.now(),
        )
    except StaleError as problem:
        messages.error(request, str(problem))
        return redirect(grouping)
    if count is None:
        messages.info(request, _("These sets are published already."))
    else:
        words = ngettext(
            "Published. %(count)d person gets an e-mail.",
            "Published. %(count)d people get an e-mail.",
            count,
        )
        messages.success(request, words % {"count": count})
    return redirect(grouping)


@require_get_or_post
def sets_discard(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Ask whether to delete a draft of sets, or tables; on POST, delete them."""
    grouping = facilitated_draft(request.user, public_id)
    if request.method == "POST":
        editing.discard(grouping=grouping)
        messages.success(request, _("Deleted."))
        return redirect(grouping)
    return render(request, "sets/sets_discard.html", {"grouping": grouping})
