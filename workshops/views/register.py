"""The register, on paper and in the room."""

import math
from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from workshops.access import convened_workshop
from workshops.forms.register import RegisterForm, TapsForm, read_taps
from workshops.models import Workshop
from workshops.register import register as registers

# As they stand side by side on a phone: a word each.
MARKS = [
    ("present", "Present"),
    ("partly", "Partly"),
    ("apologies", "Apologies"),
    ("absent", "Absent"),
]


@show_or_act
def register(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return closed(request, workshop)
    lines = registers.lines(workshop)
    form = RegisterForm(posted(request), lines=lines, workshop=workshop)
    if request.method == "POST" and form.is_valid():
        entries = form.entries() | cleared(request, lines)
        registers.mark_all(workshop=workshop, entries=entries, by=request.user, at=now)
        messages.success(request, "The register is saved.")
        return redirect("workshops:register", workshop.public_id)
    return show(request, workshop, form, now)


def show(
    request: AuthenticatedRequest, workshop: Workshop, form: RegisterForm, moment: datetime
) -> HttpResponse:
    context = {
        "workshop": workshop,
        "form": form,
        "tally": registers.tally(form.lines),
        "marks": MARKS,
        "clock": milliseconds(moment),
        "reads_words": workshop.cohort.is_facilitated_by(request.user),
    }
    return render(request, "workshops/register.html", context)


def closed(request: AuthenticatedRequest, workshop: Workshop) -> HttpResponse:
    """In place of a register that is not open: why, and when it will be."""
    context = {"workshop": workshop, "opens_at": registers.opens_at(workshop)}
    return render(request, "workshops/register_closed.html", context)


def cleared(
    request: AuthenticatedRequest, lines: list[registers.Line]
) -> dict[int, registers.Entry]:
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
    form = RegisterForm(request.POST, lines=registers.lines(workshop), workshop=workshop)
    if not form.is_valid():
        return show(request, workshop, form, now)
    registers.mark_all(workshop=workshop, entries=form.entries(), by=request.user, at=now)
    registers.mark_the_rest_present(workshop=workshop, by=request.user, at=now)
    messages.success(request, "Everyone is marked.")
    return redirect("workshops:register", workshop.public_id)


@require_safe
def sign_in_sheet(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The register on paper: names to sign beside, and empty lines for whoever else comes."""
    workshop = convened_workshop(request.user, public_id)
    context = {
        "workshop": workshop,
        "members": registers.expected(workshop).by_name(),
        "spare": range(10),
    }
    return render(request, "workshops/sign_in_sheet.html", context)


@require_POST
def register_marks(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Marks as they are tapped, or were while there was no signal: answers with how the register stands now."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if request.headers.get("X-Marked-By", request.user.public_id) != request.user.public_id:
        return JsonResponse({"other": True}, status=409)
    if not registers.is_open(workshop, now):
        return JsonResponse({"closed": True}, status=409)
    try:
        taps = read_taps(request.body)
    except ValueError as error:
        return JsonResponse({"refused": str(error)}, status=400)
    form = TapsForm(
        taps, lines=registers.lines_known(workshop, [tap.member for tap in taps]), workshop=workshop
    )
    registers.mark_all(workshop=workshop, entries=form.entries(), by=request.user, at=now)
    return JsonResponse(standing(request, workshop, now) | {"wrong": form.wrong()})


@require_safe
def register_state(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """How the register stands now, for a page that is open: marks by the people's ids, and no names of theirs."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return JsonResponse({"closed": True}, status=409)
    return JsonResponse(standing(request, workshop, now))


def standing(
    request: AuthenticatedRequest, workshop: Workshop, moment: datetime
) -> dict[str, object]:
    lines = registers.lines(workshop)
    form = RegisterForm(lines=lines, workshop=workshop)
    return {
        "clock": milliseconds(moment),
        "me": request.user.public_id,
        "token": get_token(request),
        "people": {line.membership.public_id: mark_of(form, line) for line in lines},
        "others": sorted(
            {
                str(line.attendance.marked_by)
                for line in lines
                if line.attendance.marked_by not in (None, request.user)
            }
        ),
    }


def mark_of(form: RegisterForm, line: registers.Line) -> Mapping[str, str | int]:
    came, went = (
        form.clock_of(moment) for moment in (line.attendance.came_at, line.attendance.went_at)
    )
    return {
        "mark": line.mark,
        "came": f"{came:%H:%M}" if came else "",
        "went": f"{went:%H:%M}" if went else "",
        "at": milliseconds(line.attendance.marked_at) if line.attendance.marked_at else 0,
        "was": str(form[f"{line.membership.public_id}-was"].value()),
    }


def milliseconds(moment: datetime) -> int:
    """As browsers count, and no earlier than the moment."""
    return math.ceil(moment.timestamp() * 1000)
