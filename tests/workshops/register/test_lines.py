"""The lines of a register and their totals."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import User
from cohorts.models import Membership
from tests.queries import CapturedQueries
from tests.workshops.register.conftest import STARTS
from workshops.models import Workshop
from workshops.register import lines, marking
from workshops.register.lines import Tally
from workshops.register.marking import Entry

NOW = STARTS + timedelta(minutes=10)
Join = Callable[..., Membership]


def test_tally_counts_marks(workshop: Workshop, facilitator: User, join: Join) -> None:
    entries = {
        join(name).pk: Entry(mark)
        for name, mark in [("Ann", "present"), ("Ben", "partly"), ("Cid", "present")]
    }
    join("Dee")
    marking.mark_all(workshop=workshop, entries=entries, by=facilitator, at=NOW)
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
