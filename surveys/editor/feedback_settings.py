"""The kind of a programme's or cohort's surveys, and the days that people have to answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from programmes.feedback import SurveyKind
from programmes.models import Programme
from surveys.models import Survey
from ui.version_token import check_version, version_token


class WeakerKindError(Exception):
    """Raised if the new kind is less anonymous than the one that people were promised."""


def settings_token(group: Programme | Cohort) -> str:
    """Return a version token of the settings."""
    return version_token(str(group.survey_kind), group.survey_days)


@transaction.atomic
def save_feedback_settings(
    group: Programme | Cohort, *, kind: SurveyKind, days: int, seen: str, at: datetime
) -> None:
    """Save the settings of a programme, or of a cohort and its open surveys.

    Open surveys take a kind that is more anonymous. They still close when their e-mails said. Locks
    the row. Raises StaleError if the settings have changed since they were shown with the version
    token `seen`, unless they are already as requested. Raises WeakerKindError if somebody has been
    invited to a survey of the cohort and the kind is less anonymous than before.
    """
    locked: Programme | Cohort = type(group).objects.select_for_update(no_key=True).get(pk=group.pk)
    before = SurveyKind(locked.survey_kind)
    if (before, locked.survey_days) != (kind, days):
        message = _("Somebody else has changed these settings. Save again to replace theirs.")
        check_version(seen, settings_token(locked), message)
    if isinstance(locked, Cohort) and has_surveys(locked):
        if not kind.is_at_least_as_strong_as(before):
            raise WeakerKindError
        if days != locked.survey_days:
            fix_closing_times(locked, at=at)
    group.survey_kind, group.survey_days = kind, days
    group.save(update_fields=["survey_kind", "survey_days"])
    if isinstance(group, Cohort):
        Survey.objects.strengthen(group, at=at)


def has_surveys(cohort: Cohort) -> bool:
    """Return whether anybody has been invited to a survey of the cohort, or has answered one."""
    return Survey.objects.filter(workshop__cohort=cohort).exists()


def fix_closing_times(cohort: Cohort, *, at: datetime) -> None:
    """Save the closing times of the cohort's surveys, before the number of days changes.

    Otherwise, a survey might close earlier than its e-mails say, or open again.
    """
    sent = Survey.objects.filter(
        workshop__cohort=cohort, closing_at=None, workshop__ends_at__lte=at
    )
    for survey in sent.select_related("workshop__cohort"):
        Survey.objects.filter(pk=survey.pk, closing_at=None).update(closing_at=survey.closes_at)
