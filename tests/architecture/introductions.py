"""Introductions in the tests of every page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from sets.introductions.links import INTRODUCTION_LINK
from sets.introductions.taking_part import take_part
from sets.models import Introducee, Introduction, IntroductionRound


def make_introduction(cohort: Cohort, member: Membership) -> Introducee:
    """Ask the member whether to introduce them to somebody; return the member's part."""
    now = timezone.now()
    made = IntroductionRound.objects.create(
        cohort=cohort,
        month=now.date().replace(day=1),
        made_at=now,
        answer_by=now + timedelta(days=14),
    )
    introduction = Introduction.objects.create(round=made)
    user = User.objects.create_user("mo.other@example.org", "Mo Other")
    other = Membership.objects.create(cohort=cohort, user=user, joined_at=member.joined_at)
    for one in (member, other):
        take_part(membership=one, wish="Fewer forms.", at=now)
    found, _other = (
        Introducee.objects.create(round=made, introduction=introduction, membership=one)
        for one in (member, other)
    )
    return found


def introduction_arguments(cohort: Cohort, member: Membership) -> dict[str, dict[str, str]]:
    """Return the URL arguments of each route about introductions."""
    token = INTRODUCTION_LINK.token(make_introduction(cohort, member).public_id)
    return {
        "sets:introduction_start": {"token": token},
        "sets:introduction_answer": {},
        "sets:introduction_stop": {},
        "sets:introduction_": {"public_id": cohort.public_id},
    }
