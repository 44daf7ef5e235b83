"""Partnerships that wait for an action by a facilitator or by one of their parties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from cohorts.models import Membership
from partnerships.checks.due import NEXT_PARTY_DAYS, open_check, with_due
from partnerships.links import PARTY_LINK
from partnerships.models import Check, Partnership, Party
from partnerships.models.partnerships import PartnershipQuerySet

# A partnership needs a facilitator's attention if it is still unconfirmed ONE_SIDED_AFTER it was
# proposed, or if a check is still unanswered SILENT_AFTER it was due.
ONE_SIDED_AFTER = timedelta(days=7)
SILENT_AFTER = timedelta(days=2 * NEXT_PARTY_DAYS)
# After this time, facilitators are not reminded any more.
REMINDED_FOR = timedelta(days=60)


def needing_facilitator(moment: Any) -> PartnershipQuerySet:
    """Return the partnerships that wait for confirmation or for an answer to a check for too long.

    `moment` is a time or a query parameter. Leaves out cohorts that don't use the feature.
    """
    silent = with_due(Check.objects.filter(partnership=OuterRef("pk"), answered_at=None)).filter(
        due_at__lte=moment - SILENT_AFTER,
        due_at__gt=moment - SILENT_AFTER - REMINDED_FOR,
        due_at__gte=F("settled_at"),
    )
    one_sided = Q(
        confirmed_at=None,
        proposed_at__lte=moment - ONE_SIDED_AFTER,
        proposed_at__gt=moment - ONE_SIDED_AFTER - REMINDED_FOR,
    )
    return Partnership.objects.current().filter(
        one_sided | Q(Exists(silent), confirmed_at__isnull=False),
        cohort__uses_partnerships=True,
        stopped_at=None,
    )


@dataclass(frozen=True)
class OwnWork:
    """One partnership of a member, with what the member is asked about it.

    `link` is the path of the page on which they answer.
    """

    partnership: Partnership
    asks_to_agree: bool
    asks_how_it_goes: bool
    link: str


def own_work(membership: Membership, moment: datetime) -> list[OwnWork]:
    """Return the member's open partnerships. Those that wait for the member's answer come first.

    Makes at most two queries; none if the cohort doesn't use the feature.
    """
    if not membership.cohort.uses_partnerships:
        return []
    parties = (
        Party.objects.filter(
            membership=membership,
            declined_at=None,
            partnership__withdrawn_at=None,
            partnership__stopped_at=None,
        )
        .select_related("partnership")
        .prefetch_related("partnership__checks")
        .order_by("-pk")
    )
    found = []
    for one in parties:
        one.partnership.cohort = membership.cohort
        asks = one.has_agreed and open_check(one.partnership, moment) is not None
        link = PARTY_LINK.path(one.public_id)
        found.append(OwnWork(one.partnership, not one.has_agreed, asks, link))
    return sorted(found, key=lambda one: not (one.asks_to_agree or one.asks_how_it_goes))


@dataclass(frozen=True)
class Counts:
    """The numbers of confirmed and of unconfirmed partnerships in a cohort."""

    confirmed: int
    proposed: int


def work_counts() -> dict[str, Any]:
    """Return the annotations, for a query of cohorts, that `counts_of` reads."""
    current = Partnership.objects.current().order_by().filter(cohort=OuterRef("pk"))
    return {
        name: Subquery(
            rows.values("cohort").annotate(number=Count("pk")).values("number"),
        )
        for name, rows in (
            ("confirmed_work", current.filter(confirmed_at__isnull=False)),
            ("proposed_work", current.filter(confirmed_at=None)),
        )
    }


def counts_of(cohort: Any) -> Counts | None:
    """Return the counts of a cohort that is annotated with `work_counts`. Makes no query.

    Returns None if the cohort doesn't use the feature.
    """
    if not cohort.uses_partnerships:
        return None
    return Counts(cohort.confirmed_work or 0, cohort.proposed_work or 0)
