"""Import of people into a cohort: first a plan with a result for each row, then the import.

Importing a list again adds nobody twice. Details of existing people and organisations are never
overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, normalise_email
from cohorts.enrolment import ACCOUNT_CLOSED
from cohorts.importing.people import Row, read_people
from cohorts.importing.sectors import sector_key
from cohorts.importing.serialization import serialize
from cohorts.importing.table import Table
from cohorts.models import Cohort, Membership, Organisation, PeopleFile, Sector
from programmes.text_validation import name_key


class RowResult(StrEnum):
    """The result of the import for one row of the list."""

    WRONG = "wrong"
    NEW = "new"
    JOINING = "joining"
    RETURNING = "returning"
    KNOWN = "known"
    MERGED = "merged"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return str(LABELS[self][0])

    @property
    def symbol(self) -> str:
        """A symbol to show beside the label, so that results differ by more than colour."""
        return LABELS[self][1]

    @property
    def adds_member(self) -> bool:
        """Whether the row's person becomes a member of the cohort."""
        return self in (RowResult.NEW, RowResult.JOINING, RowResult.RETURNING)


LABELS = {
    RowResult.WRONG: (gettext_lazy("Error"), "!"),
    RowResult.NEW: (gettext_lazy("New"), "+"),
    RowResult.JOINING: (gettext_lazy("Joins with existing account"), "+"),
    RowResult.RETURNING: (gettext_lazy("Comes back"), "↩"),
    RowResult.KNOWN: (gettext_lazy("Already in the cohort"), "="),
    RowResult.MERGED: (gettext_lazy("Merged"), "⤵"),
    RowResult.CANCELLED: (gettext_lazy("Not coming"), "○"),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the list, with its result in the import, and remarks for the user who imports it."""

    row: Row
    result: RowResult
    sector: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return normalise_email(self.row.email)

    @property
    def can_be_corrected(self) -> bool:
        """Whether the page offers to correct the row: it has an error or a remark."""
        return bool(self.remarks) and self.result is not RowResult.CANCELLED


@dataclass(frozen=True, slots=True)
class SectorWords:
    """Words that a list uses for a sector, the number of rows with them, and the sector they mean.

    `sector` is None if the words were not recognised.
    """

    key: str
    words: str
    rows: int
    sector: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of an import: each row of the list with its result.

    `new_sectors` maps the name keys of organisations to the sectors to save. It has the new
    organisations, and the saved ones whose sector is Other if the list states another sector.
    """

    rows: list[PlannedRow]
    sector_words: list[SectorWords]
    new_sectors: dict[str, str]

    @property
    def counts(self) -> dict[RowResult, int]:
        """The number of rows with each result, in the order of RowResult, without zeros."""
        found = Counter(planned.result for planned in self.rows)
        return {result: found[result] for result in RowResult if found[result]}

    @property
    def coming(self) -> list[PlannedRow]:
        """The rows that add a member to the cohort."""
        return [planned for planned in self.rows if planned.result.adds_member]

    def of(self, result: RowResult) -> list[PlannedRow]:
        return [planned for planned in self.rows if planned.result is result]


def plan_people(people_file: PeopleFile) -> Plan:
    """Return the plan for importing an uploaded list.

    Makes three queries, however many rows there are, besides loading the cohort.
    """
    rows = read_people(
        people_file.table, people_file.fields, people_file.sectors, people_file.corrections
    )
    return make_plan(people_file.cohort, rows)


def make_plan(cohort: Cohort, rows: list[Row]) -> Plan:
    """Return the plan for importing these rows into the cohort. Makes three queries."""
    known = _Known.load(cohort, rows)
    sectors = _new_sectors(rows, known.organisations)
    return Plan([_plan_row(row, known, sectors) for row in rows], _sector_words(rows), sectors)


def import_people(people_file: PeopleFile, *, by: User, at: datetime) -> PeopleFile:
    """Import the rows without errors, and return the list, marked as confirmed.

    Locks the list. Does nothing if the list has been imported already. The rows with errors stay
    in the list's stored table, for download.
    """
    with transaction.atomic():
        people_file = PeopleFile.objects.select_for_update().get(pk=people_file.pk)
        if people_file.is_confirmed:
            return people_file
        plan = plan_people(people_file)
        save_plan(people_file.cohort, plan, by=by, at=at, people_file=people_file)
        wrong = {planned.row.number for planned in plan.of(RowResult.WRONG)}
        people_file.content = serialize(_select_rows(people_file.table, wrong))
        people_file.corrections = {
            number: facts
            for number, facts in people_file.corrections.items()
            if int(number) in wrong
        }
        people_file.confirmed_at, people_file.outcome = at, plan.counts
        people_file.save(update_fields=["content", "corrections", "confirmed_at", "outcome"])
    return people_file


@transaction.atomic
def save_plan(
    cohort: Cohort,
    plan: Plan,
    *,
    by: User | None,
    at: datetime,
    people_file: PeopleFile | None = None,
) -> None:
    """Create the planned users, organisations and memberships in bulk, with the cohort locked.

    Uses the existing row where a concurrent request has created one.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    coming = plan.coming
    # Every import creates organisations before users, so that concurrent imports don't deadlock
    # between the two tables.
    organisations = _organisations(coming, plan.new_sectors)
    people = _people(coming)
    Membership.objects.bulk_create(
        [
            Membership(
                cohort=cohort,
                user=people[planned.email],
                organisation=organisations.get(name_key(planned.row.organisation)),
                job_title=planned.row.job_title,
                needs=planned.row.needs,
                joined_at=at,
                added_by=by,
                people_file=people_file,
            )
            for planned in coming
            if planned.email in people
        ],
        ignore_conflicts=True,
    )


def _people(coming: list[PlannedRow]) -> dict[str, User]:
    """Return a dict that maps e-mail addresses to the users of these rows. Creates new users."""
    new = [
        User(email=row.email, name=row.row.name) for row in coming if row.result is RowResult.NEW
    ]
    # Insert in a fixed order, so that concurrent imports don't deadlock.
    new.sort(key=lambda user: user.email)
    for user in new:
        user.set_unusable_password()
    User.objects.bulk_create(new, ignore_conflicts=True)
    return {
        user.email: user for user in User.objects.filter(email__in=[row.email for row in coming])
    }


def _organisations(coming: list[PlannedRow], sectors: Mapping[str, str]) -> dict[str, Organisation]:
    """Return a dict that maps name keys to the organisations of these rows.

    Creates new organisations, and replaces the sector Other of saved ones. `sectors` maps the name
    keys of these organisations to the sectors to save.
    """
    names: dict[str, str] = {}
    for planned in coming:
        names.setdefault(name_key(planned.row.organisation), planned.row.organisation)
    # Insert in a fixed order, so that concurrent imports don't deadlock.
    new = [
        Organisation(name=names[key], name_key=key, sector=sectors[key])
        for key in sorted(names)
        if key in sectors
    ]
    Organisation.objects.bulk_create(new, ignore_conflicts=True)
    for sector in Sector.values:
        keys = [key for key in sorted(names) if sectors.get(key) == sector != Sector.OTHER]
        if keys:
            of_these = Q(name_key__in=keys) | Q(merged__name_key__in=keys)
            Organisation.objects.filter(of_these, sector=Sector.OTHER).update(sector=sector)
    return Organisation.objects.by_key(names)


def _select_rows(table: Table, numbers: set[int]) -> Table:
    """Return the table with only the rows that have these numbers, and without notes."""
    rows = tuple(row for row in table.rows if row.number in numbers)
    return replace(table, rows=rows, notes=())


@dataclass(frozen=True, slots=True)
class _Known:
    """The people and organisations on a list that are in the database already.

    `people` and `active` map e-mail addresses to users and to memberships of the cohort;
    `organisations` maps name keys to organisations. `past` has the addresses of people who have
    left the cohort, some of whom may have rejoined.
    """

    people: dict[str, User]
    active: dict[str, Membership]
    past: set[str]
    organisations: dict[str, Organisation]

    @classmethod
    def load(cls, cohort: Cohort, rows: Iterable[Row]) -> _Known:
        emails = {normalise_email(row.email) for row in rows if row.email}
        keys = {name_key(row.organisation) for row in rows if row.organisation}
        memberships = list(
            Membership.objects.filter(cohort=cohort, user__email__in=emails).select_related(
                "user", "organisation"
            )
        )
        return cls(
            people={user.email: user for user in User.objects.filter(email__in=emails)},
            active={each.user.email: each for each in memberships if each.is_active},
            past={each.user.email for each in memberships if not each.is_active},
            organisations=Organisation.objects.by_key(keys),
        )


def _new_sectors(rows: list[Row], known: Mapping[str, Organisation]) -> dict[str, str]:
    """Return a dict that maps name keys to sectors (see Plan.new_sectors).

    An organisation's sector is the first one other than Other in its rows. A new organisation
    without such a row gets Other.
    """
    sectors: dict[str, str] = {}
    for row in rows:
        key = name_key(row.organisation)
        if not key or row.status != "ready" or sectors.get(key, Sector.OTHER) != Sector.OTHER:
            continue
        if key not in known or (known[key].sector == Sector.OTHER and row.sector):
            sectors[key] = row.sector or Sector.OTHER
    return sectors


def _plan_row(row: Row, known: _Known, new_sectors: Mapping[str, str]) -> PlannedRow:
    """Return the row with its result, its sector, and remarks for the user who imports it."""
    email = normalise_email(row.email)
    user, member = known.people.get(email), known.active.get(email)
    if row.status != "ready":
        remarks = [row.reason, *row.notes]
        if row.status == "cancelled" and member:
            remarks.append(
                _("They are already in the cohort, and stay in it until you remove them.")
            )
        return PlannedRow(row, RowResult(row.status), row.sector, tuple(remarks))
    if user and not user.is_active:
        return PlannedRow(row, RowResult.WRONG, row.sector, (str(ACCOUNT_CLOSED),))
    sector, remarks = _sector(row, known.organisations, new_sectors)
    if member:
        return PlannedRow(row, RowResult.KNOWN, sector, (*_differences(row, member), *row.notes))
    if user is None:
        return PlannedRow(row, RowResult.NEW, sector, (*remarks, *row.notes))
    if user.name and user.name != row.name:
        remark = _("Their account’s name, %(name)s, doesn’t change.") % {"name": user.name}
        remarks = [remark, *remarks]
    result = RowResult.RETURNING if email in known.past else RowResult.JOINING
    return PlannedRow(row, result, sector, (*remarks, *row.notes))


def _sector(
    row: Row, known: Mapping[str, Organisation], new_sectors: Mapping[str, str]
) -> tuple[str | None, list[str]]:
    """Return the sector of the row's organisation, and a remark if the row gives another sector."""
    key = name_key(row.organisation)
    if not key:
        return None, []
    organisation = known.get(key)
    sector = new_sectors.get(key) or (organisation.sector if organisation else Sector.OTHER)
    if organisation and sector != organisation.sector:
        words = _("%(organisation)s is here as Other, and becomes %(sector)s, as the file says.")
        label = Sector(sector).label
        return sector, [words % {"organisation": organisation.name, "sector": label}]
    if row.sector and row.sector != sector:
        sentence = (
            _(
                "The file says %(theirs)s. %(organisation)s is already here as %(ours)s, "
                "which doesn’t change."
            )
            if organisation
            else _("The file says %(theirs)s, but another row says %(ours)s for %(organisation)s.")
        )
        labels = {"theirs": Sector(row.sector).label, "ours": Sector(sector).label}
        return sector, [sentence % {**labels, "organisation": row.organisation}]
    return sector, []


def _differences(row: Row, member: Membership) -> list[str]:
    """Return remarks about a person who is a member already.

    The remarks name the details that differ in the list, because the import ignores them. They also
    say if the member is a facilitator.
    """
    organisation = member.organisation.name if member.organisation else ""
    pairs = (
        (_("name"), row.name, member.user.name),
        (_("organisation"), row.organisation, organisation),
        (_("job title"), row.job_title, member.job_title),
        (_("access or dietary needs"), "" if member.has_said_needs else row.needs, member.needs),
    )
    different = [
        field for field, theirs, ours in pairs if theirs and name_key(theirs) != name_key(ours)
    ]
    remarks = [_("Is a facilitator of this cohort.")] if member.is_facilitator else []
    if different:
        sentence = _("The file has a different %(fields)s. What is already here doesn’t change.")
        remarks.append(sentence % {"fields": get_text_list(different, _("and"))})
    return remarks


def _sector_words(rows: list[Row]) -> list[SectorWords]:
    """Return the distinct words for sectors, unrecognised words first, then the commonest."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.sector_words and row.status == "ready" and (key := sector_key(row.sector_words)):
            found.setdefault(key, []).append(row)
    words = [
        SectorWords(key, same[0].sector_words, len(same), same[0].sector)
        for key, same in found.items()
    ]
    return sorted(words, key=lambda each: (each.sector is not None, -each.rows, each.key))
