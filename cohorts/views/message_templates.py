"""How a cohort's own e-mails are worded and timed: for those who run it, so that a word can be put right meanwhile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort
from cohorts.message_templates import reword
from cohorts.models import Cohort
from outbox.rules import all_rules
from programmes.message_template_form import EmailForm
from programmes.message_templates import AS_USUAL, email_of, emails_of, sample_of

NOT_SENT = (
    "By this time some that were still to come would have gone out already, or come too late: they are not sent. "
    "Choose another time if they are to go."
)


@require_safe
def email_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    context = {"cohort": cohort, "emails": emails_of(cohort.message_templates.all())}
    return render(request, "cohorts/email_list.html", context)


@show_or_act
def email_edit(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    email = email_of(cohort.message_templates.all(), kind)
    form = EmailForm(posted(request), email=email)
    if form.is_valid():
        keep(request, cohort, form.email.kind, form.content)
        messages.success(request, f"“{email.title}” is saved, for this cohort alone.")
        return redirect("cohorts:email_list", public_id)
    return show_email(request, cohort, form, {} if form.is_bound else email.facts)


@require_POST
def email_preview(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    """The e-mail as it is typed, with made-up people and dates; nothing is saved."""
    cohort = convened_cohort(request.user, public_id)
    form = EmailForm(request.POST, email=email_of(cohort.message_templates.all(), kind))
    return show_email(request, cohort, form, form.facts if form.is_valid() else {})


def show_email(
    request: AuthenticatedRequest, cohort: Cohort, form: EmailForm, facts: dict[str, object]
) -> HttpResponse:
    known = {"cohort": cohort.name, "programme": cohort.programme.name, "place": cohort.place}
    sample = sample_of(form.email, facts, known) if facts else None
    context = {"cohort": cohort, "form": form, "email": form.email, "sample": sample}
    return render(request, "cohorts/email_edit.html", context)


@require_POST
def email_default(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    email = email_of(cohort.message_templates.all(), kind)
    keep(request, cohort, email.kind, AS_USUAL)
    messages.success(request, f"“{email.title}” is as usual again.")
    return redirect("cohorts:email_list", public_id)


def keep(
    request: AuthenticatedRequest, cohort: Cohort, kind: str, content: dict[str, object]
) -> None:
    if reword(cohort, all_rules()[kind], content=content, at=timezone.now()):
        messages.warning(request, NOT_SENT)
