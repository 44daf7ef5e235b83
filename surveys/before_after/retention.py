"""Deletion of expired data of surveys: pseudonyms, hopes and colleagues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cohorts.models import Cohort
from programmes.feedback import MOST_SURVEY_DAYS
from surveys.before_after.colleagues import erase_letters
from surveys.before_after.timing import with_times
from surveys.models import Colleague, Hope, Occasion, Pseudonym, Wave
from surveys.release import truncate_write_ahead_log
from workshops.models import Workshop

# How long after the last wave of a cohort has closed its pseudonyms are destroyed.
PSEUDONYMS_STAY = timedelta(days=30)
# The most days that people may have to answer the survey after a workshop.
LONGEST_SURVEY = timedelta(days=MOST_SURVEY_DAYS)


@dataclass(frozen=True)
class Deleted:
    """How many pseudonyms, hopes and colleagues were deleted."""

    pseudonyms: int
    hopes: int
    colleagues: int


@transaction.atomic
def delete_expired(*, at: datetime) -> Deleted:
    """Delete the colleagues whose wave has closed, and pseudonyms 30 days after the last wave.

    The e-mails to the colleagues are erased. Hopes are deleted with the pseudonyms. From then on,
    no row links answers to people (but see `Pseudonym`). In a cohort without waves, pseudonyms link
    the answers to confidential surveys. They are deleted 30 days after the last date on which its
    last survey can close. While a cohort's last wave has no closing time, or a workshop has no
    date, its pseudonyms stay until the cohort's retention period ends. Can run at any time, and
    concurrently.
    """
    closed = closed_by(at, Occasion.COLLEAGUES)
    colleagues, _rows = Colleague.objects.filter(membership__cohort__in=closed).delete()
    erase_letters(at=at)
    over = closed_by(at - PSEUDONYMS_STAY, Occasion.LATER)
    over += without_waves_ended_by(at - PSEUDONYMS_STAY - LONGEST_SURVEY)
    pseudonyms, _rows = Pseudonym.objects.filter(membership__cohort__in=over).delete()
    hopes, _rows = Hope.objects.filter(cohort__in=over).delete()
    if pseudonyms or hopes or colleagues:
        # SQLite's write-ahead log would still contain the deleted rows.
        transaction.on_commit(truncate_write_ahead_log, robust=True)
    return Deleted(pseudonyms, hopes, colleagues)


def without_waves_ended_by(moment: datetime) -> list[int]:
    """Return the pks of cohorts without waves whose workshops were all over by `moment`."""
    to_come = Workshop.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=moment), cohort=OuterRef("pk"), cancelled_at=None
    )
    linked = Pseudonym.objects.filter(membership__cohort=OuterRef("pk"))
    over = Cohort.objects.filter(Exists(linked), ~Exists(to_come), waves=None)
    return list(over.values_list("pk", flat=True))


def closed_by(moment: datetime, occasion: str) -> list[int]:
    """Return the pks of the cohorts whose wave of this occasion had closed by `moment`."""
    waves = with_times(Wave.objects.filter(occasion=occasion)).filter(closes__lte=moment)
    return list(waves.values_list("cohort", flat=True))
