"""The pages of a cohort's workshops: made and planned, looked at, changed, and their register."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.http import AuthenticatedRequest, posted, show_or_act
from cohorts.access import convened_cohort, require_some_cohort
from cohorts.models import NAME_TAKEN, Cohort
from programmes.models import Programme
from workshops import planning, series
from workshops import register as registers
from workshops.access import convened_workshop, visible_workshop
from workshops.forms.cohort import NewCohortForm
from workshops.forms.register import RegisterForm
from workshops.forms.series import RhythmForm, SeriesForm
from workshops.forms.workshop import AnswerForm, WorkshopForm
from workshops.models import Attendance, Workshop

THANKS = {
    Attendance.Answer.COMING: "Thank you: we expect you.",
    Attendance.Answer.APOLOGIES: "Thank you for saying. We’ll miss you.",
}
# As they stand side by side on a phone: a word each.
MARKS = [("present", "Present"), ("partly", "Partly"), ("apologies", "Apologies"), ("absent", "Absent")]


@show_or_act
def cohort_create(request: AuthenticatedRequest) -> HttpResponse:
    require_some_cohort(request.user)
    programmes = list(Programme.objects.current())
    if not programmes:
        return render(request, "workshops/cohort_create.html", {"form": None})
    form = NewCohortForm(posted(request), maker=request.user, programmes=programmes)
    if form.is_valid() and (cohort := made(form, request)):
        messages.success(request, f"“{cohort}” is made. Now its dates.")
        if cohort.is_convened_by(request.user):
            return redirect("workshops:series_plan", cohort.public_id)
        return redirect("home:cohort_list")
    return render(request, "workshops/cohort_create.html", {"form": form})


def made(form: NewCohortForm, request: AuthenticatedRequest) -> Cohort | None:
    """The cohort; None, with a sentence beside the field, if something has come between."""
    facts = {
        name: form.cleaned_data[name] for name in ("programme", "name", "place", "time_zone", "capacity")
    }
    try:
        with transaction.atomic():
            return planning.make_cohort(
                **facts,
                facilitators=form.cleaned_data["facilitators"],
                newcomers=form.newcomers(),
                by=request.user,
                at=timezone.now(),
            )
    except ValidationError as error:
        form.add_error("new_email", " ".join(error.messages))
    except IntegrityError:
        form.add_error("name", NAME_TAKEN)
    return None


@show_or_act
def series_plan(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    cohort = convened_cohort(request.user, public_id)
    workshops, now = list(cohort.workshops.order_by("position")), timezone.now()
    if request.method == "POST":
        rhythm = RhythmForm(initial=request.POST.dict())
        form = SeriesForm(request.POST, workshops=workshops, zone=cohort.zone, moment=now)
        if form.is_valid():
            planning.schedule_series(cohort=cohort, arrangements=form.arrangements(), at=now)
            messages.success(request, "The dates are saved. Reminders follow them by themselves.")
            return redirect(cohort)
    elif "first" in request.GET:
        rhythm, form = series.another_look(request.GET, workshops, cohort.zone, now)
    else:
        rhythm, form = series.first_look(workshops, cohort.zone, now)
    rows = form.rows()
    context = {
        "cohort": cohort,
        "rhythm": rhythm,
        "form": form,
        "rows": rows,
        "days": [row.slot.starts_at.astimezone(cohort.zone).date() for row in rows if row.slot],
        "past": sum(row.is_past for row in rows),
        "is_first": not any(workshop.is_planned for workshop in workshops),
    }
    return render(request, "workshops/series_plan.html", context)


@require_safe
def workshop_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = visible_workshop(request.user, public_id), timezone.now()
    membership = workshop.cohort.memberships.active().filter(user=request.user).first()
    is_participant = membership is not None and not membership.is_facilitator
    is_convener = request.user.is_administrator or (membership is not None and not is_participant)
    context: dict[str, Any] = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "is_held": workshop.is_held(now),
        "is_member": is_convener or is_participant,
        "is_participant": is_participant,
        "is_convener": is_convener,
    }
    if is_convener:
        context["standing"] = registers.standing(workshop)
        context["register_is_open"] = registers.is_open(workshop, now)
    if is_participant and registers.may_answer(workshop, now):
        context["attendance"] = workshop.attendances.filter(membership=membership).first() or Attendance()
    return render(request, "workshops/workshop_detail.html", context)


@show_or_act
def workshop_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    title, has_begun = str(workshop), workshop.has_begun(now)
    form = WorkshopForm(posted(request), instance=workshop, moment=now)
    if form.is_valid():
        planning.amend(workshop=workshop, content=form.content(), arrangement=form.arrangement(), at=now)
        messages.success(request, "The workshop is saved. Reminders follow it by themselves.")
        return redirect(workshop)
    return render(
        request,
        "workshops/workshop_edit.html",
        {"workshop": workshop, "title": title, "has_begun": has_begun, "form": form},
    )


@show_or_act
def workshop_cancel(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if request.method == "POST":
        workshop.cancel(by=request.user, at=now)
        messages.success(request, f"“{workshop.title}” is cancelled. You can reinstate it.")
        return redirect(workshop)
    return render(
        request, "workshops/workshop_cancel.html", {"workshop": workshop, "is_held": workshop.is_held(now)}
    )


@show_or_act
def workshop_reinstate(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    slot = planning.Slot.of(workshop)
    in_the_way = (
        planning.clash(workshop.position, slot, planning.slots_beside(workshop), workshop.cohort.zone)
        if slot and workshop.is_cancelled
        else ""
    )
    if request.method == "POST" and not in_the_way:
        workshop.reinstate(at=now)
        messages.success(request, f"“{workshop.title}” takes place after all.")
        return redirect(workshop)
    return render(
        request,
        "workshops/workshop_reinstate.html",
        {"workshop": workshop, "in_the_way": in_the_way, "has_begun": workshop.has_begun(now)},
    )


@require_POST
def workshop_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = visible_workshop(request.user, public_id), timezone.now()
    membership = registers.expected(workshop).active().filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if not registers.may_answer(workshop, now):
        messages.error(request, "It is too late to say: the workshop has begun, or is off.")
    elif not form.is_valid():
        messages.error(request, "Please say whether you’re coming or can’t make it.")
    else:
        answer = form.cleaned_data["answer"]
        registers.answer(workshop=workshop, membership=membership, answer=answer, at=now)
        messages.success(request, THANKS[answer])
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure())
    return redirect(there if is_ours else "home:today")


@show_or_act
def register(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return closed(request, workshop)
    lines = registers.lines(workshop)
    form = RegisterForm(posted(request), lines=lines, length=workshop.length_minutes)
    if request.method == "POST" and form.is_valid():
        entries = form.entries() | cleared(request, lines)
        registers.mark_all(workshop=workshop, entries=entries, by=request.user, at=now)
        messages.success(request, "The register is saved.")
        return redirect("workshops:register", workshop.public_id)
    context = {"workshop": workshop, "form": form, "tally": registers.tally(lines), "marks": MARKS}
    return render(request, "workshops/register.html", context)


def closed(request: AuthenticatedRequest, workshop: Workshop) -> HttpResponse:
    """In place of a register that is not open: why, and when it will be."""
    context = {"workshop": workshop, "opens_at": registers.opens_at(workshop)}
    return render(request, "workshops/register_closed.html", context)


def cleared(request: AuthenticatedRequest, lines: list[registers.Line]) -> dict[int, registers.Entry]:
    """Whose mark the pressed button takes back."""
    return {
        line.membership.pk: registers.Entry("")
        for line in lines
        if line.membership.public_id == request.POST.get("clear")
    }


@require_POST
def register_rest(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Everyone without a mark was there; what was ticked beforehand is saved first."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return closed(request, workshop)
    lines = registers.lines(workshop)
    form = RegisterForm(request.POST, lines=lines, length=workshop.length_minutes)
    if not form.is_valid():
        context = {"workshop": workshop, "form": form, "tally": registers.tally(lines), "marks": MARKS}
        return render(request, "workshops/register.html", context)
    registers.mark_all(workshop=workshop, entries=form.entries(), by=request.user, at=now)
    registers.mark_the_rest_present(workshop=workshop, by=request.user, at=now)
    messages.success(request, "Everyone is marked.")
    return redirect("workshops:register", workshop.public_id)


@require_POST
def register_mark(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """One person's mark, as it is tapped: answers with the row's changed parts and the running count."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    membership = get_object_or_404(registers.expected(workshop).by_name(), public_id=member_id)
    if not registers.is_open(workshop, now):
        return HttpResponse("The register is not open.", status=409)
    line = registers.line_of(workshop, membership)
    form = RegisterForm(request.POST, lines=[line], length=workshop.length_minutes)
    clears = cleared(request, [line])
    if form.is_valid() or clears:
        entries = clears or form.entries()
        registers.mark_all(workshop=workshop, entries=entries, by=request.user, at=now)
    lines = registers.lines(workshop)
    if not form.errors:
        form = RegisterForm(
            lines=[one for one in lines if one.membership == membership], length=workshop.length_minutes
        )
    context = {
        "workshop": workshop,
        "row": form.rows()[0],
        "tally": registers.tally(lines),
        "marks": MARKS,
        "is_whole": bool(clears),
    }
    return render(request, "workshops/register_mark.html", context, status=422 if form.errors else 200)
