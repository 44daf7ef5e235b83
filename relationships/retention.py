"""The deletion of answers, 30 days after the last round of a cohort has closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from cohorts.models import Cohort
from relationships.models import AnswerBlob, Round
from relationships.timing import with_times

ANSWERS_STAY = timedelta(days=30)


def delete_expired_answers(*, at: datetime) -> int:
    """Delete the answers of cohorts whose last round closed 30 days ago. Return their number.

    Ignores rounds that never open by themselves. While a future round has no closing time, because
    a workshop has no date, the answers stay until the cohort's retention period ends. Can run at
    any time, and concurrently.
    """
    stored = AnswerBlob.objects.filter(round__cohort=OuterRef("pk"))
    not_over = with_times(Round.objects.filter(cohort__in=Cohort.objects.filter(Exists(stored))))
    not_over = not_over.filter(Q(closes=None) | Q(closes__gt=at - ANSWERS_STAY))
    missed = Q(opened_at=None, anchor__lte=F("made_at"))
    busy = set(not_over.exclude(missed).values_list("cohort", flat=True))
    return AnswerBlob.objects.exclude(round__cohort__in=busy).delete()[0]
