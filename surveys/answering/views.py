"""The QR code of a workshop's survey, and the pages behind it."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.signed_links import authorised_by_link
from surveys.answering.forms import AddressForm, CodeForm
from surveys.answering.room import entered, qr_code, room_of, send_code
from surveys.answering.sessions import Session
from surveys.links import ROOM_LINK
from surveys.views.surveys import ask
from workshops.access import convened_workshop
from workshops.models import Workshop


@require_safe
def survey_qr(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show a facilitator the QR code to put on a screen at the end of the half day."""
    workshop = convened_workshop(request.user, public_id)
    url = ROOM_LINK.url(workshop.public_id)
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "url": url,
        # Made by a library, from an address of our own.
        "code": mark_safe(qr_code(url)),  # noqa: S308
        "is_over": workshop.took_place(timezone.now()),
    }
    return render(request, "surveys/survey_qr.html", context)


@authorised_by_link
@require_get_or_post
def survey_room(request: HttpRequest, token: str) -> HttpResponse:
    """Ask who somebody is, by an e-mailed code, and then show them the questions.

    Uses no session, so that the phone forgets who answered.
    """
    workshop = room_of(token)
    if workshop is None:
        return render(request, "surveys/survey_start.html", status=404)
    if "check" in request.POST:
        return check_code(request, workshop)
    form = AddressForm(post_data(request))
    if not form.is_valid():
        return show(request, workshop, address=form)
    email = form.cleaned_data["email"]
    if not ratelimit.consume(request, action="request_login_code", key=email):
        form.add_error("email", _("Wait a few minutes before you ask for another code."))
        return show(request, workshop, address=form, status=429)
    check = send_code(workshop=workshop, email=email, at=timezone.now())
    return show(request, workshop, code=CodeForm(initial={"check": check}), email=email)


def check_code(request: HttpRequest, workshop: Workshop) -> HttpResponse:
    form, moment = CodeForm(request.POST), timezone.now()
    if not form.is_valid():
        return show(request, workshop, code=form)
    check = form.cleaned_data["check"]
    if not ratelimit.consume(request, action="login_failed", key=check[-64:]):
        form.add_error("code", _("That was wrong too often. Ask for a new code."))
        return show(request, workshop, code=form, status=429)
    invitee = entered(workshop=workshop, check=check, code=form.cleaned_data["code"], at=moment)
    if invitee:
        return ask(request, Session(invitee, is_in_room=True))
    form.add_error(
        "code",
        _("Enter the code from the latest e-mail, within 15 minutes, or ask for a new one."),
    )
    return show(request, workshop, code=form)


def show(
    request: HttpRequest,
    workshop: Workshop,
    *,
    address: AddressForm | None = None,
    code: CodeForm | None = None,
    email: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "address": address,
        "code": code,
        "email": email,
    }
    return render(request, "surveys/survey_room.html", context, status=status)
