"""The links about introductions that the walk through every page opens."""

from __future__ import annotations

from collections.abc import Iterator

from cohorts.models import Cohort
from sets.introductions.links import INTRODUCTION_LINK
from sets.models import Introducee


def introduction_tokens(cohort: Cohort) -> Iterator[str]:
    """Yield the tokens of people who are asked, have said yes, were introduced, or were not."""
    people = Introducee.objects.present().filter(round__cohort=cohort, introduction__isnull=False)
    pending = people.filter(introduction__introduced_at=None, introduction__ended_at=None)
    for found in (
        pending.filter(answer=""),
        pending.filter(answer=Introducee.Answer.YES),
        people.introduced(),
        people.filter(introduction__ended_at__isnull=False),
    ):
        yield INTRODUCTION_LINK.token(found[0].public_id)
