"""Filters of lists by cohort: the selects that narrow a list of cohorts, reports or people.

Apps to the right of this one add filters in `config/hooks.py` (COHORT_FILTERS).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.search_text import fold_text
from cohorts.models import CohortQuerySet, Membership

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Choices = Iterable[tuple[str, "StrOrPromise"]]


@dataclass(frozen=True)
class CohortFilter:
    """A select that narrows a list of cohorts. Its name is the parameter in the URL.

    `choices(cohorts)` returns the choices, or `stored(cohorts)` a queryset of their keys and
    labels, so that one query finds the choices of several filters. `narrow(cohorts, key, moment)`
    returns the cohorts that match one of the choices. If `conveners_only`, the filter considers
    only cohorts that the user runs, because participants may not know what it filters by.
    """

    name: str
    label: StrOrPromise
    narrow: Callable[[CohortQuerySet, str, datetime], CohortQuerySet]
    choices: Callable[[CohortQuerySet], Choices] = lambda cohorts: ()
    stored: Callable[[CohortQuerySet], QuerySet[Any, tuple[Any, ...]]] | None = None
    conveners_only: bool = False


def cohort_filters() -> list[CohortFilter]:
    return [import_string(path) for path in settings.COHORT_FILTERS]


def stored_choices(
    filters: Iterable[CohortFilter], cohorts: CohortQuerySet, convened: CohortQuerySet
) -> dict[str, list[tuple[str, str]]]:
    """Return the stored choices of the filters, by name, sorted by label. Makes one query."""
    choices: dict[str, list[tuple[str, str]]] = defaultdict(list)
    parts = [
        one.stored((convened if one.conveners_only else cohorts).order_by())
        .annotate(filter_name=Value(one.name, CharField()))
        .distinct()
        for one in filters
        if one.stored
    ]
    for key, label, name in parts[0].union(*parts[1:]):
        choices[name].append((str(key), str(label)))
    for found in choices.values():
        found.sort(key=lambda choice: fold_text(choice[1]))
    return choices


def _facilitators(cohorts: CohortQuerySet) -> QuerySet[Any, tuple[Any, ...]]:
    facilitating = Membership.objects.active().facilitating().order_by()
    here = facilitating.filter(cohort__in=cohorts.values("pk"))
    shown = Case(When(user__name="", then="user__email"), default="user__name")
    return here.annotate(shown=shown).values_list("user__public_id", "shown")


def _facilitated(cohorts: CohortQuerySet, value: str, moment: datetime) -> CohortQuerySet:
    facilitating = Membership.objects.active().facilitating()
    return cohorts.filter(pk__in=facilitating.filter(user__public_id=value).values("cohort"))


PROGRAMME = CohortFilter(
    name="programme",
    label=_("Programme"),
    stored=lambda cohorts: cohorts.values_list("programme__public_id", "programme__name"),
    narrow=lambda cohorts, value, moment: cohorts.filter(programme__public_id=value),
)
PLACE = CohortFilter(
    name="place",
    label=_("Place"),
    stored=lambda cohorts: cohorts.values_list("place", F("place")),
    narrow=lambda cohorts, value, moment: cohorts.filter(place=value),
)
FACILITATOR = CohortFilter(
    name="facilitator",
    label=_("Facilitator"),
    stored=_facilitators,
    narrow=_facilitated,
)
FUNDER = CohortFilter(
    name="funder",
    label=_("Funder"),
    stored=lambda cohorts: cohorts.exclude(funder="").values_list("funder", F("funder")),
    narrow=lambda cohorts, value, moment: cohorts.filter(funder=value),
    conveners_only=True,
)
