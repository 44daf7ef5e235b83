"""Views that remove several participants: a page with checkboxes, then a page to confirm."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.enrolment import leave_several
from cohorts.forms import NoticeForm, RemovalForm
from cohorts.models import Cohort, Membership


@show_or_act
def member_remove(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a checkbox for each participant; on POST, list the ticked ones. Removes nobody."""
    cohort = convened_cohort(request.user, public_id)
    form = RemovalForm(posted(request), members=participants_of(cohort))
    if form.is_valid():
        return show_chosen(request, cohort, form.chosen(), NoticeForm())
    return render(request, "cohorts/member_remove.html", {"cohort": cohort, "form": form})


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
    context = {"cohort": cohort, "chosen": chosen, "form": form}
    return render(request, "cohorts/member_remove_chosen.html", context)
