"""Views of programmes. Every signed-in user can read them; administrators can change them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from programmes.access import changeable_plan, changeable_programme, require_administrator
from programmes.default_programme import current_default, default_name, get_or_create_default
from programmes.forms import MoveForm, NewProgrammeForm, ProgrammeForm, WorkshopPlanForm
from programmes.message_template_form import EmailTemplateForm
from programmes.message_templates import (
    DEFAULT_CONTENT,
    email_template,
    email_templates,
    render_sample,
)
from programmes.models import Programme, WorkshopPlan


@require_safe
def programme_list(request: AuthenticatedRequest) -> HttpResponse:
    programmes = Programme.objects.with_workshop_count()
    return render(
        request,
        "programmes/programme_list.html",
        {
            "current": programmes.current(),
            "retired": programmes.retired().select_related("retired_by"),
            "default_name": "" if current_default() else default_name(),
        },
    )


@require_safe
def programme_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = get_object_or_404(
        Programme.objects.select_related("retired_by"), public_id=public_id
    )
    plans = list(programme.plans.order_by("position"))
    return render(
        request,
        "programmes/programme_detail.html",
        {"programme": programme, "plans": plans, "may_change": request.user.is_administrator},
    )


@require_get_or_post
def programme_create(request: AuthenticatedRequest) -> HttpResponse:
    require_administrator(request.user)
    form = NewProgrammeForm(post_data(request))
    if form.is_valid() and form.try_save():
        messages.success(
            request, _("“%(programme)s” has been created.") % {"programme": form.instance}
        )
        return redirect(form.instance)
    return render(request, "programmes/programme_create.html", {"form": form})


@require_POST
def programme_start(request: AuthenticatedRequest) -> HttpResponse:
    """Create the default programme unless it exists, and redirect to it."""
    require_administrator(request.user)
    programme = get_or_create_default()
    messages.success(
        request,
        _("“%(programme)s” has been added. You can change it as you like.")
        % {"programme": programme},
    )
    return redirect(programme)


@require_get_or_post
def programme_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    name = programme.name
    form = ProgrammeForm(post_data(request), instance=programme)
    if form.is_valid() and form.try_save():
        messages.success(request, _("Saved. Existing cohorts keep their own copy."))
        return redirect(programme)
    return render(
        request,
        "programmes/programme_edit.html",
        {"form": form, "programme": programme, "name": name},
    )


@require_POST
def programme_duplicate(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    try:
        copy = programme.duplicate()
    except IntegrityError:  # a concurrent request took the copy's name
        messages.error(request, _("The programme wasn’t duplicated. Try again."))
        return redirect(programme)
    messages.success(
        request,
        _("“%(programme)s” has been created. Edit it to give it a name of its own.")
        % {"programme": copy},
    )
    return redirect(copy)


@require_get_or_post
def programme_retire(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    if request.method == "POST":
        programme.retire(by=request.user, at=timezone.now())
        messages.success(
            request,
            _("“%(programme)s” has been retired. You can restore it at any time.")
            % {"programme": programme},
        )
        return redirect("programmes:programme_list")
    if programme.is_retired:
        return redirect(programme)
    return render(request, "programmes/programme_retire.html", {"programme": programme})


@require_POST
def programme_bring_back(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    try:
        programme.restore()
    except (ValidationError, IntegrityError):
        messages.error(
            request,
            _(
                "Another programme now has this name. Edit the name of one of them, then restore "
                "this one."
            ),
        )
    else:
        messages.success(
            request,
            _("“%(programme)s” has been restored. You can create cohorts from it again.")
            % {"programme": programme},
        )
    return redirect(programme)


@require_get_or_post
def plan_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    form = WorkshopPlanForm(post_data(request))
    if form.is_valid():
        plan = form.save(commit=False)
        programme.add(plan)
        messages.success(
            request,
            _("“%(title)s” has been added as workshop %(position)d.")
            % {"title": plan.title, "position": plan.position},
        )
        return redirect(plan)
    return render(request, "programmes/plan_create.html", {"form": form, "programme": programme})


@require_get_or_post
def plan_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    plan = changeable_plan(request.user, public_id)
    title = str(plan)
    form = WorkshopPlanForm(post_data(request), instance=plan)
    if form.is_valid() and form.try_update():
        messages.success(request, _("Saved. Existing cohorts keep their own copy."))
        return redirect(plan)
    context = {"form": form, "plan": plan, "title": title, "parts": plan.parts()}
    return render(request, "programmes/plan_edit.html", context)


@require_POST
def plan_move(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Move a plan to the submitted position.

    The form submits a position, not “up” or “down”, so that a double click moves the plan once.
    """
    plan = changeable_plan(request.user, public_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Use the arrow buttons to move a workshop."))
        return redirect(plan)
    old_position = plan.position
    plan.move(to=form.cleaned_data["to"])
    messages.success(
        request,
        _("“%(title)s” is now workshop %(position)d.")
        % {"title": plan.title, "position": plan.position},
    )
    return redirect(f"{plan.programme.get_absolute_url()}#{button_to_focus(plan, old_position)}")


def button_to_focus(plan: WorkshopPlan, old_position: int) -> str:
    """Return the HTML id of the arrow button to focus after a plan has moved.

    That is the button that was pressed. If the plan is now first or last, that button is gone, and
    the plan's other arrow button gets the focus.
    """
    last = plan.programme.plans.count()
    focuses_up = plan.position > 1 and (plan.position == last or plan.position < old_position)
    return f"{'up' if focuses_up else 'down'}-{plan.public_id}"


@require_get_or_post
def plan_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    plan = changeable_plan(request.user, public_id)
    if request.method == "POST":
        plan.remove()
        messages.success(
            request,
            _("“%(title)s” has been deleted. Existing cohorts keep their own copy.")
            % {"title": plan.title},
        )
        return redirect(plan.programme)
    return render(request, "programmes/plan_delete.html", {"plan": plan})


@require_safe
def email_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """List every kind of e-mail: who gets it and when, and whether the programme has changed it."""
    programme = changeable_programme(request.user, public_id)
    context = {"programme": programme, "emails": email_templates(programme)}
    return render(request, "programmes/email_list.html", context)


@require_get_or_post
def email_edit(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    email = email_template(programme, kind)
    form = EmailTemplateForm(post_data(request), email=email)
    if form.is_valid():
        programme.save_message_template(kind, form.content)
        messages.success(
            request,
            _("“%(title)s” has been saved. Existing cohorts keep their own copy.")
            % {"title": email.title},
        )
        return redirect("programmes:email_list", public_id)
    return show_email(request, programme, form, {} if form.is_bound else email.values)


@require_POST
def email_preview(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    """Show a preview of the submitted template with example data. Saves nothing."""
    programme = changeable_programme(request.user, public_id)
    form = EmailTemplateForm(request.POST, email=email_template(programme, kind))
    return show_email(request, programme, form, form.values if form.is_valid() else {})


def show_email(
    request: AuthenticatedRequest,
    programme: Programme,
    form: EmailTemplateForm,
    values: dict[str, object],
) -> HttpResponse:
    """Render the page that edits a template, with a preview of `values` unless they are empty."""
    sample = render_sample(form.email, values, {"programme": programme.name}) if values else None
    context = {"programme": programme, "form": form, "email": form.email, "sample": sample}
    return render(request, "programmes/email_edit.html", context)


@require_POST
def email_default(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    email = email_template(programme, kind)
    programme.save_message_template(kind, DEFAULT_CONTENT)
    messages.success(
        request, _("“%(title)s” has been reset to the default.") % {"title": email.title}
    )
    return redirect("programmes:email_list", public_id)
