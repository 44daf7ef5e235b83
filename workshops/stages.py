"""The stage of a cohort, by the dates of its workshops, and the filters by stage and by year."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Case, Count, Max, Min, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cohorts.filters import Choices, CohortFilter
from cohorts.models import CohortQuerySet
from workshops.models import Workshop

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Stage(models.TextChoices):
    """The stage of a cohort, in the order of the filter's choices."""

    SOON = "soon", _("Starts soon")
    RUNNING = "running", _("Running")
    PLANNED = "planned", _("Being planned")
    FINISHED = "finished", _("Finished")
    ARCHIVED = "archived", _("Archived")


def with_stage(cohorts: CohortQuerySet, moment: datetime) -> CohortQuerySet:
    """Annotate each cohort with its `stage`, and with `next_starts_at`: NEVER if there is none.

    The next workshop is the one in progress, or else the first one to come. A cohort whose
    workshops to come have no dates is being planned. Groups the query by cohort: faster than a
    subquery for each cohort.
    """
    on = Q(workshops__cancelled_at=None)
    to_come = on & Q(workshops__ends_at__gt=moment)
    return cohorts.annotate(
        next_starts_at=Coalesce(Min("workshops__starts_at", filter=to_come), Value(NEVER)),
        held=Count("workshops", filter=on & Q(workshops__ends_at__lte=moment)),
        undated=Count("workshops", filter=on & Q(workshops__ends_at=None)),
        stage=Case(
            When(archived_at__isnull=False, then=Value(Stage.ARCHIVED)),
            When(next_starts_at__lt=NEVER, held__gt=0, then=Value(Stage.RUNNING)),
            When(next_starts_at__lt=NEVER, then=Value(Stage.SOON)),
            When(held__gt=0, undated=0, then=Value(Stage.FINISHED)),
            default=Value(Stage.PLANNED),
            output_field=models.CharField(),
        ),
    )


# The order of `by_next_workshop`: first the cohort whose next workshop is the soonest.
NEXT_WORKSHOP_FIRST = ("stage_rank", "next_starts_at", "-made_at", "-pk")


def by_next_workshop(cohorts: CohortQuerySet, moment: datetime) -> CohortQuerySet:
    """Annotate each cohort with the keys of NEXT_WORKSHOP_FIRST.

    Cohorts with a workshop to come are first, then those being planned, then those that are over.
    """
    ranks = (
        When(archived_at__isnull=False, then=3),
        When(stage=Stage.FINISHED, then=2),
        When(stage=Stage.PLANNED, then=1),
    )
    return with_stage(cohorts, moment).annotate(stage_rank=Case(*ranks, default=0))


def _years(cohorts: CohortQuerySet) -> Choices:
    dated = Workshop.objects.on().filter(cohort__in=cohorts.order_by().values("pk"))
    span = dated.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    if span["first"] is None:
        return ()
    years = range(span["last"].year, span["first"].year - 1, -1)
    return [(str(year), str(year)) for year in years]


def _in_year(cohorts: CohortQuerySet, value: str, moment: datetime) -> CohortQuerySet:
    """Return the cohorts with a workshop in the year. The year begins at midnight UTC."""
    first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (int(value), int(value) + 1))
    dated = Workshop.objects.on().filter(starts_at__gte=first, starts_at__lt=last)
    return cohorts.filter(pk__in=dated.values("cohort"))


YEAR = CohortFilter(name="year", label=_("Year"), choices=_years, narrow=_in_year)


def _at_stage(cohorts: CohortQuerySet, value: str, moment: datetime) -> CohortQuerySet:
    return with_stage(cohorts, moment).filter(Q(("stage", value)))


STAGE = CohortFilter(
    name="stage",
    label=_("Stage"),
    choices=lambda cohorts: Stage.choices,
    narrow=_at_stage,
)
