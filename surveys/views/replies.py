"""The view in which facilitators reply to the results of a survey."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from surveys.forms import ReplyForm
from surveys.models import Survey
from surveys.replies import reply_about, save_reply, version_of
from surveys.results import results_of
from ui.version_token import StaleError
from workshops.access import convened_workshop


@require_get_or_post
def reply_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the reply to a survey's results in a form; on POST, save it.

    Redirects to the results if they are not shown yet.
    """
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    results = results_of(Survey.objects.about(workshop), now)
    if not results.is_shown:
        messages.info(request, _("You can reply once the results are shown."))
        return redirect("surveys:survey_results", public_id=workshop.public_id)
    stored = reply_about(workshop)
    form = ReplyForm(post_data(request), stored=stored)
    if form.is_valid():
        text, seen = form.cleaned_data["text"], request.POST.get("seen", "")
        try:
            save_reply(survey=results.survey, text=text, seen=seen, by=request.user, at=now)
        except StaleError as changed:
            form.add_error(None, str(changed))
            stored = reply_about(workshop)
        else:
            messages.success(request, _("Reply saved.") if text else _("Reply deleted."))
            return redirect("surveys:survey_results", public_id=workshop.public_id)
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "form": form,
        "stored": stored if form.non_field_errors() else None,
        "seen": version_of(stored),
    }
    return render(request, "surveys/reply_edit.html", context)
