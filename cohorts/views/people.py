"""Views of people and organisations across cohorts."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import require_some_cohort
from cohorts.forms import OrganisationForm, SearchForm, SectorsForm
from cohorts.models import ORGANISATION_NAME_TAKEN, Cohort, Membership, Organisation

PEOPLE_PER_PAGE = 50
ORGANISATIONS_PER_PAGE = 50
# Memberships shown for each person in the list. The others are behind a link, so that a person with
# many memberships does not slow the list down.
MEMBERSHIPS_SHOWN = 3


@require_safe
def person_list(request: AuthenticatedRequest) -> HttpResponse:
    """List and search the people in the user's cohorts; for an administrator, all people.

    `?person=` shows one person with all their memberships.
    """
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
    one_person = request.GET.get("person", "")
    if one_person:
        people = people.filter(public_id=one_person)
    page = Paginator(people, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    shown, totals = _load_memberships(
        list(page), memberships, limit=None if one_person else MEMBERSHIPS_SHOWN
    )
    rows = [
        (person, shown[person.pk], totals[person.pk] - len(shown[person.pk])) for person in page
    ]
    context = {"form": form, "people": page, "rows": rows, "words": words, "one_person": one_person}
    return render(request, "cohorts/person_list.html", context)


@dataclass(frozen=True, slots=True)
class ListedMembership:
    """The parts of a membership that the list of people shows.

    A page shows up to 150 memberships, and creating the instances of three models for each is slow.
    """

    url: str
    cohort: str
    organisation: str | None
    is_facilitator: bool
    has_left: bool


def _load_memberships(
    people: list[User], memberships: QuerySet[Membership], *, limit: int | None
) -> tuple[dict[int, list[ListedMembership]], dict[int, int]]:
    """Return the newest memberships of each person, and how many memberships each person has.

    Both results are dicts, whose keys are the users' pks. The first dict has at most `limit`
    memberships of each person; None means all. Makes one query.
    """
    newest_first = Window(RowNumber(), partition_by="user", order_by=["-joined_at", "-pk"])
    total = Window(Count("pk"), partition_by="user")
    found = memberships.filter(user__in=people).annotate(rank=newest_first, total=total)
    if limit is not None:
        found = found.filter(rank__lte=limit)
    shown: dict[int, list[ListedMembership]] = defaultdict(list)
    totals: dict[int, int] = defaultdict(int)
    for user, count, public_id, cohort, organisation, role, left_at in found.order_by(
        "rank"
    ).values_list(
        "user", "total", "public_id", "cohort__name", "organisation__name", "role", "left_at"
    ):
        totals[user] = count
        shown[user].append(
            ListedMembership(
                url=reverse("cohorts:member_edit", args=[public_id]),
                cohort=cohort,
                organisation=organisation,
                is_facilitator=role == Membership.Role.FACILITATOR,
                has_left=left_at is not None,
            )
        )
    return shown, totals


def _organisations(user: User) -> QuerySet[Organisation]:
    """Return the organisations of people in the user's cohorts; for an administrator, all."""
    memberships = Membership.objects.filter(cohort__in=Cohort.objects.convened_by(user))
    organisations = Organisation.objects.order_by("name_key")
    if not user.is_administrator:
        organisations = organisations.filter(pk__in=memberships.values("organisation"))
    return organisations


@show_or_act
def organisation_list(request: AuthenticatedRequest) -> HttpResponse:
    """List organisations; on POST, save the sectors of all organisations on the page."""
    require_some_cohort(request.user)
    search = SearchForm(request.GET)
    search.fields["q"].label = _("Organisation")
    words = search.cleaned_data["q"] if search.is_valid() else ""
    organisations = _organisations(request.user).filter(name__icontains=words)
    organisations = organisations.annotate(people=Count("memberships__user", distinct=True))
    page = Paginator(organisations, ORGANISATIONS_PER_PAGE).get_page(request.GET.get("page"))
    form = SectorsForm(posted(request), organisations=list(page))
    if form.is_valid():
        changed = form.changed_organisations()
        Organisation.objects.bulk_update(changed, ["sector"])
        messages.success(request, _saved_message(len(changed)))
        return redirect(request.get_full_path())
    context = {"search": search, "page": page, "form": form, "words": words}
    return render(request, "cohorts/organisation_list.html", context)


def _saved_message(count: int) -> str:
    if not count:
        return _("You didn’t change anything.")
    return ngettext("%(count)d sector saved.", "%(count)d sectors saved.", count) % {"count": count}


@show_or_act
def organisation_edit(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Edit an organisation's name and sector."""
    require_some_cohort(request.user)
    organisation = get_object_or_404(_organisations(request.user), public_id=public_id)
    name = organisation.name
    form = OrganisationForm(posted(request), instance=organisation)
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
    return render(request, "cohorts/organisation_edit.html", {"form": form, "name": name})
