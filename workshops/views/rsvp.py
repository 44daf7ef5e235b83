"""Views that take RSVPs to a workshop: by the signed link in an e-mail, or signed in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.signed_links import authorised_by_link
from workshops.access import convened_workshop, visible_workshop
from workshops.forms.rsvp import AnswerForm
from workshops.models import Attendance
from workshops.register import rsvp
from workshops.register.rsvp import AnswerRefusedError, Invitee, Refusal


@authorised_by_link
@never_cache
@require_get_or_post
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the RSVP form of the member for whom the link was made; on POST, save the RSVP.

    GET saves nothing, because mail scanners open links. The page shows the saved RSVP. It does not
    show the saved note, because the link does not prove who opens it.
    """
    invitee = rsvp.invitee_of(token)
    if invitee is None:
        return render(request, "workshops/answer.html", status=404)
    form = AnswerForm(post_data(request))
    why = try_to_submit(form, invitee)
    if form.is_valid() and why is None:
        return redirect(request.path)
    return render(request, "workshops/answer.html", page_context(invitee, form, why))


@never_cache
@require_get_or_post
def workshop_answer(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show the form for a signed-in participant's RSVP; on POST, save the RSVP.

    After apologies, the form has a box for a note to the facilitators.
    """
    workshop = visible_workshop(request.user, public_id)
    members = workshop.cohort.memberships.active().participating().select_related("user")
    membership = members.filter(user=request.user).first()
    if membership is None:
        raise PermissionDenied
    invitee, back = Invitee(workshop, membership), back_url(request)
    saved = workshop.attendances.filter(membership=membership).first() or Attendance()
    form = AnswerForm(post_data(request), initial={"note": saved.note})
    why = try_to_submit(form, invitee, empty_leaves_note=False)
    if not form.is_valid() or why:
        context = page_context(invitee, form, why) | {"back": back}
        return render(request, "workshops/workshop_answer.html", context)
    if form.cleaned_data["answer"] == Attendance.Answer.COMING:
        messages.success(request, _("Thank you. We look forward to seeing you."))
    elif form.has_note_box:
        sent_note = bool(form.typed_note())
        messages.success(
            request,
            _("Thank you. Your facilitators can read your note.")
            if sent_note
            else _("Thank you for telling us. We’ll miss you."),
        )
    else:
        here = reverse("workshops:workshop_answer", args=[public_id])
        return redirect(f"{here}?{urlencode({'next': back})}")
    return redirect(back)


@require_POST
def answer_note(request: AuthenticatedRequest, public_id: str, member_id: str) -> HttpResponse:
    """Save an RSVP that a participant gave a facilitator, unless the participant has answered."""
    workshop = convened_workshop(request.user, public_id)
    members = workshop.cohort.memberships.active().participating().select_related("user")
    membership = get_object_or_404(members, public_id=member_id)
    person = {"person": membership.user}
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose “Coming” or “Apologies”."))
        return redirect(workshop)
    given = form.cleaned_data["answer"]
    try:
        rsvp.submit_for(Invitee(workshop, membership), answer=given, at=timezone.now())
    except AnswerRefusedError as refusal:
        if refusal.why == Refusal.ANSWERED:
            words = _("%(person)s has already answered. Nothing was changed.")
        else:
            words = _(
                "It is too late to record an answer for %(person)s: the workshop has begun, or is "
                "cancelled."
            )
        messages.error(request, words % person)
    else:
        is_coming = given == Attendance.Answer.COMING
        words = (
            _("Saved: %(person)s is coming.")
            if is_coming
            else _("Saved: %(person)s can’t make it.")
        )
        messages.success(request, words % person)
    return redirect(workshop)


def try_to_submit(
    form: AnswerForm, invitee: Invitee, *, empty_leaves_note: bool = True
) -> Refusal | None:
    """Save the RSVP if the form is valid. Return why the invitee can't answer; None if they can.

    If the workshop's date has changed since the page was shown, add an error to the form. With
    `empty_leaves_note`, an empty box for a note leaves the saved note unchanged, because the page
    does not show that note.
    """
    now = timezone.now()
    if not form.is_valid():
        return rsvp.refusal_for(invitee, now)
    note = form.typed_note()
    try:
        rsvp.submit(
            invitee,
            answer=form.cleaned_data["answer"],
            note=(note or None) if empty_leaves_note else note,
            seen_version=form.cleaned_data["version"],
            at=now,
        )
    except AnswerRefusedError as refusal:
        if refusal.why != Refusal.MOVED:
            return refusal.why
        words = _("The date has changed since you opened this page. Check it and answer again.")
        form.add_error(None, words)
    return None


def page_context(invitee: Invitee, form: AnswerForm, why: Refusal | None) -> dict[str, Any]:
    workshop = invitee.workshop
    attendance = workshop.attendances.filter(membership=invitee.membership).first() or Attendance()
    return {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "membership": invitee.membership,
        "attendance": attendance,
        "form": form,
        "why": why,
        "shows_note": form.has_note_box or attendance.answer == Attendance.Answer.APOLOGIES,
        "unsaved_note": form.data.get("note", "") if why else "",
    }


def back_url(request: HttpRequest) -> str:
    """Return the parameter `next` if it is a URL of this site, else the URL of the home page."""
    url = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if is_ours else reverse("home:today")
