"""Views for administrators who handle data requests. They show counts, never the data itself."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.recent_sign_in import signed_in_recently
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from privacy.data_inventory import DATA_INVENTORY, Counted, counted
from privacy.emails import send_link
from privacy.erasure import erase, obstacle
from privacy.forms import TypedForm
from privacy.models import Erasure
from privacy.views.own_data import sign_in_first

logger = logging.getLogger(__name__)

ERASURES_A_PAGE = 50


def get_person(user: User, public_id: str) -> User:
    """Return the user with this public id, for an administrator.

    Raises PermissionDenied if `user` is not an administrator, and Http404 if the person doesn't
    exist or is erased.
    """
    if not user.is_administrator:
        raise PermissionDenied
    return get_object_or_404(User, public_id=public_id, erased_at=None)


def inventory_context(person: User) -> dict[str, Any]:
    """Return a template context with counts of the person's data.

    Kinds of data that are private to the person are all listed, without counts, whether or not the
    person has any.
    """
    held = [
        Counted(one.holding.of_another(), one.count)
        for one in counted(person)
        if not one.holding.is_private
    ]
    return {
        "person": person,
        "going": [one for one in held if not one.holding.stays],
        "staying": [one for one in held if one.holding.stays],
        "private": [holding.of_another() for holding in DATA_INVENTORY if holding.is_private],
    }


@require_safe
def person_data(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show how much is stored about the person."""
    person = get_person(request.user, public_id)
    return render(request, "privacy/person_data.html", inventory_context(person))


@require_POST
def person_data_send(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """E-mail the person a link to the page where they can download and delete their data."""
    person = get_person(request.user, public_id)
    if not person.email:
        messages.error(request, _("They have no e-mail address. Add one first."))
        return redirect("privacy:person_data", person.public_id)
    try:
        send_link(person)
    except (SMTPException, OSError):
        logger.exception("The e-mail with the link to a person's data could not be sent")
        messages.error(
            request, _("We can’t send e-mail at the moment. Try again in a few minutes.")
        )
    else:
        messages.success(
            request,
            _("An e-mail with a link to their data has been sent to %(email)s.")
            % {"email": person.email},
        )
    return redirect("privacy:person_data", person.public_id)


@require_get_or_post
def person_erase(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what erasure deletes and what it retains; on POST, erase the person if confirmed.

    Requires a recent sign-in.
    """
    person = get_person(request.user, public_id)
    if person == request.user:
        return redirect("privacy:my_data_delete")
    if not signed_in_recently(request):
        return sign_in_first()
    now = timezone.now()
    form = TypedForm(post_data(request), expected=str(person))
    if form.is_valid():
        try:
            erase(user=person, by=request.user, at=now)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            words = _("Name, address and writing are deleted. One last e-mail confirms it to them.")
            if not person.email:
                words = _("Their name and everything else about them are deleted.")
            messages.success(request, words)
            return redirect("privacy:erasure_list")
    context = {"form": form, "obstacle": obstacle(person, at=now), **inventory_context(person)}
    return render(request, "privacy/person_erase.html", context)


@require_safe
def erasure_list(request: AuthenticatedRequest) -> HttpResponse:
    """List when users were erased, and who requested it. Doesn't show who they were."""
    if not request.user.is_administrator:
        raise PermissionDenied
    erasures = Erasure.objects.filter(kind=Erasure.Kind.PERSON).select_related("by", "cohort")
    page = Paginator(erasures, ERASURES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/erasure_list.html", {"page": page})
