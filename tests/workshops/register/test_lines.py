"""The lines of a register and their totals."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from cohorts.models import Membership
from tests.factories import STARTS, TEN_MINUTES_IN
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Workshop
from workshops.register import lines, marking, rsvp
from workshops.register.expected import entries_of
from workshops.register.lines import Tally
from workshops.register.marking import Entry

Join = Callable[..., Membership]


def test_tally_counts_marks(workshop: Workshop, facilitator: User, join: Join) -> None:
    entries = {
        join(name).pk: Entry(mark)
        for name, mark in [("Ann", "present"), ("Ben", "partly"), ("Cid", "present")]
    }
    join("Dee")
    marking.mark_all(workshop=workshop, entries=entries, by=facilitator, at=TEN_MINUTES_IN)
    tally = lines.tally(lines.register_lines(workshop))
    assert tally == Tally(people=4, present=2, partly=1, apologies=0, absent=0)
    assert (tally.marked, tally.unmarked) == (3, 1)


@pytest.mark.parametrize("people", [1, 30])
def test_register_lines_take_two_queries(workshop: Workshop, join: Join, people: int) -> None:
    for number in range(people):
        join(f"Person {number}")
    with CapturedQueries() as queries:
        rows = [
            (line.membership.user.name, str(line.membership.organisation))
            for line in lines.register_lines(workshop)
        ]
    assert (len(rows), len(queries)) == (people, 2)


def test_person_who_left_and_rejoined_before_a_workshop_has_one_line(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    """They were marked when the register opened, removed by mistake, and added again."""
    first = join("Ann")
    before = STARTS - timedelta(minutes=30)
    marking.mark_all(
        workshop=workshop, entries={first.pk: Entry("present")}, by=facilitator, at=before
    )
    first.leave(by=facilitator, at=STARTS - timedelta(minutes=20))
    Membership.objects.create(
        cohort=workshop.cohort, user=first.user, joined_at=STARTS - timedelta(minutes=10)
    )
    assert [line.membership for line in lines.register_lines(workshop)] == [first]
    with time_machine.travel(TEN_MINUTES_IN, tick=False):
        client = signed_in(facilitator)
        page = client.get(reverse("workshops:register", args=[workshop.public_id]))
        sheet = client.get(reverse("workshops:sign_in_sheet", args=[workshop.public_id]))
    assert [line.membership for line in page.context["form"].lines] == [first]
    assert list(sheet.context["members"]) == [first]


@pytest.mark.parametrize("marked", [False, True])
def test_person_who_rejoined_during_a_workshop_has_one_line(
    workshop: Workshop, facilitator: User, join: Join, marked: bool
) -> None:
    first = join("Ann")
    first.leave(by=facilitator, at=STARTS + timedelta(minutes=5))
    again = Membership.objects.create(
        cohort=workshop.cohort, user=first.user, joined_at=STARTS + timedelta(minutes=6)
    )
    if marked:
        marking.mark_all(
            workshop=workshop,
            entries={again.pk: Entry("present")},
            by=facilitator,
            at=TEN_MINUTES_IN,
        )
    expected = again if marked else first
    assert [line.membership for line in lines.register_lines(workshop)] == [expected]
    entries = entries_of([workshop])
    assert rsvp.rsvp_counts(workshop, [first, again], entries).expected == 1
