"""The view of a workshop, and the view that edits its content."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from programmes.agenda import RunningOrder
from workshops.access import convened_workshop, visible_workshop
from workshops.changes.change_log import describe, history
from workshops.extras import extras_for_user
from workshops.forms.workshop import WorkshopForm
from workshops.models import Attendance
from workshops.planning import scheduling
from workshops.register import marking, rsvp


@require_safe
def workshop_detail(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = visible_workshop(request.user, public_id), timezone.now()
    membership = workshop.cohort.memberships.active().filter(user=request.user).first()
    is_participant = membership is not None and not membership.is_facilitator
    is_convener = request.user.is_administrator or (membership is not None and not is_participant)
    context: dict[str, Any] = {
        "workshop": workshop,
        "cohort": workshop.cohort,
        "membership": membership,
        "took_place": workshop.took_place(now),
        "agenda": RunningOrder(workshop.agenda, workshop.length_minutes, workshop.starts_at),
        "is_member": is_convener or is_participant,
        "is_participant": is_participant,
        "is_convener": is_convener,
        "reply": import_string(settings.REPLY_ABOUT)(workshop),
        "hope": import_string(settings.HOPE_ABOUT)(request.user, workshop, now),
    }
    if context["is_member"]:
        context["materials"] = workshop.materials.listed()
        context["extras"] = extras_for_user(workshop, user=request.user, membership=membership)
    if is_convener:
        context["rsvps"] = rsvp.lines_by_answer(workshop)
        context["may_note"] = rsvp.may_answer(workshop, now)
        context["reads_notes"] = membership is not None and membership.is_facilitator
        context["register_is_open"] = marking.is_open(workshop, now)
        logged = reversed(history(workshop.changes.all()))
        context["changes"] = [describe(entry, workshop.cohort.zone, now) for entry in logged]
    if is_participant and rsvp.may_answer(workshop, now):
        context["attendance"] = (
            workshop.attendances.filter(membership=membership).first() or Attendance()
        )
    return render(request, "workshops/workshop_detail.html", context)


@require_get_or_post
def workshop_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    title = str(workshop)
    form = WorkshopForm(post_data(request), instance=workshop)
    if form.is_valid():
        scheduling.update_content(
            workshop=workshop, content=form.content(), by=request.user, at=now
        )
        messages.success(request, _("Workshop saved."))
        return redirect(workshop)
    return render(
        request,
        "workshops/workshop_edit.html",
        {
            "workshop": workshop,
            "title": title,
            "form": form,
            "is_ahead": workshop.is_planned and workshop.can_be_planned(now),
        },
    )
