"""Views in which facilitators edit a cohort's e-mail templates."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.access import convened_cohort
from cohorts.message_templates import save_message_template
from cohorts.models import Cohort
from outbox.rules import all_rules
from programmes.message_template_form import EmailTemplateForm
from programmes.message_templates import (
    DEFAULT_CONTENT,
    email_template,
    email_templates,
    render_sample,
)


@require_safe
def email_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    context = {"cohort": cohort, "emails": email_templates(cohort)}
    return render(request, "cohorts/email_list.html", context)


@require_get_or_post
def email_edit(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    email = email_template(cohort, kind)
    form = EmailTemplateForm(post_data(request), email=email)
    if form.is_valid():
        save_template(request, cohort, form.email.kind, form.content)
        messages.success(
            request, _("“%(title)s” has been saved for this cohort.") % {"title": email.title}
        )
        return redirect("cohorts:email_list", public_id)
    return show_email(request, cohort, form, {} if form.is_bound else email.values)


@require_POST
def email_preview(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    """Show a preview of the submitted template with example data. Saves nothing."""
    cohort = convened_cohort(request.user, public_id)
    form = EmailTemplateForm(request.POST, email=email_template(cohort, kind))
    return show_email(request, cohort, form, form.values if form.is_valid() else {})


def show_email(
    request: AuthenticatedRequest,
    cohort: Cohort,
    form: EmailTemplateForm,
    values: dict[str, object],
) -> HttpResponse:
    """Render the page that edits a template, with a preview of `values` unless they are empty."""
    known = {"cohort": cohort.name, "programme": cohort.programme_name, "place": cohort.place}
    sample = render_sample(form.email, values, known) if values else None
    context = {"cohort": cohort, "form": form, "email": form.email, "sample": sample}
    return render(request, "cohorts/email_edit.html", context)


@require_POST
def email_default(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    email = email_template(cohort, kind)
    save_template(request, cohort, email.kind, DEFAULT_CONTENT)
    messages.success(
        request, _("“%(title)s” has been reset to the default.") % {"title": email.title}
    )
    return redirect("cohorts:email_list", public_id)


def save_template(
    request: AuthenticatedRequest, cohort: Cohort, kind: str, content: dict[str, object]
) -> None:
    """Save the template, and warn the user if some messages will now never be sent."""
    rule = all_rules()[kind]
    if save_message_template(cohort, rule, content=content, at=timezone.now()):
        messages.warning(
            request,
            _(
                "Some e-mails that were still to come won’t be sent, because their new time has "
                "passed or is too late. Choose another time if you want them sent."
            ),
        )
