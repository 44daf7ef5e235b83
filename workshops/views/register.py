"""Views of a workshop's register: the page, the marks that a phone sends, the sign-in sheet."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.forms import SearchForm
from ui.dates import epoch_milliseconds
from workshops.access import convened_workshop
from workshops.forms.register import RegisterForm, RegisterRow, TapsForm, read_taps
from workshops.models import Workshop
from workshops.register import marking
from workshops.register.expected import expected_at
from workshops.register.lines import (
    LINES_PER_PAGE,
    Line,
    Register,
    lines_for,
    register_lines,
    register_page,
    tally,
)

SPARE_LINES = 10


@require_get_or_post
def register(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a page of the register; on POST, save the marks that were changed on the page."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not marking.is_open(workshop, now):
        return closed_page(request, workshop)
    found, form = page_and_form(request, workshop)
    if request.method == "POST" and form.is_valid():
        entries = form.entries() | entries_to_clear(request, form.lines)
        marking.mark_all(workshop=workshop, entries=entries, by=request.user, at=now)
        messages.success(request, _("Register saved."))
        return redirect(same_page(request, workshop))
    return show(request, workshop, found, form, now)


def page_and_form(
    request: AuthenticatedRequest, workshop: Workshop
) -> tuple[Register, RegisterForm]:
    """Return the page that the URL names, and its form.

    A form that was sent also has the lines that were on its page, in case somebody has been added.
    """
    found = register_page(register_lines(workshop), SearchForm(request.GET).words, request.GET)
    sent = {name.rpartition("-")[0] for name in request.POST}
    lines = found.page_with(sent)
    return found, RegisterForm(post_data(request), lines=lines, workshop=workshop)


def same_page(request: AuthenticatedRequest, workshop: Workshop) -> str:
    query = request.GET.urlencode()
    return reverse("workshops:register", args=[workshop.public_id]) + (f"?{query}" if query else "")


def show(
    request: AuthenticatedRequest,
    workshop: Workshop,
    found: Register,
    form: RegisterForm,
    moment: datetime,
) -> HttpResponse:
    search = SearchForm(request.GET)
    search.fields["q"].label = _("Name or organisation")
    context = {
        "workshop": workshop,
        "found": found,
        "form": form,
        "search": search,
        "tally": tally(found.everybody),
        "clock": epoch_milliseconds(moment),
        "reads_notes": workshop.cohort.is_facilitated_by(request.user),
    }
    return render(request, "workshops/register.html", context)


def closed_page(request: AuthenticatedRequest, workshop: Workshop) -> HttpResponse:
    """Return the page that says why the register is not open, and when it opens."""
    context = {"workshop": workshop, "opens_at": marking.opens_at(workshop)}
    return render(request, "workshops/register_closed.html", context)


def entries_to_clear(
    request: AuthenticatedRequest, lines: Sequence[Line]
) -> dict[int, marking.Entry]:
    """Return a dict with an empty mark for the member whose Clear button was pressed.

    The key is the pk of the membership. The dict is empty if no Clear button was pressed.
    """
    return {
        line.membership.pk: marking.Entry("")
        for line in lines
        if line.membership.public_id == request.POST.get("clear")
    }


@require_POST
def register_rest(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save the marks on the page, then mark the others as `mark_the_rest_present` does.

    If the register has several pages, only those on the page are marked.
    """
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not marking.is_open(workshop, now):
        return closed_page(request, workshop)
    found, form = page_and_form(request, workshop)
    if not form.is_valid():
        return show(request, workshop, found, form, now)
    marking.mark_all(workshop=workshop, entries=form.entries(), by=request.user, at=now)
    among = [line.membership.pk for line in form.lines] if found.has_pages else None
    marking.mark_the_rest_present(workshop=workshop, among=among, by=request.user, at=now)
    marked = _("Everyone on the page is marked.") if found.has_pages else _("Everyone is marked.")
    messages.success(request, marked)
    return redirect(same_page(request, workshop))


@require_safe
def sign_in_sheet(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the sign-in sheet to print: a line for each person expected, and lines for walk-ins."""
    workshop = convened_workshop(request.user, public_id)
    context = {
        "workshop": workshop,
        "members": expected_at(workshop).by_name(),
        "spare": range(SPARE_LINES),
    }
    return render(request, "workshops/sign_in_sheet.html", context)


@require_POST
def register_marks(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Save the marks that a phone sends, and return the register as JSON.

    A phone sends each mark as it is tapped, or when it is online again. Marks of another user, who
    used the phone before, are refused.
    """
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if request.headers.get("X-Marked-By", request.user.public_id) != request.user.public_id:
        return JsonResponse({"other": True}, status=409)
    if not marking.is_open(workshop, now):
        return JsonResponse({"closed": True}, status=409)
    try:
        taps = read_taps(request.body)
    except ValueError as error:
        return JsonResponse({"refused": str(error)}, status=400)
    lines = lines_for(workshop, [tap.member for tap in taps])
    form = TapsForm(taps, lines=lines, workshop=workshop)
    marking.mark_all(workshop=workshop, entries=form.entries(), by=request.user, at=now)
    return JsonResponse(
        register_as_json(request, workshop, now) | {"wrong": form.errors_by_member()}
    )


@require_safe
def register_state(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Return the register as JSON, for a page that is open and polls this URL."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not marking.is_open(workshop, now):
        return JsonResponse({"closed": True}, status=409)
    return JsonResponse(register_as_json(request, workshop, now))


def register_as_json(
    request: AuthenticatedRequest, workshop: Workshop, moment: datetime
) -> dict[str, object]:
    """Return the register as JSON data, with each row under the membership's public id.

    A register with several pages has only the rows that were ever marked. `count` is the number of
    people on the register. `others` names the other people who have made marks; participants are
    not named. Times are in milliseconds since 1970.
    """
    lines = register_lines(workshop)
    count = len(lines)
    if count > LINES_PER_PAGE:
        lines = [line for line in lines if line.attendance.marked_at]
    form = RegisterForm(lines=lines, workshop=workshop)
    return {
        "clock": epoch_milliseconds(moment),
        "me": request.user.public_id,
        "token": get_token(request),
        "count": count,
        "people": {row.line.membership.public_id: row_as_json(row) for row in form.rows()},
        "others": sorted(
            {
                str(line.attendance.marked_by)
                for line in lines
                if line.attendance.marked_by not in (None, request.user)
            }
        ),
    }


def row_as_json(row: RegisterRow) -> Mapping[str, str | int]:
    marked_at = row.line.attendance.marked_at
    return {
        "mark": row.mark,
        "came": row.came,
        "went": row.went,
        "at": epoch_milliseconds(marked_at) if marked_at else 0,
        "was": row.was,
    }
