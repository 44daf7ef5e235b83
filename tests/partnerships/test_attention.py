"""Tests of which work started together needs a facilitator."""

from datetime import timedelta

from partnerships.attention import ONE_SIDED_AFTER, SILENT_AFTER, needing_facilitator
from partnerships.checks.due import with_due
from partnerships.models import Partnership

SECOND = timedelta(seconds=1)


def test_one_sided_work_needs_a_facilitator_after_a_week(partnership: Partnership) -> None:
    week_later = partnership.proposed_at + ONE_SIDED_AFTER
    assert not needing_facilitator(week_later - SECOND).exists()
    assert needing_facilitator(week_later).get() == partnership


def test_confirmed_work_needs_one_while_its_check_is_silent(confirmed: Partnership) -> None:
    first = with_due(confirmed.checks.all()).earliest("due_at")
    silent = first.due_at + SILENT_AFTER
    assert not needing_facilitator(silent - SECOND).exists()
    assert needing_facilitator(silent).get() == confirmed
    confirmed.checks.filter(pk=first.pk).update(answered_at=silent, status="running")
    assert not needing_facilitator(silent).exists()


def test_cohort_without_the_feature_needs_nobody(partnership: Partnership) -> None:
    partnership.cohort.uses_partnerships = False
    partnership.cohort.save()
    assert not needing_facilitator(partnership.proposed_at + ONE_SIDED_AFTER).exists()
