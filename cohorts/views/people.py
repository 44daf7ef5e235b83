"""Views of people and organisations across cohorts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest, posted, show_or_act
from cohorts.access import require_some_cohort
from cohorts.csv_writer import csv_download
from cohorts.forms import OrganisationForm, PeopleForm, SearchForm, SectorsForm
from cohorts.keyset import every_row, keyset_page
from cohorts.models import ORGANISATION_NAME_TAKEN, Cohort, Membership, Organisation

PEOPLE_PER_PAGE = 50
ORGANISATIONS_PER_PAGE = 50
# The list shows at most this many memberships of each person, and a link to the others. So a person
# with many memberships does not slow the list down.
MEMBERSHIPS_SHOWN = 3


@require_safe
def person_list(request: AuthenticatedRequest) -> HttpResponse:
    """List and search the people in the user's cohorts; for an administrator, all people.

    `?person=` shows one person with all their memberships.
    """
    require_some_cohort(request.user)
    memberships = _memberships(request.user)
    form = PeopleForm(request.GET)
    people, order = _people(request.user, memberships, form)
    one_person = request.GET.get("person", "")
    if one_person:
        people = people.filter(public_id=one_person)
    page = keyset_page(people, order, request.GET, size=PEOPLE_PER_PAGE)
    shown, totals = _load_memberships(
        page.rows, memberships, limit=None if one_person else MEMBERSHIPS_SHOWN
    )
    rows = [
        (person, shown[person.pk], totals[person.pk] - len(shown[person.pk])) for person in page
    ]
    context = {
        "form": form,
        "people": page,
        "count": people.count(),
        "rows": rows,
        "words": form.words,
        "one_person": one_person,
    }
    return render(request, "cohorts/person_list.html", context)


@require_safe
def person_export(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """Download the people that `person_list` lists, on all its pages: a row for each membership."""
    require_some_cohort(request.user)
    memberships = _memberships(request.user)
    people, order = _people(request.user, memberships, PeopleForm(request.GET))
    heading = (
        *(_("Name"), _("E-mail address"), _("Cohort"), _("Organisation")),
        *(_("Takes part as"), _("Left")),
    )
    rows = chain([heading], _export_rows(every_row(people, order), memberships))
    return csv_download(rows, "people.csv")


def _export_rows(
    batches: Iterable[list[User]], memberships: QuerySet[Membership]
) -> Iterator[tuple[object, ...]]:
    for people in batches:
        shown, _totals = _load_memberships(people, memberships, limit=None)
        for person in people:
            for one in shown[person.pk] or [NO_MEMBERSHIP]:
                yield (
                    *(person.name, person.email, one.cohort, one.organisation),
                    *(one.role_label, one.left_on),
                )


def _memberships(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(cohort__in=Cohort.objects.convened_by(user))


def _people(
    user: User, memberships: QuerySet[Membership], form: PeopleForm
) -> tuple[QuerySet[User], Sequence[str]]:
    """Return the people whom the user may see and the form finds, and the names of the sort keys.

    People are sorted by the organisation of their newest membership; those without one come last.
    """
    people = User.objects.filter(erased_at=None)
    if not user.is_administrator:
        people = people.filter(pk__in=memberships.values("user"))
    for word in form.words.split():
        at_work = memberships.filter(organisation__name__icontains=word)
        people = people.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=at_work.values("user"))
        )
    if form.sort_by != PeopleForm.ORGANISATION:
        return people, ("name", "pk")
    newest = memberships.filter(user=OuterRef("pk")).order_by("-joined_at", "-pk")
    key = Coalesce(Subquery(newest.values("organisation__name_key")[:1]), Value(""))
    without_last = Case(When(organisation_key="", then=1), default=0)
    people = people.annotate(organisation_key=key, without_organisation=without_last)
    return people, ("without_organisation", "organisation_key", "name", "pk")


@dataclass(frozen=True, slots=True)
class ListedMembership:
    """The parts of a membership that the list of people shows.

    A page shows up to 150 memberships, and creating the instances of three models for each is slow.
    """

    url: str
    cohort: str
    organisation: str | None
    role: str
    left_at: datetime | None

    @property
    def is_facilitator(self) -> bool:
        return self.role == Membership.Role.FACILITATOR

    @property
    def has_left(self) -> bool:
        return self.left_at is not None

    @property
    def role_label(self) -> str:
        return str(Membership.Role(self.role).label) if self.role else ""

    @property
    def left_on(self) -> str:
        return self.left_at.date().isoformat() if self.left_at else ""


NO_MEMBERSHIP = ListedMembership("", "", None, "", None)


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
                role=role,
                left_at=left_at,
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
