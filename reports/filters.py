"""The filter that finds cohorts by whether their report is frozen, and the order of reports."""

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, When
from django.utils.translation import gettext_lazy as _

from cohorts.filters import CohortFilter
from cohorts.models import CohortQuerySet
from reports.models import FrozenReport
from workshops.stages import Stage, with_stage

FROZEN_VALUE = "yes"


def is_frozen() -> Exists:
    return Exists(FrozenReport.objects.filter(cohort=OuterRef("pk")))


def _narrow(cohorts: CohortQuerySet, value: str, moment: datetime) -> CohortQuerySet:
    return cohorts.filter(is_frozen() if value == FROZEN_VALUE else ~is_frozen())


FROZEN = CohortFilter(
    name="frozen",
    label=_("Report"),
    choices=lambda cohorts: ((FROZEN_VALUE, _("Frozen")), ("no", _("Not frozen"))),
    narrow=_narrow,
    conveners_only=True,
)


# The order of `to_freeze_first`.
TO_FREEZE_FIRST = ("report_rank", "-made_at", "-pk")


def to_freeze_first(cohorts: CohortQuerySet, moment: datetime) -> CohortQuerySet:
    """Annotate each cohort with `is_frozen`, and with the keys of TO_FREEZE_FIRST.

    Finished cohorts without a frozen report are first, then running ones, those being planned, and
    those whose report is frozen.
    """
    ranks = (
        When(is_frozen=True, then=3),
        When(stage=Stage.FINISHED, then=0),
        When(stage__in=(Stage.PLANNED, Stage.SOON), then=2),
    )
    staged = with_stage(cohorts, moment).annotate(is_frozen=is_frozen())
    return staged.annotate(report_rank=Case(*ranks, default=1))
