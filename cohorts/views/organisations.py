"""Views of organisations across cohorts: list, edit, give several one sector, merge duplicates."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, Count, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest, post_data, require_get_or_post
from accounts.search_text import has_words, search_words
from cohorts import merging
from cohorts.access import require_some_cohort
from cohorts.forms import OrganisationForm, OrganisationSearchForm, SearchForm, SectorForm
from cohorts.keyset import keyset_page
from cohorts.models import ORGANISATION_NAME_TAKEN, Cohort, Membership, Organisation, Sector

ORGANISATIONS_PER_PAGE = 50
MAX_CANDIDATES = 20
# Organisations whose sector nobody has chosen come first, because their people count as “Other”.
ORDER = ("has_sector", "name_key", "pk")


def _organisations(user: User) -> QuerySet[Organisation]:
    """Return the organisations of people in the user's cohorts; for an administrator, all.

    Merged ones are left out.
    """
    if user.is_administrator:
        return Organisation.objects.current()
    memberships = Membership.objects.filter(cohort__in=Cohort.objects.convened_by(user))
    return Organisation.objects.current().filter(pk__in=memberships.values("organisation"))


@require_safe
def organisation_list(request: AuthenticatedRequest) -> HttpResponse:
    """List and search the organisations of the user's cohorts; for an administrator, all."""
    require_some_cohort(request.user)
    return _list_page(request, SectorForm(None, organisations=Organisation.objects.none()))


@require_POST
def organisation_sectors(request: AuthenticatedRequest) -> HttpResponse:
    """Give the ticked organisations one sector. The URL has the same parameters as the list."""
    require_some_cohort(request.user)
    form = SectorForm(post_data(request), organisations=_organisations(request.user))
    if not form.is_valid():
        return _list_page(request, form)
    keys = [one.pk for one in form.organisations]
    Organisation.objects.filter(pk__in=keys).update(sector=form.cleaned_data["sector"])
    message = ngettext(
        "Sector of %(count)d organisation saved.",
        "Sector of %(count)d organisations saved.",
        len(keys),
    )
    messages.success(request, message % {"count": len(keys)})
    query = request.GET.urlencode()
    return redirect(f"{reverse('cohorts:organisation_list')}{'?' if query else ''}{query}")


def _list_page(request: AuthenticatedRequest, form: SectorForm) -> HttpResponse:
    search = OrganisationSearchForm(request.GET)
    found = _organisations(request.user).filter(has_words(search.folded_words))
    if search.sector_chosen:
        found = found.filter(sector=search.sector_chosen)
    found = found.annotate(has_sector=Case(When(sector=Sector.OTHER, then=0), default=1))
    page = keyset_page(found, ORDER, request.GET, size=ORGANISATIONS_PER_PAGE)
    people = _count_people(page.rows)
    is_administrator = request.user.is_administrator
    context: dict[str, Any] = {
        "search": search,
        "is_searched": bool(search.words or search.sector_chosen),
        "page": page,
        "rows": [(one, people.get(one.pk, 0)) for one in page],
        "form": form,
        "merged": merging.undoable(at=timezone.now())[:10] if is_administrator else (),
    }
    return render(request, "cohorts/organisation_list.html", context)


def _count_people(organisations: list[Organisation]) -> dict[int, int]:
    """Return the number of people of each organisation, in all cohorts, by primary key."""
    members = Membership.objects.filter(organisation__in=organisations).order_by()
    counts = members.values_list("organisation").annotate(people=Count("user", distinct=True))
    return {organisation: count for organisation, count in counts if organisation}


@require_get_or_post
def organisation_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit an organisation's name and sector."""
    require_some_cohort(request.user)
    organisation = get_object_or_404(_organisations(request.user), public_id=public_id)
    name = organisation.name
    form = OrganisationForm(post_data(request), instance=organisation)
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # a concurrent request took the name
            form.add_error("name", ORGANISATION_NAME_TAKEN)
        else:
            messages.success(
                request, _("“%(organisation)s” has been saved.") % {"organisation": organisation}
            )
            return redirect("cohorts:organisation_list")
    context = {"form": form, "name": name, "organisation": organisation}
    return render(request, "cohorts/organisation_edit.html", context)


def _require_administrator(user: User) -> None:
    """Raise PermissionDenied for anybody else: a merge changes cohorts that they may not see."""
    if not user.is_administrator:
        raise PermissionDenied


@require_safe
def organisation_duplicates(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Search for the duplicate to merge into an organisation.

    At first it suggests organisations with the same first word in their name.
    """
    _require_administrator(request.user)
    organisation = get_object_or_404(Organisation.objects.current(), public_id=public_id)
    search = SearchForm(request.GET)
    search.fields["q"].label = _("Organisation")
    words = search.folded_words or search_words(organisation.name)[:1]
    others = Organisation.objects.current().exclude(pk=organisation.pk)
    found = list(others.filter(has_words(words))[:MAX_CANDIDATES])
    people = _count_people(found)
    context = {
        "organisation": organisation,
        "search": search,
        "rows": [(one, people.get(one.pk, 0)) for one in found],
        "has_more": len(found) == MAX_CANDIDATES,
    }
    return render(request, "cohorts/organisation_duplicates.html", context)


@require_get_or_post
def organisation_merge(
    request: AuthenticatedRequest, public_id: str, duplicate_id: str
) -> HttpResponse:
    """Show what a merge moves; on POST, merge the duplicate into the organisation."""
    _require_administrator(request.user)
    current = Organisation.objects.current()
    into = get_object_or_404(current, public_id=public_id)
    duplicate = get_object_or_404(current.exclude(pk=into.pk), public_id=duplicate_id)
    if request.method == "POST":
        try:
            merging.merge(duplicate, into=into, by=request.user, at=timezone.now())
        except ValidationError as error:  # a concurrent request merged one of them
            messages.error(request, " ".join(error.messages))
        else:
            facts = {"duplicate": duplicate, "organisation": into}
            messages.success(
                request,
                _("“%(duplicate)s” merged into “%(organisation)s”. You can undo it for a day.")
                % facts,
            )
        return redirect("cohorts:organisation_list")
    plan = merging.plan_merge(duplicate, into)
    context = {"into": into, "duplicate": duplicate, "plan": plan}
    return render(request, "cohorts/organisation_merge.html", context)


@require_get_or_post
def organisation_merge_undo(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Show what undoing a merge does; on POST, undo it."""
    _require_administrator(request.user)
    merged = Organisation.objects.exclude(merged_into=None).select_related("merged_into")
    duplicate = get_object_or_404(merged, public_id=public_id)
    now = timezone.now()
    if request.method == "POST":
        if merging.undo_merge(duplicate, at=now):
            messages.success(
                request, _("“%(organisation)s” is separate again.") % {"organisation": duplicate}
            )
        else:
            messages.error(request, _("This merge can’t be undone any more."))
        return redirect("cohorts:organisation_list")
    context = {"duplicate": duplicate, "can_be_undone": merging.can_be_undone(duplicate, at=now)}
    return render(request, "cohorts/organisation_merge_undo.html", context)
