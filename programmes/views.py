"""The pages of programmes. Everybody who is signed in reads them; administrators make and change them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from programmes.access import changeable_plan, changeable_programme, require_administrator
from programmes.default_programme import already_there, load_shipped, shipped_name
from programmes.forms import MoveForm, NewProgrammeForm, ProgrammeForm, WorkshopPlanForm
from programmes.message_template_form import EmailForm
from programmes.message_templates import AS_USUAL, email_of, emails_of, sample_of
from programmes.models import NAME_TAKEN, Programme, WorkshopPlan


@require_safe
def programme_list(request: AuthenticatedRequest) -> HttpResponse:
    programmes = Programme.objects.with_workshop_count()
    return render(
        request,
        "programmes/programme_list.html",
        {
            "current": programmes.current(),
            "retired": programmes.retired().select_related("retired_by"),
            "shipped_name": "" if already_there() else shipped_name(),
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


@show_or_act
def programme_create(request: AuthenticatedRequest) -> HttpResponse:
    require_administrator(request.user)
    form = NewProgrammeForm(posted(request))
    if form.is_valid() and form.keep():
        messages.success(request, f"“{form.instance}” is made.")
        return redirect(form.instance)
    return render(request, "programmes/programme_create.html", {"form": form})


@require_POST
def programme_start(request: AuthenticatedRequest) -> HttpResponse:
    """Starts from the programme that is shipped; pressed twice, it is still one programme."""
    require_administrator(request.user)
    programme = load_shipped()
    messages.success(request, f"“{programme}” is here. It is yours to change.")
    return redirect(programme)


@show_or_act
def programme_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    name = programme.name
    form = ProgrammeForm(posted(request), instance=programme)
    if form.is_valid() and form.keep():
        messages.success(
            request, f"“{programme}” is saved. Cohorts that were made from it stay as they are."
        )
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
    except IntegrityError:  # another programme took the copy's name at the same moment
        messages.error(request, "That did not work this time. Please try again.")
        return redirect(programme)
    messages.success(request, f"This is “{copy}”. Give it a name of its own.")
    return redirect(copy)


@show_or_act
def programme_retire(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    if request.method == "POST":
        programme.retire(by=request.user, at=timezone.now())
        messages.success(
            request, f"“{programme}” is retired. Nothing is lost, and you can bring it back."
        )
        return redirect("programmes:programme_list")
    if programme.is_retired:
        return redirect(programme)
    return render(request, "programmes/programme_retire.html", {"programme": programme})


@require_POST
def programme_bring_back(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    try:
        programme.bring_back()
    except (ValidationError, IntegrityError):
        messages.error(request, f"{NAME_TAKEN} Then bring it back.")
    else:
        messages.success(request, f"“{programme}” is back: new cohorts can be made from it.")
    return redirect(programme)


@show_or_act
def plan_create(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    form = WorkshopPlanForm(posted(request))
    if form.is_valid():
        plan = form.save(commit=False)
        programme.add(plan)
        messages.success(request, f"“{plan.title}” is workshop {plan.position}.")
        return redirect(plan)
    return render(request, "programmes/plan_create.html", {"form": form, "programme": programme})


@show_or_act
def plan_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    plan = changeable_plan(request.user, public_id)
    title = str(plan)
    form = WorkshopPlanForm(posted(request), instance=plan)
    if form.is_valid() and form.keep():
        messages.success(
            request,
            f"“{plan.title}” is saved. Cohorts that were made from the programme stay as they are.",
        )
        return redirect(plan)
    return render(
        request, "programmes/plan_edit.html", {"form": form, "plan": plan, "title": title}
    )


@require_POST
def plan_move(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Takes the place to go to rather than a direction, so that a double click moves it once."""
    plan = changeable_plan(request.user, public_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "That is no place in this programme. Use the buttons to move a workshop."
        )
        return redirect(plan)
    came_from = plan.position
    plan.move(to=form.cleaned_data["to"])
    messages.success(request, f"“{plan.title}” is workshop {plan.position} now.")
    return redirect(f"{plan.programme.get_absolute_url()}#{button_to_focus(plan, came_from)}")


def button_to_focus(plan: WorkshopPlan, came_from: int) -> str:
    """The id of the button that was pressed, so that it can be pressed again; at an end, of the way back."""
    last = plan.programme.plans.count()
    goes_up = plan.position > 1 and (plan.position == last or plan.position < came_from)
    return f"{'up' if goes_up else 'down'}-{plan.public_id}"


@show_or_act
def plan_delete(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    plan = changeable_plan(request.user, public_id)
    if request.method == "POST":
        plan.remove()
        messages.success(
            request, f"“{plan.title}” is deleted. Cohorts that have it already keep theirs."
        )
        return redirect(plan.programme)
    return render(request, "programmes/plan_delete.html", {"plan": plan})


@require_safe
def email_list(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Every kind of e-mail that a cohort sends: when, and whether the programme words it otherwise than usual."""
    programme = changeable_programme(request.user, public_id)
    context = {"programme": programme, "emails": emails_of(programme.message_templates.all())}
    return render(request, "programmes/email_list.html", context)


@show_or_act
def email_edit(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    email = email_of(programme.message_templates.all(), kind)
    form = EmailForm(posted(request), email=email)
    if form.is_valid():
        programme.reword(kind, form.content)
        messages.success(
            request,
            f"“{email.title}” is saved. Cohorts that were made from the programme stay as they are.",
        )
        return redirect("programmes:email_list", public_id)
    return show_email(request, programme, form, {} if form.is_bound else email.facts)


@require_POST
def email_preview(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    """The e-mail as it is typed, with made-up people and dates; nothing is saved."""
    programme = changeable_programme(request.user, public_id)
    form = EmailForm(request.POST, email=email_of(programme.message_templates.all(), kind))
    return show_email(request, programme, form, form.facts if form.is_valid() else {})


def show_email(
    request: AuthenticatedRequest, programme: Programme, form: EmailForm, facts: dict[str, object]
) -> HttpResponse:
    sample = sample_of(form.email, facts, {"programme": programme.name}) if facts else None
    context = {"programme": programme, "form": form, "email": form.email, "sample": sample}
    return render(request, "programmes/email_edit.html", context)


@require_POST
def email_default(request: AuthenticatedRequest, public_id: str, kind: str) -> HttpResponse:
    programme = changeable_programme(request.user, public_id)
    email = email_of(programme.message_templates.all(), kind)
    programme.reword(kind, AS_USUAL)
    messages.success(request, f"“{email.title}” is as usual again.")
    return redirect("programmes:email_list", public_id)
