"""A list of people brought into a cohort: first the plan, row by row, then all good rows at once.

Bringing the same list in again changes nothing: who is here already is known, and nobody's particulars are overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.text import get_text_list

from accounts.models import User, tidy_email
from cohorts.enrolment import ACCOUNT_CLOSED
from cohorts.importing.people import Row, read_people
from cohorts.importing.sectors import sector_key
from cohorts.importing.serialization import packed
from cohorts.importing.table import Table
from cohorts.models import Cohort, Membership, Organisation, PeopleFile, Sector, name_key


class Fate(StrEnum):
    """What becomes of a row."""

    WRONG = "wrong"
    NEW = "new"
    JOINING = "joining"
    RETURNING = "returning"
    KNOWN = "known"
    MERGED = "merged"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return FATES[self][0]

    @property
    def shape(self) -> str:
        """A sign beside the word, so that nobody has to tell them apart by colour."""
        return FATES[self][1]

    @property
    def comes_in(self) -> bool:
        return self in (Fate.NEW, Fate.JOINING, Fate.RETURNING)


FATES = {
    Fate.WRONG: ("Wrong", "!"),
    Fate.NEW: ("New", "+"),
    Fate.JOINING: ("Joins with the account they have", "+"),
    Fate.RETURNING: ("Comes back", "↩"),
    Fate.KNOWN: ("In the cohort already", "="),
    Fate.MERGED: ("Merged", "⤵"),
    Fate.CANCELLED: ("Not coming", "○"),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the list as it will be once it is brought in, and why."""

    row: Row
    fate: Fate
    sector: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return tidy_email(self.row.email)


@dataclass(frozen=True, slots=True)
class SectorWords:
    """People's own words for their sector, on so many rows, and what we take them for."""

    key: str
    words: str
    rows: int
    sector: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What bringing a list in would do."""

    rows: list[PlannedRow]
    sector_words: list[SectorWords]
    new_sectors: dict[str, str]

    @property
    def counts(self) -> dict[Fate, int]:
        """How many rows go each way, in the order of Fate; ways that no row goes are left out."""
        found = Counter(planned.fate for planned in self.rows)
        return {fate: found[fate] for fate in Fate if found[fate]}

    @property
    def coming(self) -> list[PlannedRow]:
        return [planned for planned in self.rows if planned.fate.comes_in]

    def of(self, fate: Fate) -> list[PlannedRow]:
        return [planned for planned in self.rows if planned.fate is fate]


def plan_people(people_file: PeopleFile) -> Plan:
    """What the list would do to its cohort now. Three queries, however many rows."""
    return make_plan(
        people_file.cohort, read_people(people_file.table, people_file.fields, people_file.sectors)
    )


def make_plan(cohort: Cohort, rows: list[Row]) -> Plan:
    known = _What.is_known_of(cohort, rows)
    sectors = _new_sectors(rows, known.organisations)
    return Plan([_plan_row(row, known, sectors) for row in rows], _sector_words(rows), sectors)


def bring_in(people_file: PeopleFile, *, by: User, at: datetime) -> PeopleFile:
    """Saves all good rows of a list, once: a second call changes nothing. What was wrong is kept for the download."""
    with transaction.atomic():
        people_file = PeopleFile.objects.select_for_update().get(pk=people_file.pk)
        if people_file.is_confirmed:
            return people_file
        plan = plan_people(people_file)
        save_plan(people_file.cohort, plan, by=by, at=at)
        wrong = {planned.row.number for planned in plan.of(Fate.WRONG)}
        people_file.content = packed(_only(people_file.table, wrong))
        people_file.confirmed_at, people_file.outcome = at, plan.counts
        people_file.save(update_fields=["content", "confirmed_at", "outcome"])
    return people_file


@transaction.atomic
def save_plan(cohort: Cohort, plan: Plan, *, by: User | None, at: datetime) -> None:
    """Everybody who comes in, with bulk statements; who was added meanwhile by somebody else is left as they are."""
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    coming = plan.coming
    # In this order, each by its key: of two lists saved at once one waits, and never both for each other.
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
    """The coming's accounts by address, made where there is none."""
    new = [User(email=row.email, name=row.row.name) for row in coming if row.fate is Fate.NEW]
    new.sort(key=lambda user: user.email)
    for user in new:
        user.set_unusable_password()
    User.objects.bulk_create(new, ignore_conflicts=True)
    return {
        user.email: user for user in User.objects.filter(email__in=[row.email for row in coming])
    }


