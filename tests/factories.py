"""Helpers that create a workshop in spring 2027, and run the sending loop at a given time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cohorts.models import Cohort
from outbox.delivery.loop import Turn, take_turn
from outbox.models import Outcome
from workshops.models import Workshop

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, tzinfo=UTC)
# Moments before the workshop, and while it goes on.
JANUARY = datetime(2027, 1, 4, 12, tzinfo=UTC)
MID_JANUARY = datetime(2027, 1, 14, 9, 30, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 1, 12, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 12, tzinfo=UTC)
SIX_DAYS_BEFORE = STARTS - timedelta(days=6)
FIVE_MINUTES_IN = STARTS + timedelta(minutes=5)
TEN_MINUTES_IN = STARTS + timedelta(minutes=10)


def who_leads_here(cohort: Cohort, venue: str = "") -> Workshop:
    """Create the cohort's first workshop, “Who leads here?”, with a date set long before."""
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
        venue=venue,
    )


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def outcome_for(facts: Mapping[str, object]) -> Outcome:
    """Return the outcome that the timestamps among a message's field values imply."""
    for name, outcome in (
        ("bounced_at", Outcome.BOUNCED),
        ("sent_at", Outcome.SENT),
        ("failed_at", Outcome.REFUSED),
        ("dropped_at", Outcome.EXPIRED),
    ):
        if facts.get(name):
            return outcome
    return Outcome.PENDING
