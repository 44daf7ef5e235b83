"""The links to waves of “Before and after” that the walk through every page opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.before_after.links import COLLEAGUE_LINK, WAVE_LINK
from surveys.before_after.switching import follow_features
from surveys.models import Colleague, Occasion, Wave, WaveReceipt
from workshops.models import Workshop


def wave_tokens(finished: Cohort, running: Cohort, now: datetime) -> Iterator[str]:
    """Yield the tokens of links to a wave that is open, answered, closed, and not yet open."""
    start = Wave.objects.get(cohort=running, occasion=Occasion.START)
    Wave.objects.filter(pk=start.pk).update(closing_at=now + timedelta(days=1))
    for cohort, occasion, has_answered in (
        (running, Occasion.START, False),
        (running, Occasion.START, True),
        (finished, Occasion.END, False),
        (running, Occasion.END, False),
    ):
        wave = Wave.objects.get(cohort=cohort, occasion=occasion)
        members = cohort.memberships.participating()
        done = WaveReceipt.objects.filter(wave=wave).values("membership")
        found = members.filter(pk__in=done) if has_answered else members.exclude(pk__in=done)
        yield WAVE_LINK.token(wave.public_id, found[0].public_id)


def colleague_tokens(cohort: Cohort) -> Iterator[str]:
    """Yield the tokens of two colleagues: one whose wave is open, and one whose is not yet.

    The first is of another cohort, which has just ended.
    """
    ended = Cohort.objects.create(programme=cohort.programme, name="Kent, 2026", place="Kent")
    last = timezone.now() - timedelta(days=3)
    Workshop.objects.create(
        cohort=ended,
        position=1,
        title="Who leads here?",
        starts_at=last - timedelta(hours=3),
        ends_at=last,
        scheduled_at=last - timedelta(days=30),
    )
    follow_features(ended, at=last - timedelta(days=30))
    user = User.objects.create_user("kit.marsh@example.org", "Kit Marsh")
    for member in (
        Membership.objects.create(cohort=ended, user=user),
        cohort.memberships.participating().latest("pk"),
    ):
        Colleague.objects.filter(membership=member).delete()
        colleague = Colleague.objects.create(
            membership=member, name="Chris Webb", email="chris.webb@example.org"
        )
        yield COLLEAGUE_LINK.token(colleague.public_id)
