from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from surveys.disclosure import MINIMUM
from surveys.forms import AnswerForm
from surveys.links import Invitee, invitee_of
from surveys.models import Survey
from surveys.results import results_of
from surveys.submission import NotTakenError, WhyNot, answer, why_not
from workshops.access import convened_workshop, visible_workshop


@login_not_required
@show_or_act
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The questions, for whoever holds the link. Mail scanners open links, so only the form acts.

    It touches no session and shows no message after the redirect: both would stand in a table, beside a time.
    """
    invited = invitee_of(token)
    if invited is None:
        return render(request, "surveys/survey_answer.html", status=404)
    form = AnswerForm(posted(request))
    if not form.is_valid():
        survey = Survey.objects.about(invited.workshop)
        why = why_not(survey, invited.membership, timezone.now())
        return show(request, invited, form=form, why=why)
    try:
        survey = Survey.objects.of(invited.workshop)
        answer(
            survey=survey,
            membership=invited.membership,
            answers=form.cleaned_data,
            at=timezone.now(),
        )
    except NotTakenError as refusal:
        return show(request, invited, form=form, why=refusal.why)
    return redirect("surveys:survey_thanks")


def show(
    request: HttpRequest, invited: Invitee, *, form: AnswerForm, why: WhyNot | None
) -> HttpResponse:
    workshop = invited.workshop
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "survey": Survey.objects.about(workshop),
        "form": form,
        "why": why,
        "untaken": form.data.get("change", "") if why and why != WhyNot.ANSWERED else "",
    }
    return render(request, "surveys/survey_answer.html", context)


@login_not_required
@require_safe
def survey_thanks(request: HttpRequest) -> HttpResponse:
    """The same for everybody, whatever they answered about."""
    return render(request, "surveys/survey_thanks.html")


@require_safe
def survey_results(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What came of it, for all of the cohort once it is closed; until then a count, for those who run it."""
    workshop = visible_workshop(request.user, public_id)
    moment = timezone.now()
    results = results_of(Survey.objects.about(workshop), moment)
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "results": results,
        "is_convener": workshop.cohort.is_convened_by(request.user),
        "is_open": results.survey.is_open(moment),
        "minimum": MINIMUM,
    }
    return render(request, "surveys/survey_results.html", context)


@show_or_act
def survey_close(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Asks, and then ends a survey before its time, for good."""
    workshop = convened_workshop(request.user, public_id)
    moment = timezone.now()
    survey = Survey.objects.about(workshop)
    if not survey.is_open(moment):
        messages.info(request, "This survey takes no answers now, so there is nothing to close.")
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    if request.method == "POST":
        Survey.objects.of(workshop).close(by=request.user, at=moment)
        messages.success(request, "The survey is closed.")
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    context = {"workshop": workshop, "results": results_of(survey, moment), "minimum": MINIMUM}
    return render(request, "surveys/survey_close.html", context)
