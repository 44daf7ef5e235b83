"""The register, on paper and in the room."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.http import AuthenticatedRequest, posted, show_or_act
from workshops import register as registers
from workshops.access import convened_workshop
from workshops.forms.register import RegisterForm
from workshops.models import Workshop

# As they stand side by side on a phone: a word each.
MARKS = [("present", "Present"), ("partly", "Partly"), ("apologies", "Apologies"), ("absent", "Absent")]


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
