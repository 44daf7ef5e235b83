"""Somebody who isn't on the register is added in two taps."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.enrolment import organisation_named
from cohorts.forms import SearchForm
from cohorts.models import Membership, Organisation, Sector
from workshops.access import convened_workshop
from workshops.forms.walk_ins import WalkInForm
from workshops.models import Workshop
from workshops.register import register as registers
from workshops.register import walk_ins
from workshops.views.register import closed

MOST_SUGGESTED = 500


@show_or_act
def register_walk_in(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """People who may be known already, each a tap away; somebody new, by name and e-mail."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return closed(request, workshop)
    form = WalkInForm(posted(request))
    if form.is_valid():
        facts = form.cleaned_data
        sector = facts["sector"] or Sector.OTHER
        try:
            with transaction.atomic():
                organisation = organisation_named(name=facts["organisation"], sector=sector)
                member = walk_ins.welcome(
                    workshop=workshop,
                    email=facts["email"],
                    name=facts["name"],
                    organisation=organisation,
                    by=request.user,
                    at=now,
                )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return welcomed(request, workshop, member)
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    offers = walk_ins.offered(workshop=workshop, by=request.user, words=words)
    context = {
        "workshop": workshop,
        "form": form,
        "search": search,
        "words": words,
        "offers": offers,
        "are_many": bool(words) or len(offers) == walk_ins.MOST_OFFERED,
        "organisations": list(Organisation.objects.values_list("name", flat=True)[:MOST_SUGGESTED]),
    }
    return render(request, "workshops/register_walk_in.html", context)


@require_POST
def register_walk_in_known(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Somebody who was offered by name."""
    workshop, now = convened_workshop(request.user, public_id), timezone.now()
    if not registers.is_open(workshop, now):
        return closed(request, workshop)
    known, member_id = (
        walk_ins.known_to(workshop=workshop, by=request.user),
        request.POST.get("member", ""),
    )
    offered = known.filter(public_id=member_id).first() if member_id.isalnum() else None
    if offered is None:
        raise Http404
    try:
        member = walk_ins.welcome(
            workshop=workshop,
            email=offered.user.email,
            name=offered.user.name,
            organisation=offered.organisation,
            job_title=offered.job_title,
            by=request.user,
            at=now,
        )
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("workshops:register_walk_in", workshop.public_id)
    return welcomed(request, workshop, member)


def welcomed(request: AuthenticatedRequest, workshop: Workshop, member: Membership) -> HttpResponse:
    messages.success(request, f"{member.user} is on the register, present.")
    people, places = (
        workshop.cohort.memberships.active().participating().count(),
        workshop.cohort.capacity,
    )
    if people > places:
        messages.warning(
            request, f"The cohort has {people} people now, more than its places ({places})."
        )
    return redirect("workshops:register", workshop.public_id)
