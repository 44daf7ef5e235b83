from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import require_some_cohort
from cohorts.forms import OrganisationForm, SearchForm, SectorsForm
from cohorts.models import Cohort, Membership, Organisation

PEOPLE_A_PAGE = 50
ORGANISATIONS_A_PAGE = 50


@require_safe
def person_list(request: AuthenticatedRequest) -> HttpResponse:
    """Everybody in the cohorts that one runs, to be searched; an administrator's are all people."""
    require_some_cohort(request.user)
    memberships = Membership.objects.filter(cohort__in=Cohort.objects.convened_by(request.user))
    people = User.objects.filter(erased_at=None).order_by("name", "pk")
    if not request.user.is_administrator:
        people = people.filter(pk__in=memberships.values("user"))
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    for word in words.split():
        at_work = memberships.filter(organisation__name__icontains=word)
        people = people.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=at_work.values("user"))
        )
    shown = memberships.select_related("cohort", "organisation").order_by("-joined_at", "-pk")
    people = people.prefetch_related(
        Prefetch("memberships", queryset=shown, to_attr="shown_memberships")
    )
    page = Paginator(people, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "cohorts/person_list.html", {"form": form, "people": page, "words": words}
    )


def _organisations(user: User) -> QuerySet[Organisation]:
    """Those of the people in the cohorts that one runs; an administrator's are all."""
    memberships = Membership.objects.filter(cohort__in=Cohort.objects.convened_by(user))
    organisations = Organisation.objects.order_by("name_key")
    if not user.is_administrator:
        organisations = organisations.filter(pk__in=memberships.values("organisation"))
    return organisations


@show_or_act
def organisation_list(request: AuthenticatedRequest) -> HttpResponse:
    """Organisations and their sectors, a page of them put right at once."""
    require_some_cohort(request.user)
    search = SearchForm(request.GET)
    search.fields["q"].label = "Organisation"
    words = search.cleaned_data["q"] if search.is_valid() else ""
    organisations = _organisations(request.user).filter(name__icontains=words)
    organisations = organisations.annotate(people=Count("memberships__user", distinct=True))
    page = Paginator(organisations, ORGANISATIONS_A_PAGE).get_page(request.GET.get("page"))
    form = SectorsForm(posted(request), organisations=list(page))
    if form.is_valid():
        changed = form.changed()
        Organisation.objects.bulk_update(changed, ["sector"])
        messages.success(request, _saved(len(changed)))
        return redirect(request.get_full_path())
    context = {"search": search, "page": page, "form": form, "words": words}
    return render(request, "cohorts/organisation_list.html", context)


def _saved(count: int) -> str:
    if not count:
        return "Nothing was changed."
    return "1 sector is saved." if count == 1 else f"{count} sectors are saved."


@show_or_act
def organisation_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """An organisation's name and sector."""
    require_some_cohort(request.user)
    organisation = get_object_or_404(_organisations(request.user), public_id=public_id)
    name = organisation.name
    form = OrganisationForm(posted(request), instance=organisation)
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # another has just taken the name
            form.add_error("name", "There is an organisation of this name already.")
        else:
            messages.success(request, f"{organisation} is saved.")
            return redirect("cohorts:organisation_list")
    return render(request, "cohorts/organisation_edit.html", {"form": form, "name": name})
