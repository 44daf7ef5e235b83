"""Import of people into a cohort: first a plan with a result for each row, then the import.

Importing a list again changes nothing. People's existing details are never overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, tidy_email
from cohorts.enrolment import ACCOUNT_CLOSED
from cohorts.importing.people import Row, read_people
from cohorts.importing.sectors import sector_key
from cohorts.importing.serialization import serialize
from cohorts.importing.table import Table
from cohorts.models import Cohort, Membership, Organisation, PeopleFile, Sector
from programmes.text_validation import name_key


class RowResult(StrEnum):
    """What the import does with a row."""

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
    def shape(self) -> str:
        """A symbol beside the label, so that results differ by more than colour."""
        return LABELS[self][1]

    @property
    def comes_in(self) -> bool:
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
    """A row of the list, with what the import does with it and why."""

    row: Row
    result: RowResult
    sector: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return tidy_email(self.row.email)


@dataclass(frozen=True, slots=True)
class SectorWords:
    """Words for a sector in the list, the number of rows with them, and the sector they mean."""

    key: str
    words: str
    rows: int
    sector: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a list would do."""

    rows: list[PlannedRow]
    sector_words: list[SectorWords]
    new_sectors: dict[str, str]

    @property
    def counts(self) -> dict[RowResult, int]:
        """The number of rows by result, in the order of RowResult, without zeros."""
        found = Counter(planned.result for planned in self.rows)
        return {result: found[result] for result in RowResult if found[result]}

    @property
    def coming(self) -> list[PlannedRow]:
        return [planned for planned in self.rows if planned.result.comes_in]

    def of(self, result: RowResult) -> list[PlannedRow]:
        return [planned for planned in self.rows if planned.result is result]


def plan_people(people_file: PeopleFile) -> Plan:
    """Plan the import of a list. Three queries, however many rows."""
    return make_plan(
        people_file.cohort, read_people(people_file.table, people_file.fields, people_file.sectors)
    )


def make_plan(cohort: Cohort, rows: list[Row]) -> Plan:
    known = _Known.load(cohort, rows)
    sectors = _new_sectors(rows, known.organisations)
    return Plan([_plan_row(row, known, sectors) for row in rows], _sector_words(rows), sectors)


def import_people(people_file: PeopleFile, *, by: User, at: datetime) -> PeopleFile:
    """Import the rows without errors, once; a second call changes nothing.

    The rows with errors stay in the file, for download.
    """
    with transaction.atomic():
        people_file = PeopleFile.objects.select_for_update().get(pk=people_file.pk)
        if people_file.is_confirmed:
            return people_file
        plan = plan_people(people_file)
        save_plan(people_file.cohort, plan, by=by, at=at)
        wrong = {planned.row.number for planned in plan.of(RowResult.WRONG)}
        people_file.content = serialize(_only(people_file.table, wrong))
        people_file.confirmed_at, people_file.outcome = at, plan.counts
        people_file.save(update_fields=["content", "confirmed_at", "outcome"])
    return people_file


@transaction.atomic
def save_plan(cohort: Cohort, plan: Plan, *, by: User | None, at: datetime) -> None:
    """Save the planned rows in bulk, ignoring people who were added concurrently."""
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    coming = plan.coming
    # Always in this order and sorted by key, so that concurrent imports can't deadlock.
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
            )
            for planned in coming
            if planned.email in people
        ],
        ignore_conflicts=True,
    )


def _people(coming: list[PlannedRow]) -> dict[str, User]:
    """Return users by e-mail address. Creates missing ones."""
    new = [
        User(email=row.email, name=row.row.name) for row in coming if row.result is RowResult.NEW
    ]
    new.sort(key=lambda user: user.email)
    for user in new:
        user.set_unusable_password()
    User.objects.bulk_create(new, ignore_conflicts=True)
    return {
        user.email: user for user in User.objects.filter(email__in=[row.email for row in coming])
    }


def _organisations(coming: list[PlannedRow], sectors: Mapping[str, str]) -> dict[str, Organisation]:
    """Return organisations by name key. Creates missing ones."""
    names: dict[str, str] = {}
    for planned in coming:
        names.setdefault(name_key(planned.row.organisation), planned.row.organisation)
    new = [
        Organisation(name=names[key], name_key=key, sector=sectors[key])
        for key in names
        if key in sectors
    ]
    Organisation.objects.bulk_create(new, ignore_conflicts=True)
    return {org.name_key: org for org in Organisation.objects.filter(name_key__in=names)}


def _only(table: Table, numbers: set[int]) -> Table:
    return Table(
        headings=table.headings,
        rows=tuple(row for row in table.rows if row.number in numbers),
        has_headings=table.has_headings,
        heading_row=table.heading_row,
        sheet=table.sheet,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database holds about the people and organisations on a list."""

    people: dict[str, User]
    active: dict[str, Membership]
    past: set[str]
    organisations: dict[str, Organisation]

    @classmethod
    def load(cls, cohort: Cohort, rows: Iterable[Row]) -> _Known:
        emails = {tidy_email(row.email) for row in rows if row.email}
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
            organisations={
                org.name_key: org for org in Organisation.objects.filter(name_key__in=keys)
            },
        )


def _new_sectors(rows: list[Row], known: Mapping[str, Organisation]) -> dict[str, str]:
    """Return the sector of each new organisation, from the first row that gives one."""
    sectors: dict[str, str] = {}
    for row in rows:
        key = name_key(row.organisation)
        if (
            key
            and key not in known
            and row.status == "ready"
            and sectors.get(key, Sector.OTHER) == Sector.OTHER
        ):
            sectors[key] = row.sector or Sector.OTHER
    return sectors


def _plan_row(row: Row, known: _Known, new_sectors: Mapping[str, str]) -> PlannedRow:
    email = tidy_email(row.email)
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
    """Return the organisation's sector, and remarks if the row gives another one."""
    key = name_key(row.organisation)
    if not key:
        return None, []
    organisation = known.get(key)
    sector = organisation.sector if organisation else new_sectors[key]
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
    """Return remarks on what the list says differently about a member. It changes nothing."""
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
    """Return the distinct words for sectors: unknown ones first, then the commonest."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.sector_words and row.status == "ready" and (key := sector_key(row.sector_words)):
            found.setdefault(key, []).append(row)
    words = [
        SectorWords(key, same[0].sector_words, len(same), same[0].sector)
        for key, same in found.items()
    ]
    return sorted(words, key=lambda each: (each.sector is not None, -each.rows, each.key))
