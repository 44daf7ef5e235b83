"""Views that add somebody to a workshop's register who is not on it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from cohorts.enrolment import organisation_named
from cohorts.forms import SearchForm
from cohorts.models import Membership, Organisation
from workshops.access import convened_workshop
from workshops.forms.walk_ins import WalkInForm
from workshops.models import Workshop
from workshops.register import marking, walk_ins
from workshops.views.register import closed_page

MAX_ORGANISATIONS = 500
# More suggestions are folded, so that the form for somebody new is in reach.
MAX_UNFOLDED = 5


@require_get_or_post
def register_walk_in(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show people who may be the walk-in, and a form; on POST, add the person in the form."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not marking.is_open(workshop, now):
        return closed_page(request, workshop)
    form = WalkInForm(post_data(request))
    if form.is_valid():
        facts = form.cleaned_data
        try:
            with transaction.atomic():
                organisation = organisation_named(
                    name=facts["organisation"], sector=facts["sector"]
                )
                member = walk_ins.add(
                    workshop=workshop,
                    email=facts["email"],
                    name=facts["name"],
                    organisation=organisation,
                    new_id=facts["new_id"],
                    by=request.user,
                    at=now,
                )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return redirect_after_adding(request, workshop, member)
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    found = walk_ins.suggestions(workshop=workshop, by=request.user, words=words)
    organisations = Organisation.objects.current().values_list("name", flat=True)
    context = {
        "workshop": workshop,
        "form": form,
        "search": search,
        "words": words,
        "suggestions": found,
        "are_many": len(found) > MAX_UNFOLDED,
        "organisations": list(organisations[:MAX_ORGANISATIONS]),
    }
    return render(request, "workshops/register_walk_in.html", context)


@require_POST
def register_walk_in_known(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Add a person whom the page of `register_walk_in` suggested."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not marking.is_open(workshop, now):
        return closed_page(request, workshop)
    member_id = request.POST.get("member", "")
    known = walk_ins.known_people(workshop=workshop, by=request.user)
    suggested = known.filter(public_id=member_id).first() if member_id.isalnum() else None
    if suggested is None:
        raise Http404
    try:
        member = walk_ins.add_known(workshop=workshop, known=suggested, by=request.user, at=now)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("workshops:register_walk_in", workshop.public_id)
    return redirect_after_adding(request, workshop, member)


def redirect_after_adding(
    request: AuthenticatedRequest, workshop: Workshop, member: Membership
) -> HttpResponse:
    """Return a redirect to the register, with a message that the member was added.

    A second message warns if the cohort is over its capacity.
    """
    words = _("%(person)s is on the register, marked present.")
    messages.success(request, words % {"person": member.user})
    people = workshop.cohort.memberships.active().participating().count()
    places = workshop.cohort.capacity
    if people > places:
        words = _("The cohort now has %(people)d people, more than its capacity of %(places)d.")
        messages.warning(request, words % {"people": people, "places": places})
    return redirect("workshops:register", workshop.public_id)
