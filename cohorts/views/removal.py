"""Views that remove several participants: a page with checkboxes, then a page to confirm."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.enrolment import leave_several
from cohorts.forms import NoticeForm, PeopleForm, RemovalForm
from cohorts.keyset import KeysetPage, keyset_slice
from cohorts.models import Cohort, Membership
from cohorts.views.members import search_members

PEOPLE_PER_PAGE = 100


@require_get_or_post
def member_remove(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a checkbox for each participant; on POST, list the ticked ones. Removes nobody.

    More than a hundred participants are on several pages, with a search.
    """
    cohort = convened_cohort(request.user, public_id)
    members, search = participants_of(cohort), PeopleForm(request.GET)
    found, page = members, KeysetPage(members)
    has_pages = len(members) > PEOPLE_PER_PAGE
    if has_pages:
        found = search_members(members, search, addresses=True)
        page = keyset_slice(found, request.GET, size=PEOPLE_PER_PAGE)
    # The form must accept the ticked members even if they are not on this page any more: when
    # people join, members move to other pages.
    offered = {one.public_id for one in page} | set(request.POST.getlist("members"))
    form = RemovalForm(
        post_data(request), members=[one for one in members if one.public_id in offered]
    )
    if form.is_valid():
        return show_chosen(request, cohort, form.chosen(), NoticeForm())
    context = {"cohort": cohort, "form": form, "page": page, "has_pages": has_pages}
    context |= {"search": search, "words": search.words, "found": len(found)}
    return render(request, "cohorts/member_remove.html", context)


@require_POST
def member_remove_confirm(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Remove the listed participants."""
    cohort = convened_cohort(request.user, public_id)
    removal = RemovalForm(request.POST, members=participants_of(cohort))
    if not removal.is_valid():
        messages.error(request, _("The list has changed, and nobody was removed. Choose again."))
        return redirect("cohorts:member_remove", cohort.public_id)
    notice = NoticeForm(request.POST)
    if not notice.is_valid():
        return show_chosen(request, cohort, removal.chosen(), notice)
    count = leave_several(
        cohort=cohort,
        members=[one.public_id for one in removal.chosen()],
        notify=notice.notify,
        by=request.user,
        at=timezone.now(),
    )
    messages.success(
        request,
        ngettext("%(count)d person removed.", "%(count)d people removed.", count)
        % {"count": count},
    )
    return redirect("cohorts:member_list", cohort.public_id)


def participants_of(cohort: Cohort) -> list[Membership]:
    return list(cohort.memberships.active().participating().by_name())


def show_chosen(
    request: AuthenticatedRequest, cohort: Cohort, chosen: list[Membership], form: NoticeForm
) -> HttpResponse:
    context = {
        "cohort": cohort,
        "chosen": chosen,
        "form": form,
        "lacks_address": any(not one.user.email for one in chosen),
    }
    return render(request, "cohorts/member_remove_chosen.html", context)
