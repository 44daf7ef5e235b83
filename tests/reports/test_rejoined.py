"""Somebody who was removed and added again before a workshop counts once in the report."""

import csv
import io
from datetime import timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from reports.exports import as_csv
from reports.figures import figures_of
from tests.factories import STARTS
from workshops.models import Workshop
from workshops.register import marking
from workshops.register.marking import Entry

BEFORE = STARTS - timedelta(minutes=30)


@pytest.mark.parametrize("first_mark", ["present", "apologies"])
def test_person_who_rejoined_before_a_workshop_counts_once(
    cohort: Cohort, facilitator: User, participant: User, first_mark: str
) -> None:
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=STARTS - timedelta(days=30),
    )
    first = participant.memberships.get()
    Membership.objects.filter(pk=first.pk).update(joined_at=STARTS - timedelta(days=9))
    first.refresh_from_db()
    marking.mark_all(
        workshop=workshop, entries={first.pk: Entry(first_mark)}, by=facilitator, at=BEFORE
    )
    first.leave(by=facilitator, at=BEFORE + timedelta(minutes=1))
    again = Membership.objects.create(
        cohort=cohort, user=participant, joined_at=BEFORE + timedelta(minutes=2)
    )
    marking.mark_all(
        workshop=workshop, entries={again.pk: Entry("present")}, by=facilitator, at=STARTS
    )
    content = as_csv(figures_of(cohort, STARTS + timedelta(days=1))).decode("utf-8-sig")
    shares = [
        (figure, count, of)
        for _, _, _, figure, _, count, of, _ in csv.reader(io.StringIO(content))
        if figure in ("Attendance", "Commitment")
    ]
    assert shares == [("Attendance", "1", "1"), ("Commitment", "1", "1")] * 2
