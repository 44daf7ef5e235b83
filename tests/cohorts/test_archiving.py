"""Archived cohorts: no messages, the same figures, and who archived one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from cohorts.models import Cohort
from outbox.models import Message, Outcome
from outbox.queueing import generate
from outbox.rules import all_rules
from reports.figures import figures_of
from reports.rows import values_of
from tests.services import Letterbox
from tests.workshops.entries import turn_at
from workshops.models import Workshop

NOW = datetime(2027, 3, 17, 9, 1, tzinfo=UTC)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    """A workshop tomorrow, whose day-before reminder is due now."""
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=3),
        scheduled_at=NOW - timedelta(days=60),
    )


def test_archiving_records_who_and_when_and_restoring_forgets_it(
    cohort: Cohort, facilitator: User, administrator: User
) -> None:
    cohort.archive(by=facilitator, at=NOW)
    cohort.archive(by=administrator, at=NOW + timedelta(days=1))
    assert (cohort.archived_by, cohort.archived_at) == (facilitator, NOW)
    assert list(Cohort.objects.archived()) == [cohort]
    cohort.restore()
    assert (cohort.archived_by, cohort.archived_at) == (None, None)
    assert list(Cohort.objects.unarchived()) == [cohort]


def test_nobody_has_archived_a_cohort_that_is_not_archived(
    cohort: Cohort, facilitator: User
) -> None:
    with pytest.raises(IntegrityError, match="cohort_archived_by_somebody_at_a_time"):
        Cohort.objects.filter(pk=cohort.pk).update(archived_by=facilitator)


def test_no_message_about_an_archived_cohort_is_queued_until_it_is_restored(
    cohort: Cohort, facilitator: User, participant: User, workshop: Workshop
) -> None:
    participant.memberships.update(joined_at=NOW - timedelta(days=30))
    cohort.archive(by=facilitator, at=NOW)
    assert generate(NOW) == 0
    cohort.restore()
    generate(NOW)
    assert "day-before" in Message.objects.values_list("kind", flat=True)


def test_queued_message_is_dropped_if_its_cohort_is_archived(
    cohort: Cohort,
    facilitator: User,
    participant: User,
    workshop: Workshop,
    smtp_server: Letterbox,
    settings: object,
) -> None:
    participant.memberships.update(joined_at=NOW - timedelta(days=30))
    generate(NOW)
    cohort.archive(by=facilitator, at=NOW)
    turn_at(NOW + timedelta(minutes=1))
    assert set(Message.objects.values_list("outcome", flat=True)) == {Outcome.UNTRUE}


def test_what_is_sent_about_an_archived_cohort() -> None:
    """How work is going that people started, and the notice before a deletion."""
    sent = [rule.kind for rule in all_rules().values() if rule.is_sent_if_archived]
    assert sent == ["partnership-check", "partnership-check-outside", "removal"]


def test_figures_of_an_archived_cohort_stay(
    cohort: Cohort, facilitator: User, participant: User, workshop: Workshop
) -> None:
    later = NOW + timedelta(days=9)
    before = values_of(figures_of(cohort, later))
    cohort.archive(by=facilitator, at=NOW)
    assert values_of(figures_of(cohort, later)) == before
