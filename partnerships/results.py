"""What a cohort's page and report show about work started together, from the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Cohort, Sector
from partnerships.checks.due import is_due
from partnerships.figures import Made, Survival, made, survival
from partnerships.models import Partnership, Party
from partnerships.models.checks import MONTHS
from ui.numbers import in_words, joined_by_and


@dataclass(frozen=True)
class NamedWork:
    """One confirmed partnership as the report names it: by consent, or else by sector.

    The words of a partnership are not in it: only its kind, its status and who takes part.
    """

    kind: str
    status: str
    who: str


NOBODY_ASKED = Made()


@dataclass(frozen=True)
class Started:
    """The figures about work started together in one cohort. `is_on` is False if it has none."""

    is_on: bool
    confirmed: int = 0
    proposed: int = 0
    stopped: int = 0
    survivals: tuple[Survival, ...] = ()
    contribution: Made = NOBODY_ASKED
    works: tuple[NamedWork, ...] = ()

    @property
    def has_any(self) -> bool:
        """Return whether the cohort has any partnership. If not, the report leaves them out."""
        return self.confirmed + self.proposed > 0

    @property
    def first_survival(self) -> Survival | None:
        """Return the latest check of which at least one partnership is due."""
        shown = [one for one in self.survivals if one.is_shown]
        return shown[-1] if shown else None

    @property
    def sentence(self) -> str:
        """Return a headline such as “2 of 2 asked still running at three months”."""
        latest = self.first_survival
        return survival_sentence(latest) if latest else ""


OFF = Started(is_on=False)


def survival_sentence(one: Survival) -> str:
    """Return a sentence about how many of the partnerships asked at a check are still running.

    Partnerships that have not answered are counted separately, as neither running nor stopped.
    """
    facts = {
        "alive": one.alive,
        "due": one.due,
        "months": in_words(one.months),
        "silent": one.silent,
    }
    if not one.silent:
        return _("%(alive)d of %(due)d asked still running at %(months)s months") % facts
    sentence = ngettext(
        "%(alive)d of %(due)d asked still running at %(months)s months; "
        "%(silent)d has not answered",
        "%(alive)d of %(due)d asked still running at %(months)s months; "
        "%(silent)d have not answered",
        one.silent,
    )
    return sentence % facts


def started_of(cohort: Cohort, moment: datetime) -> Started:
    """Return the cohort's figures as of `moment`, for example of when a report was frozen.

    Makes four queries; none if the cohort doesn't use the feature.
    """
    if not cohort.uses_partnerships:
        return OFF
    return summary(current_partnerships(cohort, moment), moment)


def current_partnerships(cohort: Cohort, moment: datetime) -> list[Partnership]:
    """Return the partnerships saved and not withdrawn by `moment`. Makes four queries."""
    partnerships = Partnership.objects.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment), cohort=cohort, proposed_at__lte=moment
    )
    found = list(partnerships.prefetch_related("checks", "parties__organisation"))
    for one in found:
        one.cohort = cohort  # so that the day of each check needs no query
    return found


def summary(partnerships: list[Partnership], moment: datetime) -> Started:
    """Return the figures from `current_partnerships`. Makes no query."""
    confirmed = [one for one in partnerships if is_by(one.confirmed_at, moment)]
    return Started(
        is_on=True,
        confirmed=len(confirmed),
        proposed=len(partnerships) - len(confirmed),
        stopped=sum(is_by(one.stopped_at, moment) for one in confirmed),
        survivals=tuple(
            survival(months, statuses_at(confirmed, months, moment)) for months in MONTHS
        ),
        contribution=made(latest_contribution(one, moment) for one in confirmed),
        works=tuple(named_work_of(one) for one in confirmed),
    )


def is_by(at: datetime | None, moment: datetime) -> bool:
    """Return whether something had happened by `moment`."""
    return at is not None and at <= moment


def statuses_at(partnerships: list[Partnership], months: int, moment: datetime) -> list[str]:
    """Return the status of each partnership whose check after `months` is due by `moment`."""
    return [
        check.status if is_by(check.answered_at, moment) else ""
        for one in partnerships
        for check in one.checks.all()
        if check.months == months and is_due(one, check, moment)
    ]


def latest_contribution(partnership: Partnership, moment: datetime) -> str:
    """Return what the latest answer says the programme contributed; empty if no answer says."""
    said = [
        check.contribution
        for check in partnership.checks.all()
        if check.contribution and is_by(check.answered_at, moment)
    ]
    return said[-1] if said else ""


def named_work_of(partnership: Partnership) -> NamedWork:
    agreed = [one for one in partnership.parties.all() if one.has_agreed]
    return NamedWork(
        kind=partnership.get_kind_display(),
        status=partnership.get_status_display(),
        who=who_takes_part(agreed),
    )


def who_takes_part(agreed: list[Party]) -> str:
    """Return a phrase that lists the organisations, named only with their parties' consent.

    If an organisation has several parties, all of them must consent. Organisations without consent
    are counted by sector.
    """
    parties: dict[int, list[Party]] = {}
    for one in agreed:
        parties.setdefault(one.organisation_id, []).append(one)
    named: list[str] = []
    others: Counter[str] = Counter()
    for group in parties.values():
        if all(one.may_be_named for one in group):
            named.append(group[0].organisation.name)
        else:
            others[group[0].organisation.sector] += 1
    phrases = [unnamed(sector, others[sector]) for sector in Sector.values if others[sector]]
    return joined_by_and([*sorted(named), *phrases])


def unnamed(sector: str, count: int) -> str:
    """Return a phrase for organisations of one sector that the report may not name."""
    phrases = {
        Sector.PUBLIC: ngettext("a public body", "%(count)s public bodies", count),
        Sector.VOLUNTARY: ngettext(
            "a charity or community group", "%(count)s charities or community groups", count
        ),
        Sector.PRIVATE: ngettext("a firm", "%(count)s firms", count),
        Sector.OTHER: ngettext("another organisation", "%(count)s other organisations", count),
    }
    return phrases[Sector(sector)] % {"count": in_words(count)}
