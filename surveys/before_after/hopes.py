"""Hopes: what would make the programme worth it, shown to their author from the last workshop."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from cohorts.models import Cohort
from surveys.before_after.timing import with_times
from surveys.models import Hope, Occasion, Wave
from workshops.models import Workshop

# The end wave opens the morning after the last workshop. Hopes are shown again a day earlier.
READ_BACK_BEFORE_END_WAVE = timedelta(days=1)


def hope_of(user: User, cohort: Cohort, moment: datetime) -> Hope | None:
    """Return the user's hope from the morning of the last workshop on; None before, or if none.

    Makes one query, and another if the user has written something.
    """
    hope = Hope.objects.filter(author=user, cohort=cohort).first()
    if hope is None:
        return None
    wave = with_times(Wave.objects.filter(cohort=cohort, occasion=Occasion.END)).first()
    opens = wave.opens if wave else None
    return hope if opens and opens - READ_BACK_BEFORE_END_WAVE <= moment else None


def hope_about(user: User, workshop: Workshop, moment: datetime) -> Hope | None:
    """Return what `hope_of` returns if the workshop is its cohort's last; else None.

    See settings.HOPE_ABOUT. Makes one query, two more if the user has written something, and none
    if the cohort doesn't use “Before and after”.
    """
    ends, cohort = workshop.ends_at, workshop.cohort
    if ends is None or workshop.is_cancelled or not cohort.uses_before_after:
        return None
    hope = hope_of(user, cohort, moment)
    if hope and Workshop.objects.on().filter(cohort=cohort, ends_at__gt=ends).exists():
        return None
    return hope
