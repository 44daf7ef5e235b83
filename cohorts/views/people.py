"""Views of people across cohorts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import (
    Case,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import AuthenticatedRequest
from accounts.search_text import AnyOf
from cohorts.access import require_some_cohort
from cohorts.csv_writer import csv_download
from cohorts.forms import PeopleFiltersForm, PeopleForm
from cohorts.keyset import every_row, keyset_page
from cohorts.models import Cohort, Membership, Organisation
from outbox.models import SuppressedAddress

PEOPLE_PER_PAGE = 50
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
    form = _form(request)
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
        "rows": rows,
        "is_searched": bool(form.is_used or one_person),
        "one_person": one_person,
    }
    return render(request, "cohorts/person_list.html", context)


@require_safe
def person_export(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """Download the people that `person_list` lists, on all its pages: a row for each membership."""
    require_some_cohort(request.user)
    memberships = _memberships(request.user)
    people, order = _people(request.user, memberships, _form(request))
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
    if user.is_administrator:
        return Membership.objects.all()
    return Membership.objects.filter(cohort__in=Cohort.objects.convened_by(user))


def _form(request: AuthenticatedRequest) -> PeopleFiltersForm:
    cohorts = Cohort.objects.convened_by(request.user)
    return PeopleFiltersForm(
        request.GET, user=request.user, cohorts=cohorts, at=timezone.now(), with_archived=True
    )


def _people(
    user: User, memberships: QuerySet[Membership], form: PeopleFiltersForm
) -> tuple[QuerySet[User], Sequence[str]]:
    """Return the people whom the user may see and the form finds, and the names of the sort keys.

    If sorted by organisation, it is that of their newest membership; those without come last.
    """
    people = User.objects.filter(erased_at=None)
    if form.chosen:
        memberships = memberships.filter(cohort__in=form.filtered().order_by().values("pk"))
    if form.chosen or not user.is_administrator:
        people = people.filter(pk__in=memberships.order_by().values("user"))
    for word in form.folded_words:
        people = people.filter(_has_word(word, memberships, is_alone=len(form.folded_words) == 1))
    if form.sort_by == PeopleForm.ATTENTION:
        unreached = Q(email="") | Q(email__in=SuppressedAddress.objects.values("address"))
        people = people.annotate(is_reached=Case(When(unreached, then=0), default=1))
        return people, ("is_reached", "name", "pk")
    if form.sort_by != PeopleForm.ORGANISATION:
        return people, ("name", "pk")
    newest = memberships.filter(user=OuterRef("pk")).order_by("-joined_at", "-pk")
    key = Coalesce(Subquery(newest.values("organisation__name_key")[:1]), Value(""))
    without_last = Case(When(organisation_key="", then=1), default=0)
    people = people.annotate(organisation_key=key, without_organisation=without_last)
    return people, ("without_organisation", "organisation_key", "name", "pk")


def _has_word(word: str, memberships: QuerySet[Membership], *, is_alone: bool) -> Q:
    """Return a condition: the word is in the person's name or address, or in an organisation's.

    The organisations are those of these memberships. If another word may leave few people of many,
    a hashed subquery is faster than `AnyOf`, which searches its array from the start each time.
    """
    organisations = Organisation.objects.filter(search_text__contains=word).order_by().values("pk")
    at_work = memberships.filter(organisation__in=organisations).order_by().values("user")
    works_there = Q(AnyOf("pk", Subquery(at_work))) if is_alone else Q(pk__in=at_work)
    return Q(search_text__contains=word) | works_there


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
