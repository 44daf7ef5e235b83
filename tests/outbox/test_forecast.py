"""Forecasts of the messages to send, under the saved plan and after an unsaved change."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.forecast import Foreseen, foresee, foresee_after, tallies
from outbox.models import Message
from outbox.queueing import generate
from tests.factories import MARCH, STARTS
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot

LATER = MARCH + timedelta(days=60)
WEEK = timedelta(weeks=1)


@pytest.fixture
def workshop(cohort: Cohort, participant: User) -> Workshop:
    Membership.objects.update(joined_at=MARCH - timedelta(days=30))
    return Workshop.objects.create(cohort=cohort, position=1, title="Who leads here?")


def arrange(workshop: Workshop, starts_at: datetime) -> Change | None:
    slot = Slot(starts_at, starts_at + timedelta(hours=3, minutes=30))
    return workshop.arrange(Arrangement(slot, "", ""), at=MARCH)


def reminders(found: list[Foreseen]) -> list[tuple[str, datetime, int]]:
    return [
        (one.title, one.due_at, one.recipient) for one in found if one.title.endswith("reminder")
    ]


def test_forecast_of_a_change_lists_its_messages_and_saves_nothing(
    workshop: Workshop, participant: User
) -> None:
    act = partial(arrange, workshop, STARTS)

    found = foresee_after(act, workshop.cohort_id, MARCH, LATER)

    assert reminders(found) == [
        ("First reminder", datetime(2027, 3, 11, 9, tzinfo=UTC), participant.pk),
        ("Last reminder", datetime(2027, 3, 17, 9, tzinfo=UTC), participant.pk),
    ]
    assert ("invitation", MARCH) in {(one.kind, one.due_at) for one in found}
    assert Workshop.objects.get().is_planned is False
    assert (Change.objects.count(), Message.objects.count()) == (0, 0)


def test_tallies_are_of_messages_due_after_since_and_no_later_than_until(
    workshop: Workshop, participant: User
) -> None:
    arrange(workshop, STARTS)
    week_before = datetime(2027, 3, 11, 9, tzinfo=UTC)
    day_before = datetime(2027, 3, 17, 9, tzinfo=UTC)

    def due(**limits: datetime) -> list[datetime]:
        kinds = ["week-before", "day-before"]
        return [one.due_at for one in tallies(workshop.cohort_id, MARCH, kinds, **limits)]

    assert due() == [week_before, day_before]
    assert due(since=week_before) == due(since=week_before, until=day_before) == [day_before]
    assert due(until=day_before - timedelta(seconds=1)) == [week_before]


def test_forecast_equals_the_messages_then_generated(workshop: Workshop) -> None:
    act = partial(arrange, workshop, STARTS)
    found = foresee_after(act, workshop.cohort_id, MARCH, MARCH)
    arrange(Workshop.objects.get(), STARTS)

    generate(MARCH)

    written = Message.objects.values_list("due_at", "kind", "subject_id", "recipient")
    assert [(one.due_at, one.kind, one.subject_id, one.recipient) for one in found] == sorted(
        written
    )


def test_forecast_excludes_generated_messages(workshop: Workshop) -> None:
    arrange(workshop, STARTS)
    generate(MARCH)

    assert foresee(workshop.cohort_id, MARCH, MARCH) == []


def test_forecast_of_a_move_shows_the_new_reminder_times(
    workshop: Workshop, participant: User
) -> None:
    arrange(workshop, STARTS)

    found = foresee_after(
        partial(arrange, workshop, STARTS + WEEK), workshop.cohort_id, MARCH, LATER
    )

    assert [due for _, due, _ in reminders(found)] == [
        datetime(2027, 3, 18, 9, tzinfo=UTC),
        datetime(2027, 3, 24, 9, tzinfo=UTC),
    ]
    assert {one.recipient for one in found if one.shows_recipients} == {participant.pk}


def test_forecast_covers_one_cohort_in_one_query(
    workshop: Workshop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    arrange(workshop, STARTS)

    with django_assert_num_queries(1):
        assert foresee(workshop.cohort_id, MARCH, LATER)
    assert foresee(workshop.cohort_id + 1, MARCH, LATER) == []
