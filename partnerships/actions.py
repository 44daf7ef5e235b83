"""Actions on partnerships and ripples. Each is atomic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min

from accounts.models import User
from cohorts.enrolment import organisation_named
from cohorts.models import Cohort, Membership, Organisation
from partnerships.agreement import update_confirmation
from partnerships.contacts import delete_contacts
from partnerships.models import Check, Partnership, Party, Ripple, Status
from partnerships.models.checks import MONTHS
from partnerships.report_offers import withdraw_quotes_about
from ui import dates
from workshops.models import Workshop

FACTS = ("title", "what", "kind", "begun_on", "first_step", "first_step_on", "status")


class WithdrawnError(Exception):
    """Raised if a partnership can't be changed, because it is withdrawn."""


@dataclass(frozen=True)
class OutsideContact:
    """Somebody outside the cohort who takes part, and their organisation."""

    name: str
    email: str
    organisation: str
    sector: str


def first_day(cohort: Cohort) -> date:
    """Return the earliest day on which work in the cohort can have begun.

    That is the day of the first workshop, or the day the cohort was made if that was earlier. Makes
    one query.
    """
    workshops = Workshop.objects.filter(cohort=cohort, cancelled_at=None)
    first = workshops.aggregate(first=Min("starts_at"))["first"]
    return dates.day_of(min(first or cohort.made_at, cohort.made_at), cohort.zone)


@transaction.atomic
def start(
    *,
    cohort: Cohort,
    facts: Mapping[str, Any],
    members: Iterable[Membership],
    outside: OutsideContact | None,
    by: Membership,
    may_be_named: bool,
    at: datetime,
) -> Partnership:
    """Save a commitment: the partnership, its parties and its three checks.

    A participant who starts a partnership becomes a party and thereby agrees. A facilitator doesn't
    become a party.
    """
    partnership: Partnership = Partnership.objects.create(
        cohort=cohort,
        **{name: facts[name] for name in FACTS if name in facts},
        dated_at=at,
        proposed_at=at,
        proposed_by=by.user,
    )
    Check.objects.bulk_create(Check(partnership=partnership, months=months) for months in MONTHS)
    if not by.is_facilitator:
        add_member(partnership, by, at=at, agreed=True, may_be_named=may_be_named)
    for member in members:
        add_member(partnership, member, at=at)
    if outside:
        add_outside(partnership, outside, at=at)
    return partnership


def add_member(
    partnership: Partnership,
    member: Membership,
    *,
    at: datetime,
    agreed: bool = False,
    may_be_named: bool = False,
) -> Party:
    party: Party = Party.objects.create(
        partnership=partnership,
        organisation=organisation_of(member),
        membership=member,
        added_at=at,
        agreed_at=at if agreed else None,
        may_be_named=may_be_named,
    )
    return party


def organisation_of(member: Membership) -> Organisation:
    """Return the member's organisation. Raises ValueError if they have none."""
    if member.organisation is None:
        raise ValueError("Only somebody of an organisation can take part.")
    return member.organisation


def add_outside(partnership: Partnership, contact: OutsideContact, *, at: datetime) -> Party:
    organisation = organisation_named(name=contact.organisation, sector=contact.sector)
    if organisation is None:
        raise ValueError("Only somebody of an organisation can take part.")
    party: Party = Party.objects.create(
        partnership=partnership,
        organisation=organisation,
        name=contact.name,
        email=contact.email,
        added_at=at,
    )
    return party


@transaction.atomic
def add_parties(
    *,
    partnership: Partnership,
    members: Iterable[Membership],
    outside: OutsideContact | None,
    at: datetime,
) -> None:
    """Add people to a partnership. Each is asked whether they agree. Raises WithdrawnError."""
    lock_open(partnership)
    for member in members:
        add_member(partnership, member, at=at)
    if outside:
        add_outside(partnership, outside, at=at)


@transaction.atomic
def remove_party(*, party: Party, at: datetime) -> None:
    """Remove a party and erase the e-mails to it. May undo the partnership's confirmation.

    Raises WithdrawnError.
    """
    partnership = lock_open(party.partnership)
    delete_contacts(Party.objects.filter(pk=party.pk), at=at)
    Party.objects.filter(pk=party.pk).delete()
    update_confirmation(partnership, at=at)


@transaction.atomic
def change(*, partnership: Partnership, facts: Mapping[str, Any], at: datetime) -> None:
    """Save changed facts. If the day the work began changes, the due days of its checks change too.

    The status can't become STOPPED here: see `stop`. Raises WithdrawnError.
    """
    locked = lock_open(partnership)
    if facts["begun_on"] != locked.begun_on:
        locked.dated_at = at
    for name in FACTS:
        setattr(locked, name, facts[name])
    if locked.status != Status.STOPPED:  # the work was resumed
        locked.stopped_at, locked.learned = None, ""
    locked.save()


@transaction.atomic
def stop(*, partnership: Partnership, learned: str, at: datetime) -> None:
    """Save that the work has stopped, and what people learned. No further check is sent.

    Raises WithdrawnError.
    """
    locked = lock_open(partnership)
    locked.status, locked.learned = Status.STOPPED, learned
    locked.stopped_at = locked.stopped_at or at
    locked.save(update_fields=["status", "learned", "stopped_at"])


@transaction.atomic
def withdraw(*, partnership: Partnership, by: User, at: datetime) -> None:
    """Withdraw a partnership: leave it out of figures, disable its links, and stop its e-mails.

    Deletes its outside contacts and the quotes about it that people offered to the report. Does
    nothing if the partnership is withdrawn already.
    """
    locked = Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)
    if locked.is_withdrawn:
        return
    locked.withdrawn_at, locked.withdrawn_by = at, by
    locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    delete_contacts(Party.objects.filter(partnership=locked), at=at)
    withdraw_quotes_about(locked, at=at)


def lock_open(partnership: Partnership) -> Partnership:
    """Lock and return the partnership. Raises WithdrawnError."""
    locked: Partnership = Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)
    if locked.is_withdrawn:
        raise WithdrawnError
    return locked


def add_ripple(*, cohort: Cohort, facts: Mapping[str, Any], by: User, at: datetime) -> Ripple:
    return Ripple.objects.create(cohort=cohort, **facts, added_by=by, added_at=at)


def delete_ripple(ripple: Ripple) -> None:
    """Delete a ripple. Those that followed it stay."""
    ripple.delete()