def _organisations(coming: list[PlannedRow], sectors: Mapping[str, str]) -> dict[str, Organisation]:
    """The coming's organisations by key, made where there is none."""
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
class _What:
    """What is known already of the people and organisations on a list."""

    people: dict[str, User]
    active: dict[str, Membership]
    past: set[str]
    organisations: dict[str, Organisation]

    @classmethod
    def is_known_of(cls, cohort: Cohort, rows: Iterable[Row]) -> _What:
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
    """The sector of each organisation that is new to us: what the first row says that says anything."""
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


def _plan_row(row: Row, known: _What, new_sectors: Mapping[str, str]) -> PlannedRow:
    email = tidy_email(row.email)
    user, member = known.people.get(email), known.active.get(email)
    if row.status != "ready":
        remarks = [row.reason, *row.notes]
        if row.status == "cancelled" and member:
            remarks.append("They are in the cohort now, and stay in it until you remove them.")
        return PlannedRow(row, Fate(row.status), row.sector, tuple(remarks))
    if user and not user.is_active:
        return PlannedRow(row, Fate.WRONG, row.sector, (ACCOUNT_CLOSED,))
    sector, remarks = _sector(row, known.organisations, new_sectors)
    if member:
        return PlannedRow(row, Fate.KNOWN, sector, (*_differences(row, member), *row.notes))
    if user is None:
        return PlannedRow(row, Fate.NEW, sector, (*remarks, *row.notes))
    if user.name and user.name != row.name:
        remarks = [f"Their account has the name {user.name}, which is kept.", *remarks]
    fate = Fate.RETURNING if email in known.past else Fate.JOINING
    return PlannedRow(row, fate, sector, (*remarks, *row.notes))


def _sector(
    row: Row, known: Mapping[str, Organisation], new_sectors: Mapping[str, str]
) -> tuple[str | None, list[str]]:
    """The sector that the row's organisation will have, and what to say when the row says another."""
    key = name_key(row.organisation)
    if not key:
        return None, []
    organisation = known.get(key)
    sector = organisation.sector if organisation else new_sectors[key]
    if row.sector and row.sector != sector:
        said, kept = Sector(row.sector).label, Sector(sector).label
        source = "stands with us" if organisation else "is on another row"
        return sector, [
            f"The file says {said}. {row.organisation} {source} as {kept}, which is kept."
        ]
    return sector, []


def _differences(row: Row, member: Membership) -> list[str]:
    """What the list says otherwise of somebody who is here. Nothing is changed by it."""
    organisation = member.organisation.name if member.organisation else ""
    pairs = (
        ("name", row.name, member.user.name),
        ("organisation", row.organisation, organisation),
        ("job title", row.job_title, member.job_title),
        ("access or dietary needs", "" if member.has_said_needs else row.needs, member.needs),
    )
    other = [what for what, said, kept in pairs if said and name_key(said) != name_key(kept)]
    remarks = (
        [
            f"The file says otherwise about their {get_text_list(other, 'and')}. What we have is kept."
        ]
        if other
        else []
    )
    return ["Is a facilitator of this cohort.", *remarks] if member.is_facilitator else remarks


def _sector_words(rows: list[Row]) -> list[SectorWords]:
    """The different words for sectors on rows that may come in: those we do not know first, then the commonest."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.sector_words and row.status == "ready" and (key := sector_key(row.sector_words)):
            found.setdefault(key, []).append(row)
    words = [
        SectorWords(key, same[0].sector_words, len(same), same[0].sector)
        for key, same in found.items()
    ]
    return sorted(words, key=lambda each: (each.sector is not None, -each.rows, each.key))
