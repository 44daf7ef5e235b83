"""The rows of one person in “Before and after”."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Hope, Wave, WaveReceipt


def create_waves_of(
    user: User, cohort: Cohort, member: Membership, *, at: datetime, words: str
) -> None:
    """Create the cohort's waves, and what the member has answered and written."""
    follow_features(cohort, at=at)
    wave = Wave.objects.get(cohort=cohort, occasion="start")
    WaveReceipt.objects.create(wave=wave, membership=member)
    Hope.objects.create(author=user, cohort=cohort, text=words)
    Colleague.objects.create(membership=member, name=words, email="line.manager@quill.example")
